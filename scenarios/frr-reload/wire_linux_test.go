package frr_reload_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// onTheWire listens to every UPDATE message that comes to the edges of a lab in namespaces; it is nil for other labs.
func onTheWire(t *testing.T, live *gate.Live) func() word {
	r, ok := live.Runtime.(*netns.Runtime)
	if !ok {
		return nil
	}
	labs, err := netns.Labs()
	require.NoError(t, err)
	own := labs[slices.IndexFunc(labs, func(l netns.Lab) bool { return l.Name == r.Name })]
	var wires []*wire
	for _, name := range own.Namespaces() {
		if !slices.ContainsFunc(edges, func(e string) bool { return strings.HasSuffix(name, e) }) {
			continue
		}
		ns, err := kernel.Open(name)
		require.NoError(t, err)
		w := &wire{next: map[netip.AddrPort]uint32{}, data: map[netip.AddrPort][]byte{}}
		require.NoError(t, ns.Do(w.open))
		require.NoError(t, ns.Close())
		t.Cleanup(func() { unix.Close(w.fd) })
		wires = append(wires, w)
	}
	require.Len(t, wires, len(edges))
	return func() word {
		var all word
		for _, w := range wires {
			require.NoError(t, w.read(&all))
		}
		t.Logf("told of %d prefixes, %d withdrawn", len(all.announced), len(all.withdrawn))
		return all
	}
}

// wire is the packets that come to a router, kept by the kernel until they are read. The first of each connection begins with a message: it
// is opened while everybody is silent.
type wire struct {
	fd   int
	next map[netip.AddrPort]uint32 // sequence number, by sender
	data map[netip.AddrPort][]byte // the beginning of a message
}

func (w *wire) open() (err error) {
	const all = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // in network order
	if w.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, all); err != nil {
		return err
	}
	return unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20)
}

// read takes what has come since. A segment that is missing is an error: something may have been said in it.
func (w *wire) read(to *word) error {
	for buf := make([]byte, 128<<10); ; {
		n, from, err := unix.Recvfrom(w.fd, buf, 0)
		switch link, ok := from.(*unix.SockaddrLinklayer); {
		case err == unix.EAGAIN:
			return nil
		case err != nil:
			return err
		case ok && link.Pkttype != unix.PACKET_OUTGOING:
			if err := w.packet(buf[:n], to); err != nil {
				return err
			}
		}
	}
}

func (w *wire) packet(b []byte, to *word) error {
	var from netip.Addr
	switch {
	case len(b) >= 40 && b[0] == 0x45 && b[9] == unix.IPPROTO_TCP:
		from, b = netip.AddrFrom4([4]byte(b[12:16])), b[20:binary.BigEndian.Uint16(b[2:])]
	case len(b) >= 60 && b[0]>>4 == 6 && b[6] == unix.IPPROTO_TCP:
		from, b = netip.AddrFrom16([16]byte(b[8:24])), b[40:40+int(binary.BigEndian.Uint16(b[4:]))]
	default:
		return nil
	}
	port, mine := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	who, seq, data := netip.AddrPortFrom(from, port), binary.BigEndian.Uint32(b[4:]), b[int(b[12]>>4)*4:]
	if port != bgp.BGP_PORT && mine != bgp.BGP_PORT || len(data) == 0 {
		return nil
	}
	if next, known := w.next[who]; known && int32(seq-next) < 0 {
		return nil // sent again
	} else if known && seq != next {
		return fmt.Errorf("a segment from %s is missing", who)
	}
	w.next[who] = seq + uint32(len(data))
	data = append(w.data[who], data...)
	for len(data) >= bgp.BGP_HEADER_LENGTH {
		if !bytes.Equal(data[:16], bytes.Repeat([]byte{0xff}, 16)) {
			return fmt.Errorf("from %s: no BGP message", who)
		}
		size := int(binary.BigEndian.Uint16(data[16:]))
		if len(data) < size {
			break
		}
		m, err := bgp.ParseBGPMessage(data[:size])
		if err != nil {
			return err
		}
		to.hear(m)
		data = data[size:]
	}
	w.data[who] = bytes.Clone(data)
	return nil
}

// hear takes down an UPDATE (RFC 4271 section 4.3, RFC 4760).
func (w *word) hear(m *bgp.BGPMessage) {
	u, ok := m.Body.(*bgp.BGPUpdate)
	if !ok {
		return
	}
	come, gone := u.NLRI, u.WithdrawnRoutes
	for _, a := range u.PathAttributes {
		switch a := a.(type) {
		case *bgp.PathAttributeMpReachNLRI:
			come = append(come, a.Value...)
		case *bgp.PathAttributeMpUnreachNLRI:
			gone = append(gone, a.Value...)
		}
	}
	for _, n := range come {
		w.announced = append(w.announced, n.NLRI.(*bgp.IPAddrPrefix).Prefix)
	}
	for _, n := range gone {
		w.withdrawn = append(w.withdrawn, n.NLRI.(*bgp.IPAddrPrefix).Prefix)
	}
}
