package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// inlet puts packets into a router: on its loopback, from which the kernel takes them as it does those of any other interface and
// forwards them. A packet that it sends itself it would route before knowing its ports, which its choice among equal
// paths depends on.
type inlet struct {
	fd int
	to unix.SockaddrLinklayer
}

func (i *inlet) Close() error { return unix.Close(i.fd) }

// enter opens the sockets of an entry: the inlet, and the one to which answers come.
func (r *Run) enter(e Entry) error {
	in, proto := &inlet{fd: -1}, unix.ETH_P_IP
	if e.Source.Is6() {
		proto = unix.ETH_P_IPV6
	}
	in.to.Protocol = binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, uint16(proto)))
	err := e.At.Do(func() error {
		lo, err := net.InterfaceByName("lo")
		if err != nil {
			return err
		}
		in.to.Ifindex = lo.Index
		in.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("namespace %s: flows cannot come in: %w", e.At.Name, err)
	}
	r.inlets, r.sockets = append(r.inlets, in), append(r.sockets, in)
	if e.Back == nil {
		return nil
	}
	return r.listen(e)
}

// put puts the packet of the n-th flow to a target into its entry.
func (r *Run) put(target, n int, to netip.Addr) error {
	entries := len(r.flows.From)
	at := n % entries
	from := netip.AddrPortFrom(r.flows.From[at].Source, r.ports[at][n/entries])
	var buffer [128]byte
	m := message{visit, r.number, uint32(target*r.flows.Count + n)}
	b := datagram(buffer[:0], from, netip.AddrPortFrom(to, servicePort), m)
	err := unix.Sendto(r.inlets[at].fd, b, 0, &r.inlets[at].to)
	for errors.Is(err, unix.EINTR) {
		err = unix.Sendto(r.inlets[at].fd, b, 0, &r.inlets[at].to)
	}
	if err != nil {
		return fmt.Errorf("namespace %s: a flow does not come in: %w", r.flows.From[at].At.Name, err)
	}
	return nil
}

// datagram appends a UDP packet with its IP header (RFC 791, RFC 8200, RFC 768).
func datagram(b []byte, from, to netip.AddrPort, m message) []byte {
	const size = 8 + messageSize
	src, dst := from.Addr().AsSlice(), to.Addr().AsSlice()
	if from.Addr().Is4() {
		b = append(b, 0x45, 0, 0, 20+size, 0, 0, 0, 0, 64, unix.IPPROTO_UDP, 0, 0)
		b = append(append(b, src...), dst...)
		binary.BigEndian.PutUint16(b[10:], checksum(b))
	} else {
		b = append(b, 0x60, 0, 0, 0, 0, size, unix.IPPROTO_UDP, 64)
		b = append(append(b, src...), dst...)
	}
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = append(b, 0, size, 0, 0)
	b = m.append(b)
	var pseudo [40 + size]byte // what the checksum is of
	sum := append(append(append(pseudo[:0], src...), dst...), 0, unix.IPPROTO_UDP, 0, size)
	sum = append(sum, b[start:]...)
	check := checksum(sum)
	if check == 0 {
		check = 0xffff // 0 would say that there is none
	}
	binary.BigEndian.PutUint16(b[start+6:], check)
	return b
}
