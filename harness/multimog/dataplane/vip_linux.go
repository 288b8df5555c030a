package dataplane

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/multimog"
)

// vip is a service address and its tables: for every slot the number of a target.
type vip struct {
	number      int
	addr        netip.Addr
	fleet       multimog.Fleet
	now, before []uint16
	near        *multimog.Table // of the servers of the own colo; nil if they have no weight
}

// set makes the fleet's table the current one, and the current one that of the connections which began before.
func (v *vip) set(s *Server, fleet multimog.Fleet, table *multimog.Table) error {
	now, err := v.numbers(s, table)
	if err != nil {
		return fmt.Errorf("VIP %s: %w", v.addr, err)
	}
	if v.before = v.now; v.before == nil {
		v.before = now
	}
	v.now, v.fleet, v.near = now, fleet, nil
	if colo := v.colo(s); slices.ContainsFunc(colo, func(m multimog.Server) bool { return m.Weight > 0 }) {
		if v.near, err = colo.Table(s.size); err != nil {
			return fmt.Errorf("VIP %s: %w", v.addr, err)
		}
	}
	return v.write(s)
}

// colo returns the servers of the own colo.
func (v *vip) colo(s *Server) multimog.Fleet {
	var out multimog.Fleet
	for _, m := range v.fleet {
		if m.Colo == s.self.Colo {
			out = append(out, m)
		}
	}
	return out
}

// numbers returns a table in numbers of targets.
func (v *vip) numbers(s *Server, t *multimog.Table) ([]uint16, error) {
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
	up := func(name string) bool {
		n, err := s.targetOf(name, v.addr.Is6())
		return name == s.self.Name || err == nil && s.targets[n].up
	}
	if v.near != nil {
		if t := v.colo(s).Bypass(v.near, up); t != nil {
			return v.numbers(s, t)
		}
	}
	self, err := s.targetOf(s.self.Name, v.addr.Is6())
	return slices.Repeat([]uint16{self}, s.size), err
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
