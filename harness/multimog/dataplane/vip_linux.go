package dataplane

import (
	"fmt"
	"net/netip"

	"github.com/closlab/closlab/harness/multimog"
)

// vip is a service address and its tables: for every slot the number of a target.
type vip struct {
	number      int
	addr        netip.Addr
	fleet       multimog.Fleet
	now, before []uint16
}

// set makes the fleet's table the current one, and the current one that of the connections which began before.
func (v *vip) set(s *Server, fleet multimog.Fleet) error {
	now, err := v.table(s, fleet)
	if err != nil {
		return fmt.Errorf("VIP %s: %w", v.addr, err)
	}
	if v.before = v.now; v.before == nil {
		v.before = now
	}
	v.now, v.fleet = now, fleet
	return v.write(s)
}

// table returns the fleet's Maglev table in numbers of targets.
func (v *vip) table(s *Server, fleet multimog.Fleet) ([]uint16, error) {
	t, err := fleet.Table(s.size)
	if err != nil {
		return nil, err
	}
	var numbers []uint16
	for _, name := range t.Names() {
		n, err := s.targetOf(name, v.addr.Is6())
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	slots := make([]uint16, s.size)
	for i, n := range t.Slots() {
		slots[i] = numbers[n]
	}
	return slots, nil
}

// local returns the table of the servers of the own colo that can be reached; of this server alone if they have
// no weight.
func (v *vip) local(s *Server) ([]uint16, error) {
	var near multimog.Fleet
	weight := 0.0
	for _, m := range v.fleet {
		if m.Colo != s.self.Colo {
			continue
		}
		n, err := s.targetOf(m.Name, v.addr.Is6())
		if err != nil {
			return nil, err
		}
		if s.targets[n].up || m.Name == s.self.Name {
			near = append(near, m)
			weight += m.Weight
		}
	}
	if weight == 0 {
		near = multimog.Fleet{{Name: s.self.Name, Weight: 1}}
	}
	return v.table(s, near)
}

// write puts the tables into the map, slot by slot: every packet finds the slot as it was or as it will be.
func (v *vip) write(s *Server) error {
	local, err := v.local(s)
	if err != nil {
		return fmt.Errorf("VIP %s: %w", v.addr, err)
	}
	keys, values := make([]uint32, s.size), make([]programBucket, s.size)
	for i := range s.size {
		keys[i] = uint32(v.number*s.size + i)
		values[i] = programBucket{Now: v.now[i], Local: local[i], Before: v.before[i]}
	}
	if _, err := s.bpf.Buckets.BatchUpdate(keys, values, nil); err != nil {
		return fmt.Errorf("VIP %s: cannot write its table: %w", v.addr, err)
	}
	return nil
}

// targetOf returns the number of the target that a server is in a family.
func (s *Server) targetOf(name string, v6 bool) (uint16, error) {
	for i, t := range s.targets {
		if t.member.Name == name && t.addr.Is6() == v6 {
			return uint16(i), nil
		}
	}
	return 0, fmt.Errorf("server %s: not a server of the site with a site-local address of the VIP's family", name)
}
