package dataplane

import (
	"fmt"
	"net/netip"
)

// Counts is what the program did with packets for a VIP since it was loaded.
type Counts struct {
	Kept         uint64            // brought by the routers, and this server's by the table
	Sent         map[string]uint64 // brought by the routers and encapsulated, by server
	Unhashable   uint64            // brought by the routers, neither TCP nor UDP or a fragment: left to this server
	Decapsulated uint64            // sent here by other servers
	Chained      uint64            // for this server, but of a connection that another still has: sent on
	Admitted     uint64            // new flows given to this server's own stack
	Dropped      uint64            // new flows that this server has no capacity for
}

// Classified returns how many packets the routers brought of which the program knew the server.
func (c Counts) Classified() uint64 { return c.Kept + c.Encapsulated() }

// Encapsulated returns how many packets went on to the servers of the table.
func (c Counts) Encapsulated() uint64 {
	sum := uint64(0)
	for _, n := range c.Sent {
		sum += n
	}
	return sum
}

// counters is the number of counters of a VIP: one a target and the five that balance.c numbers after them.
func (s *Server) counters() int { return len(s.targets) + 5 }

// Counts reads the counters of a VIP.
func (s *Server) Counts(addr netip.Addr) (Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.vip(addr)
	if err != nil {
		return Counts{}, err
	}
	sums := make([]uint64, s.counters())
	for i := range sums {
		var cpus []uint64
		if err := s.bpf.Packets.Lookup(uint32(v.number*s.counters()+i), &cpus); err != nil {
			return Counts{}, fmt.Errorf("server %s: counters of VIP %s: %w", s.self.Name, addr, err)
		}
		for _, n := range cpus {
			sums[i] += n
		}
	}
	n := len(s.targets)
	out := Counts{Sent: map[string]uint64{}, Decapsulated: sums[n], Chained: sums[n+1], Unhashable: sums[n+2],
		Admitted: sums[n+3], Dropped: sums[n+4]}
	for i, t := range s.targets {
		switch {
		case t.addr.Is6() != addr.Is6():
		case t.member.Name == s.self.Name:
			out.Kept = sums[i]
		default:
			out.Sent[t.member.Name] = sums[i]
		}
	}
	return out, nil
}
