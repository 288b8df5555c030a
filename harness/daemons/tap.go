//go:build linux

package daemons

import (
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"unsafe"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"golang.org/x/sys/unix"
)

// Tap reads the BGP messages that come in over all interfaces of the caller's network namespace: what neighbours sent, to the
// byte, whatever the daemon makes of it.
type Tap struct {
	fd      int
	changed func()

	mu       sync.Mutex
	flows    map[flow]*stream
	received map[netip.Addr]map[netip.Prefix]Attributes
	err      error // why it no longer knows
}

// Attributes are those of a route as it was sent.
type Attributes = []bgp.PathAttributeInterface

// flow is one direction of a TCP connection.
type flow struct{ from, to netip.AddrPort }

// filter takes TCP from or to port 179, IPv4 without options or fragments and IPv6 without extension headers, as packets begin with
// their network header: classic BPF (Linux, Documentation/networking/filter.rst).
var filter = []unix.SockFilter{
	0:  {Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 0},
	1:  {Code: unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K, K: 4},
	2:  {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 6, Jt: 9 - 3},
	3:  {Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 9}, // IPv4: protocol, then ports
	4:  {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_TCP, Jf: 16 - 5},
	5:  {Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 20},
	6:  {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgp.BGP_PORT, Jt: 15 - 7},
	7:  {Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 22},
	8:  {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgp.BGP_PORT, Jt: 15 - 9, Jf: 16 - 9},
	9:  {Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 6}, // IPv6: next header, then ports
	10: {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_TCP, Jf: 16 - 11},
	11: {Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 40},
	12: {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgp.BGP_PORT, Jt: 15 - 13},
	13: {Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 42},
	14: {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgp.BGP_PORT, Jf: 16 - 15},
	15: {Code: unix.BPF_RET | unix.BPF_K, K: 1 << 18},
	16: {Code: unix.BPF_RET | unix.BPF_K, K: 0},
}

// Listen opens the tap. It must be open before the first session, whose beginning it has to see. changed is called after each packet.
func Listen(changed func()) (*Tap, error) {
	const all = uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8 // in network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("tap: %w", err)
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: (*unix.SockFilter)(unsafe.Pointer(&filter[0]))}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all})
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("tap: %w", err)
	}
	t := &Tap{fd: fd, changed: changed, flows: map[flow]*stream{}, received: map[netip.Addr]map[netip.Prefix]Attributes{}}
	go t.run()
	return t, nil
}

func (t *Tap) run() {
	buf := make([]byte, 128<<10)
	for {
		n, from, err := unix.Recvfrom(t.fd, buf, 0)
		if err == unix.EINTR {
			continue
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if err == nil && ok && link.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		t.mu.Lock()
		if err == nil {
			err = t.packet(buf[:n])
		}
		if err != nil && t.err == nil {
			t.err = fmt.Errorf("tap: %w", err)
		}
		t.mu.Unlock()
		t.changed()
		if err != nil {
			return
		}
	}
}

// message takes down what a neighbour says. Of two connections at a time, the session is the one that goes on after OPEN.
func (t *Tap) message(from netip.Addr, s *stream, m *bgp.BGPMessage) error {
	switch body := m.Body.(type) {
	case *bgp.BGPKeepAlive:
		if !s.kept {
			s.kept, t.received[from] = true, s.routes
		}
	case *bgp.BGPUpdate:
		t.received[from] = s.routes
		return apply(s.routes, body)
	}
	return nil
}

// apply brings a neighbour's routes up to date with an UPDATE (RFC 4271 section 4.3, RFC 4760).
func apply(routes map[netip.Prefix]Attributes, u *bgp.BGPUpdate) error {
	gone, come := u.WithdrawnRoutes, u.NLRI
	for _, a := range u.PathAttributes {
		switch a := a.(type) {
		case *bgp.PathAttributeMpUnreachNLRI:
			gone = append(gone, a.Value...)
		case *bgp.PathAttributeMpReachNLRI:
			come = append(come, a.Value...)
		}
	}
	for i, n := range append(gone, come...) {
		p, ok := n.NLRI.(*bgp.IPAddrPrefix)
		if !ok {
			return fmt.Errorf("route to %s is of no family that closlab knows", n.NLRI)
		}
		if i < len(gone) {
			delete(routes, p.Prefix)
		} else {
			routes[p.Prefix] = u.PathAttributes
		}
	}
	return nil
}

// Received returns what a neighbour sent since its session began, by prefix, as it was before the import policy.
func (t *Tap) Received(from netip.Addr) (map[netip.Prefix]Attributes, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.received[from]), t.err
}
