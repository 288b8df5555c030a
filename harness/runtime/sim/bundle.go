package sim

import (
	"hash/fnv"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func familyOf(v6 bool) fabric.Family {
	if v6 {
		return fabric.V6
	}
	return fabric.V4
}

// address returns the address of a node or the VIP of a service; invalid if it has none in the family.
func (s *Sim) address(name string, f fabric.Family) netip.Addr {
	if n := s.byName[name]; n != nil {
		return n.Addrs[f]
	}
	if v := s.fabric.Service(name); v != nil && fabric.FamilyOf(v.VIP) == f {
		return v.VIP
	}
	return netip.Addr{}
}

// targets returns the addresses that flows to a node, tier, colo, prefix group or service have. Of a prefix that is
// the addresses of nodes in it or, if there are none, its first address but one.
func (s *Sim) targets(to string, f fabric.Family) []netip.Addr {
	if a := s.address(to, f); a.IsValid() {
		return []netip.Addr{a}
	}
	var out []netip.Addr
	for _, n := range s.fabric.Select(to) {
		if n.Addrs[f].IsValid() {
			out = append(out, n.Addrs[f])
		}
	}
	for _, p := range s.fabric.PrefixesOf([]string{to}) {
		if fabric.FamilyOf(p.Addr()) != f {
			continue
		}
		found := len(out)
		for _, n := range s.nodes {
			if p.Contains(n.Addrs[f]) {
				out = append(out, n.Addrs[f])
			}
		}
		if len(out) == found {
			a := p.Addr().Next()
			if !p.Contains(a) {
				a = p.Addr()
			}
			out = append(out, a)
		}
	}
	return out
}

// bundle sends the flows one by one. Flow i goes to target i modulo their number; every router takes the next node
// by a hash of the flow, the bundle's seed and its own name. Flows that have no sender or target are Unknown.
func (v *view) bundle(f observe.Flows) observe.Bundle {
	b := observe.Bundle{Flows: f, Endings: map[observe.Ending]int{}, Via: map[string]int{}}
	from, targets := v.sim.byName[f.From], v.sim.targets(f.To, familyOf(f.V6))
	if from == nil || len(targets) == 0 {
		b.Endings[observe.Unknown] = f.Count
		return b
	}
	salts := map[*node]uint64{}
	for _, n := range v.sim.nodes {
		h := fnv.New64a()
		h.Write([]byte(n.Name))
		salts[n] = h.Sum64()
	}
	for i := range f.Count {
		flow := scramble(f.Seed ^ scramble(uint64(i)))
		end, path := v.flow(from, targets[i%len(targets)], flow, salts)
		b.Endings[end]++
		for _, n := range path {
			b.Via[n.Name]++
		}
	}
	return b
}

// flow follows one flow and returns the nodes that it passes, each once.
func (v *view) flow(from *node, to netip.Addr, flow uint64, salts map[*node]uint64) (observe.Ending, []*node) {
	for path := []*node{from}; ; {
		n := path[len(path)-1]
		end, hops := v.next(n, to, n == from)
		if end != observe.Unknown {
			return end, path
		}
		m := hops[scramble(flow^salts[n])%uint64(len(hops))]
		if slices.Contains(path, m) {
			return observe.Looped, path
		}
		path = append(path, m)
	}
}

// scramble is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
