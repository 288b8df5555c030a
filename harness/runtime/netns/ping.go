//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// How echoes are sent: so often at most, with so long for the answers each time.
const (
	tries    = 3
	patience = 150 * time.Millisecond
)

// ping sends an ICMP echo for every trip, in real packets between the addresses of its ends, and makes those trips Unknown of which
// the kernels' forwarding tables say one thing and the packets another.
func (r *Runtime) ping(trips []observe.Trip) error {
	p := &pinger{sockets: map[socketKey]*socket{}, answered: make([]bool, len(trips)), news: make(chan struct{}, 1)}
	defer p.close()
	var failing, sure []int
	for i, t := range trips {
		if t.Out.Ending == observe.Unknown {
			continue // no such pair of addresses
		}
		if t.Arrived() {
			sure = append(sure, i)
		} else {
			failing = append(failing, i)
		}
	}
	for try := range tries {
		all := sure
		if try == 0 {
			all = append(all, failing...)
		}
		left := 0
		for _, i := range all {
			if p.has(i) {
				continue
			}
			left++
			if err := p.send(r, i, trips[i]); err != nil {
				return err
			}
		}
		if left == 0 {
			break
		}
		p.wait(all)
	}
	for i := range trips {
		t := &trips[i]
		never := t.Out.Lost == 1 || t.Out.Ending == observe.Delivered && t.Back.Lost == 1
		if p.has(i) && never || !p.has(i) && t.Arrived() {
			t.Out.Ending, t.Back.Ending = observe.Unknown, observe.Unknown
		}
	}
	return nil
}

// pinger sends echoes and collects the answers.
type pinger struct {
	sockets map[socketKey]*socket
	news    chan struct{} // an answer has come

	mu       sync.Mutex
	answered []bool // by trip
}

type socketKey struct {
	node string
	v6   bool
}

// socket is a raw ICMP socket in the namespace of a node, bound to the node's address.
type socket struct {
	*net.IPConn
	v6 bool
}

func (p *pinger) has(trip int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered[trip]
}

// wait waits until all of the trips are answered or the patience is at an end.
func (p *pinger) wait(trips []int) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		open := false
		for _, i := range trips {
			open = open || !p.has(i)
		}
		if !open {
			return
		}
		select {
		case <-p.news:
		case <-late.C:
			return
		}
	}
}

func (p *pinger) close() {
	for _, s := range p.sockets {
		s.Close()
	}
}

// ICMP types of an echo and its answer (RFC 792, RFC 4443), by family.
var echo, answer = [2]byte{8, 128}, [2]byte{0, 129}

// send sends the echo of a trip: its number is in the identifier and the sequence number.
func (p *pinger) send(r *Runtime, number int, t observe.Trip) error {
	fam := fabric.V4
	if t.V6 {
		fam = fabric.V6
	}
	s, err := p.socket(r, t.From, fam)
	if err != nil {
		return err
	}
	var to netip.Addr
	if n := r.byName[t.To]; n != nil {
		to = n.Addrs[fam]
	} else if v := r.Fabric.Service(t.To); v != nil {
		to = v.VIP
	}
	m := binary.BigEndian.AppendUint32([]byte{echo[fam], 0, 0, 0}, uint32(number))
	if fam == fabric.V4 { // the kernel computes that of ICMPv6
		binary.BigEndian.PutUint16(m[2:], checksum(m))
	}
	// An error is an answer, too: a sender without a route, or one that is down.
	s.WriteToIP(m, &net.IPAddr{IP: to.AsSlice()})
	return nil
}

// checksum is the Internet checksum (RFC 1071) of an even number of bytes.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for ; len(b) > 0; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// socket returns the node's socket of a family.
func (p *pinger) socket(r *Runtime, name string, fam fabric.Family) (*socket, error) {
	key := socketKey{name, fam == fabric.V6}
	if s := p.sockets[key]; s != nil {
		return s, nil
	}
	n := r.byName[name]
	var conn *net.IPConn
	err := n.ns.Do(func() error {
		var err error
		conn, err = net.ListenIP([2]string{"ip4:icmp", "ip6:ipv6-icmp"}[fam], &net.IPAddr{IP: n.Addrs[fam].AsSlice()})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("node %s: no socket for ICMP: %w", name, err)
	}
	conn.SetReadBuffer(1 << 20)
	s := &socket{conn, key.v6}
	p.sockets[key] = s
	go p.listen(s, answer[fam])
	return s, nil
}

// listen takes answers until the socket is closed.
func (p *pinger) listen(s *socket, answer byte) {
	b := make([]byte, 2048)
	for {
		size, err := s.Read(b)
		if err != nil {
			return
		}
		m := b[:size]
		if !s.v6 && size > 20 {
			m = m[int(m[0]&15)*4:] // behind the IPv4 header
		}
		if len(m) < 8 || m[0] != answer {
			continue
		}
		number := binary.BigEndian.Uint32(m[4:])
		p.mu.Lock()
		if int(number) < len(p.answered) {
			p.answered[number] = true
		}
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}
