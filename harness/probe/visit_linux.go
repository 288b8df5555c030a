package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// serve answers flows to an address on a server, and notes that its number served them.
func (r *Run) serve(addr netip.Addr, server *kernel.Namespace, number uint32) error {
	conn, err := r.socket(server, func() (net.Conn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, servicePort)))
	})
	if err != nil {
		return err
	}
	udp := conn.(*net.UDPConn)
	r.mark = append(r.mark, r.marker(udp))
	r.readers.Go(func() {
		var buffer [256]byte
		for {
			n, from, err := udp.ReadFromUDPAddrPort(buffer[:])
			if errors.Is(err, net.ErrClosed) {
				return
			}
			m, ok := r.read(buffer[:n], visit)
			if err != nil || !ok {
				continue
			}
			if r.fate[m.number].CompareAndSwap(0, number) {
				r.got.Add(1)
				r.ring()
			}
			// Not arriving is for the other side to notice.
			udp.WriteToUDPAddrPort(append(message{served, m.round, m.number}.append(buffer[:0]), server.Name...), from)
		}
	})
	return nil
}

// listen notes the answers that come back to an entry's source. The socket is raw: one for all ports.
func (r *Run) listen(e Entry) error {
	network := map[bool]string{false: "ip4:udp", true: "ip6:udp"}[e.Source.Is6()]
	conn, err := r.socket(e.Back, func() (net.Conn, error) { return net.ListenIP(network, &net.IPAddr{IP: e.Source.AsSlice()}) })
	if err != nil {
		return err
	}
	beside, err := r.socket(e.Back, func() (net.Conn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(e.Source, 0)))
	})
	if err != nil {
		return err
	}
	r.mark = append(r.mark, r.marker(beside.(*net.UDPConn))) // the raw socket gets a copy
	r.readers.Go(func() {
		var buffer [256]byte
		for {
			n, err := conn.Read(buffer[:])
			if errors.Is(err, net.ErrClosed) {
				return
			}
			headers := 8 // of UDP, and in front of it that of IPv4
			if e.Source.Is4() {
				headers += int(buffer[0]&15) * 4
			}
			m, ok := r.read(buffer[min(n, headers):n], served)
			if err != nil || !ok {
				continue
			}
			r.fate[m.number].Or(answeredBit)
		}
	})
	return nil
}

// read takes a message of that kind about a flow, and notes a mark.
func (r *Run) read(text []byte, kind uint32) (message, bool) {
	m, ok := decode(text)
	if !ok || m.round != r.number {
		return m, false
	}
	if m.kind == marked {
		r.marks.Add(1)
		r.ring()
	}
	return m, m.kind == kind && int(m.number) < len(r.fate)
}

// socket opens a socket in a namespace with room for bursts.
func (r *Run) socket(in *kernel.Namespace, open func() (net.Conn, error)) (conn net.Conn, err error) {
	err = in.Do(func() error {
		conn, err = open()
		return err
	})
	if err == nil {
		r.sockets = append(r.sockets, conn)
		err = makeRoom(conn.(syscall.Conn))
	}
	if err != nil {
		return nil, fmt.Errorf("namespace %s: no socket for flows: %w", in.Name, err)
	}
	return conn, nil
}

// makeRoom lets a socket hold thousands of packets.
func makeRoom(conn syscall.Conn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
	})
	return errors.Join(err, failed)
}

// ring says that something came.
func (r *Run) ring() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}
