package policy

import (
	"math"
	"net/netip"
	"slices"
)

// maxAttempts is how many combinations of AS path conditions are tried for one witness.
const maxAttempts = 200

// solve returns a route of the region with that prefix. What it learns about AS paths becomes a lemma.
func (s *space) solve(region ref, prefix netip.Prefix) (Witness, searchResult) {
	for range maxAttempts {
		region = s.and(region, s.lemmas)
		if s.full {
			return Witness{}, tooLong
		}
		if region == no {
			return Witness{}, none
		}
		c := s.pick(region, func(id int) bool {
			return s.vars[id].dim == isProtocol && s.vars[id].number == uint32(BGP)
		})
		goals, ids := s.goals(c)
		path, result := findPath(goals)
		switch result {
		case found:
			return s.witness(prefix, c, path), found
		case tooLong:
			return Witness{}, tooLong
		}
		s.lemmas = s.without(s.lemmas, s.contradiction(goals, ids))
	}
	return Witness{}, tooLong
}

// goals returns what the cube asks of the AS path, and at which ids.
func (s *space) goals(c cube) (goals []pathGoal, ids []int) {
	for _, id := range s.asked(pathMatches) {
		if want, ok := c[id]; ok {
			goals, ids = append(goals, pathGoal{s.vars[id].path, want}), append(ids, id)
		}
	}
	return goals, ids
}

// contradiction returns a conjunction of goals, as few as it can, that no AS path meets.
func (s *space) contradiction(goals []pathGoal, ids []int) ref {
	for i := 0; i < len(goals); {
		fewer := slices.Delete(slices.Clone(goals), i, i+1)
		if _, result := findPath(fewer); result == none {
			goals, ids = fewer, slices.Delete(slices.Clone(ids), i, i+1)
		} else {
			i++
		}
	}
	out := yes
	for i, g := range goals {
		if v := s.literal(ids[i]); g.want {
			out = s.and(out, v)
		} else {
			out = s.without(out, v)
		}
	}
	return out
}

// witness returns a route as the cube wants it; what the cube leaves open gets its usual value.
func (s *space) witness(prefix netip.Prefix, c cube, path []uint32) Witness {
	w := Witness{Route: Route{
		Prefix: prefix, ASPath: path,
		Protocol: Protocol(s.value(isProtocol, c)), Origin: Origin(s.value(isOrigin, c)),
		Neighbor: s.addr(fromNeighbor, c), NextHop: s.addr(viaNextHop, c),
	}}
	w.Peer = s.addr(toPeer, c)
	for f, usual := range map[Field]uint32{LocalPref: 100, MED: 0, Tag: 0, Preference: 170} {
		in := s.bounds(f, c)
		*f.Of(&w.Route) = min(max(usual, in.lo), in.hi)
	}
	var carried []Community
	for id, value := range c {
		switch v := s.vars[id]; {
		case !value:
		case v.dim == isExternal:
			w.Route.External = true
		case v.dim == hasCommunity:
			carried = append(carried, s.classes.list[v.number].witness)
		case v.dim == conditionHolds:
			w.Exists = append(w.Exists, v.prefix)
		}
	}
	slices.SortFunc(w.Exists, comparePrefixes)
	w.Route.Communities = CommunitySet(carried...)
	return w
}

// value returns the value of a dimension that has one of several: the one the cube asks for, or else the first
// that it does not exclude.
func (s *space) value(dim dimension, c cube) uint32 {
	excluded := map[uint32]bool{}
	for _, id := range s.asked(dim) {
		if value, ok := c[id]; value {
			return s.vars[id].number
		} else if ok {
			excluded[s.vars[id].number] = true
		}
	}
	n := uint32(0)
	for excluded[n] {
		n++
	}
	return n
}

// bounds returns between which numbers the cube wants the field.
func (s *space) bounds(f Field, c cube) interval {
	in := interval{0, math.MaxUint32}
	for id, value := range c {
		switch v := s.vars[id]; {
		case v.dim != atMost || v.field != f:
		case value:
			in.hi = min(in.hi, v.number)
		default:
			in.lo = max(in.lo, v.number+1)
		}
	}
	return in
}

// addr returns an address in the innermost prefix that the cube asks for, and in none inside it; no address
// if it asks for none.
func (s *space) addr(dim dimension, c cube) netip.Addr {
	ids := s.asked(dim)
	in := s.innermost(slices.DeleteFunc(slices.Clone(ids), func(l int) bool { return !c[l] }),
		func(netip.Prefix) bool { return true })
	if in < 0 {
		return netip.Addr{}
	}
	p := s.vars[in].prefix
	inside := slices.DeleteFunc(ids, func(l int) bool {
		return s.vars[l].prefix.Bits() <= p.Bits() || !p.Contains(s.vars[l].prefix.Addr())
	})
	a, _ := s.freeAddr(in, inside)
	return a
}
