package policy

import (
	"net/netip"
	"slices"
)

// dimension is what a variable of a space asks about the route as it enters a chain, or about the
// environment.
type dimension uint8

const (
	isProtocol     dimension = iota // protocol is number
	isExternal                      // learned over eBGP
	isOrigin                        // origin is number
	hasCommunity                    // carries a community of class number
	atMost                          // the numeric field is at most number
	fromNeighbor                    // learned from a neighbour in prefix
	toPeer                          // session's peer is in prefix
	viaNextHop                      // next hop is in prefix
	conditionHolds                  // the router's table holds prefix
	pathMatches                     // path
)

// variable is one Boolean question about a route.
type variable struct {
	dim    dimension
	number uint32
	field  Field
	prefix netip.Prefix
	path   pathTest
}

// space is all routes with a prefix of one cell, described by Boolean variables that are made when a
// chain first asks for them. It is used for one comparison and then thrown away.
type space struct {
	*bdd
	dir     Direction
	vars    []variable // by number
	ids     map[variable]int
	classes *communityClasses
	regexes *regexSet
	lemmas  ref // what AS paths cannot be, as far as was found out
}

func newSpace(dir Direction, classes *communityClasses, regexes *regexSet) *space {
	return &space{bdd: newBDD(), dir: dir, ids: map[variable]int{}, classes: classes, regexes: regexes, lemmas: yes}
}

// ask returns the routes for which the answer is yes.
func (s *space) ask(v variable) ref {
	id, ok := s.ids[v]
	if !ok {
		id = len(s.vars)
		s.vars = append(s.vars, v)
		s.ids[v] = id
	}
	return s.literal(id)
}

// protocol returns the routes of the protocol. Only BGP routes are imported.
func (s *space) protocol(p Protocol) ref {
	switch {
	case s.dir == Export:
		return s.ask(variable{dim: isProtocol, number: uint32(p)})
	case p == BGP:
		return yes
	}
	return no
}

// number returns the routes whose field enters the chain between the bounds, both included.
func (s *space) number(f Field, in interval) ref {
	out := yes
	if in.hi < unchanged.hi {
		out = s.ask(variable{dim: atMost, field: f, number: in.hi})
	}
	if in.lo > 0 {
		out = s.without(out, s.ask(variable{dim: atMost, field: f, number: in.lo - 1}))
	}
	return out
}

// path returns the routes whose AS path passes the test.
func (s *space) path(t pathTest) ref {
	switch a := s.regexes.answer(t); {
	case !a.canHold:
		return no
	case !a.canFail:
		return yes
	}
	return s.ask(variable{dim: pathMatches, path: t})
}

// in returns the routes whose address of that dimension is in p.
func (s *space) in(dim dimension, p netip.Prefix) ref {
	return s.ask(variable{dim: dim, prefix: p.Masked()})
}

// possible returns what holds for every route that there can be: one protocol and one origin, numbers
// in order, an address in only one of two disjoint prefixes. Ask for no new variable afterwards.
func (s *space) possible() ref {
	out := s.and(s.lemmas, s.and(s.oneOf(isProtocol, len(protocolNames)), s.oneOf(isOrigin, 3)))
	for _, f := range []Field{LocalPref, MED, Tag, Preference} {
		out = s.and(out, s.ordered(f))
	}
	learned := no // by BGP from a peer
	for _, dim := range []dimension{fromNeighbor, toPeer, viaNextHop} {
		out = s.and(out, s.nested(dim))
	}
	for id, v := range s.vars {
		if v.dim == fromNeighbor || v.dim == isExternal {
			learned = s.or(learned, s.literal(id))
		}
	}
	for _, id := range s.asked(isProtocol) {
		isBGP := s.vars[id].number == uint32(BGP)
		out = s.and(out, s.ite(learned, s.ite(s.literal(id), truth(isBGP), truth(!isBGP)), yes))
	}
	return out
}

func truth(b bool) ref {
	if b {
		return yes
	}
	return no
}

// asked returns the ids of a dimension's variables, ascending.
func (s *space) asked(dim dimension) []int {
	var out []int
	for id, v := range s.vars {
		if v.dim == dim {
			out = append(out, id)
		}
	}
	return out
}

// oneOf returns that one of count values holds, and no two of those that were asked for.
func (s *space) oneOf(dim dimension, count int) ref {
	ids := s.asked(dim)
	out := s.atMostOne(ids)
	if len(ids) == count {
		some := no
		for _, l := range slices.Backward(ids) {
			some = s.or(s.literal(l), some)
		}
		out = s.and(out, some)
	}
	return out
}

// ordered returns that a number which is at most n is at most any larger number.
func (s *space) ordered(f Field) ref {
	ids := slices.DeleteFunc(s.asked(atMost), func(l int) bool { return s.vars[l].field != f })
	slices.SortFunc(ids, func(a, b int) int { return int(int64(s.vars[a].number) - int64(s.vars[b].number)) })
	out := yes
	for i := len(ids) - 1; i > 0; i-- {
		out = s.and(out, s.ite(s.literal(ids[i-1]), s.literal(ids[i]), yes))
	}
	return out
}

// nested returns that an address in a prefix is in every prefix around it, in no two disjoint ones, and
// in one of the inner prefixes where they fill the outer one.
func (s *space) nested(dim dimension) ref {
	ids := s.asked(dim)
	out := yes
	inner := map[int][]int{} // by the innermost prefix around; -1 for none
	for _, l := range ids {
		around := s.innermost(ids, func(p netip.Prefix) bool {
			return p.Bits() < s.vars[l].prefix.Bits() && p.Contains(s.vars[l].prefix.Addr())
		})
		inner[around] = append(inner[around], l)
		if around >= 0 {
			out = s.and(out, s.ite(s.literal(l), s.literal(around), yes))
		}
	}
	for _, around := range append([]int{-1}, ids...) {
		children := inner[around]
		out = s.and(out, s.atMostOne(children))
		if around < 0 || len(children) == 0 {
			continue
		}
		if _, free := s.freeAddr(around, children); !free {
			some := no
			for _, l := range children {
				some = s.or(some, s.literal(l))
			}
			out = s.and(out, s.ite(s.literal(around), some, yes))
		}
	}
	return out
}

// innermost returns the id of the longest prefix for which is holds, -1 if there is none.
func (s *space) innermost(ids []int, is func(netip.Prefix) bool) int {
	best := -1
	for _, l := range ids {
		if p := s.vars[l].prefix; is(p) && (best < 0 || p.Bits() > s.vars[best].prefix.Bits()) {
			best = l
		}
	}
	return best
}

// freeAddr returns an address inside the prefix of one variable and outside those of others.
func (s *space) freeAddr(around int, others []int) (netip.Addr, bool) {
	var taken []netip.Prefix
	for _, l := range others {
		taken = append(taken, s.vars[l].prefix)
	}
	slices.SortFunc(taken, comparePrefixes)
	p := s.vars[around].prefix
	free, ok := freePrefix(p, taken, p.Addr().BitLen())
	return free.Addr(), ok
}
