package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// port is where UDP is answered, and where the first flow of a pair comes from: that of the echo service (RFC 862). The others come
// from the ports behind flowPort.
const (
	port     = 7
	flowPort = 20000
)

// source is where probes come from: an address, and a UDP port or 0 for ICMP.
type source struct {
	End
	port uint16
}

// flow returns the source of a pair's UDP flow of that number.
func (p Pair) flow(number int) source {
	if number == 0 {
		return source{p.From, port}
	}
	return source{p.From, uint16(flowPort + number)}
}

// socket asks from its source. One of UDP answers, too.
type socket struct {
	conn     net.PacketConn
	addr     netip.Addr
	icmp, v6 bool
}

func open(at source) (*socket, error) {
	s := &socket{addr: at.Addr, icmp: at.port == 0, v6: at.Addr.Is6()}
	network, addr := "udp", netip.AddrPortFrom(at.Addr, at.port).String()
	switch {
	case s.icmp && s.v6:
		network, addr = "ip6:ipv6-icmp", at.Addr.String()
	case s.icmp:
		network, addr = "ip4:icmp", at.Addr.String()
	}
	err := at.In.Do(func() error {
		var err error
		s.conn, err = net.ListenPacket(network, addr)
		return err
	})
	if err == nil {
		err = s.prepare()
	}
	if err != nil {
		return nil, fmt.Errorf("namespace %s: no socket for probes: %w", at.In.Name, err)
	}
	return s, nil
}

// ICMP types (RFC 792, RFC 4443).
const (
	echo4, reply4 = 8, 0
	echo6, reply6 = 128, 129
)

// prepare makes room for bursts, and lets nothing of ICMP in but answers to echoes.
func (s *socket) prepare() error {
	raw, err := s.conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 1<<20)
		switch {
		case failed != nil || !s.icmp:
		case s.v6:
			var blocked unix.ICMPv6Filter // in Linux a bit set blocks its type
			for i := range blocked.Data {
				blocked.Data[i] = ^uint32(0)
			}
			blocked.Data[reply6/32] &^= 1 << (reply6 % 32)
			failed = unix.SetsockoptICMPv6Filter(int(fd), unix.SOL_ICMPV6, unix.ICMPV6_FILTER, &blocked)
		default:
			failed = unix.SetsockoptInt(int(fd), unix.SOL_RAW, unix.ICMP_FILTER, ^(1 << reply4))
		}
	})
	return errors.Join(err, failed)
}

// ask sends a question. That it cannot be sent says as much as that nothing answers: the sender has no route, or is down.
func (s *socket) ask(to netip.Addr, m message) {
	var buffer [8 + messageSize]byte
	if !s.icmp {
		s.conn.WriteTo(m.append(buffer[:0]), &net.UDPAddr{IP: to.AsSlice(), Port: port})
		return
	}
	b := append(buffer[:0], echo4, 0, 0, 0, 0, 0, 0, 0) // type, code, checksum, identifier, sequence number
	if s.v6 {
		b[0] = echo6
	}
	b = m.append(b)
	if !s.v6 { // the kernel computes that of ICMPv6
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
	s.conn.WriteTo(b, &net.IPAddr{IP: to.AsSlice()})
}

// read takes messages, and answers questions over UDP, until the socket is closed.
func (s *socket) read(got func(message)) {
	b := make([]byte, 2048)
	for {
		size, from, err := s.conn.ReadFrom(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		text := b[:size]
		if s.icmp {
			text = text[min(size, 8):]
		}
		m, ok := parse(text)
		if err != nil || !ok {
			continue
		}
		if s.icmp {
			m.kind = answer // the kernel sent back what it got
		}
		got(m) // that it came is known before the answer is on its way
		if m.kind == ask {
			s.conn.WriteTo(message{answer, m.round, m.number}.append(nil), from)
		}
	}
}
