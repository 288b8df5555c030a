//go:build linux

package daemons

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// stream puts the segments of one direction of a TCP connection in order (RFC 9293 section 3.4) and cuts it into BGP messages.
type stream struct {
	next  uint32            // sequence number of what comes next
	ahead map[uint32][]byte // segments that came too early
	data  []byte            // in order, not yet a whole message

	kept   bool // a KEEPALIVE has come
	routes map[netip.Prefix]Attributes
}

// most is how many bytes may wait for a segment that is missing: more, and it was lost on the way to the tap.
const most = 4 << 20

// packet takes an IP packet with a TCP segment.
func (t *Tap) packet(b []byte) error {
	var f flow
	var tcp []byte
	switch {
	case len(b) >= 40 && b[0] == 0x45:
		size := min(int(binary.BigEndian.Uint16(b[2:])), len(b)) // small packets are padded
		f.from, f.to, tcp = at(b[12:16], b[20:]), at(b[16:20], b[22:]), b[20:size]
	case len(b) >= 60 && b[0]>>4 == 6:
		size := min(40+int(binary.BigEndian.Uint16(b[4:])), len(b))
		f.from, f.to, tcp = at(b[8:24], b[40:]), at(b[24:40], b[42:]), b[40:size]
	default:
		return fmt.Errorf("a packet that cannot be read: % x", b[:min(len(b), 20)])
	}
	if len(tcp) < 20 || len(tcp) < int(tcp[12]>>4)*4 {
		return fmt.Errorf("from %s: a TCP segment cut short", f.from)
	}
	seq, flags, data := binary.BigEndian.Uint32(tcp[4:]), tcp[13], tcp[int(tcp[12]>>4)*4:]
	const syn = 2
	if flags&syn != 0 {
		t.flows[f] = &stream{next: seq + 1, ahead: map[uint32][]byte{}, routes: map[netip.Prefix]Attributes{}}
		return nil
	}
	s := t.flows[f]
	if s == nil {
		return nil // the end of a connection that nobody takes, as of the sender's of before
	}
	if err := s.segment(seq, data); err != nil {
		return fmt.Errorf("from %s: %w", f.from, err)
	}
	return s.cut(func(m *bgp.BGPMessage) error { return t.message(f.from.Addr(), s, m) })
}

func at(addr, port []byte) netip.AddrPort {
	a, _ := netip.AddrFromSlice(addr)
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(port))
}

// segment takes a segment, and those that it was missing for.
func (s *stream) segment(seq uint32, data []byte) error {
	for waiting := 0; len(data) > 0; {
		switch late := int32(s.next - seq); {
		case late < 0:
			for _, d := range s.ahead {
				waiting += len(d)
			}
			if waiting > most {
				return fmt.Errorf("a TCP segment has not come")
			}
			s.ahead[seq] = append([]byte(nil), data...)
			return nil
		case int(late) < len(data):
			s.data = append(s.data, data[late:]...)
			s.next += uint32(len(data)) - uint32(late)
		}
		data = nil
		for other, d := range s.ahead {
			if int32(s.next-other) >= 0 {
				seq, data = other, d
				delete(s.ahead, other)
				break
			}
		}
	}
	return nil
}

// cut takes the whole messages off the front.
func (s *stream) cut(take func(*bgp.BGPMessage) error) error {
	for len(s.data) >= bgp.BGP_HEADER_LENGTH {
		size := int(binary.BigEndian.Uint16(s.data[16:]))
		if size < bgp.BGP_HEADER_LENGTH {
			return fmt.Errorf("a BGP message of %d bytes", size)
		}
		if len(s.data) < size {
			return nil
		}
		m, err := bgp.ParseBGPMessage(s.data[:size])
		if err != nil {
			return fmt.Errorf("a BGP message cannot be read: %w", err)
		}
		s.data = s.data[size:]
		if err := take(m); err != nil {
			return err
		}
	}
	return nil
}
