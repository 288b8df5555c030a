package gobgp

import (
	"net/netip"

	"github.com/closlab/closlab/harness/policy"
)

// conditions reads what a statement asks for.
func (r *reader) conditions(n *node) []policy.Match {
	m := r.mapping(n, "match-prefix-set", "match-neighbor-set", "bgp-conditions")
	b := r.mapping(m["bgp-conditions"], "match-community-set", "match-large-community-set", "match-as-path-set", "origin-eq",
		"local-pref-eq", "med-eq", "route-type", "afi-safi-in-list", "next-hop-in-list")
	out := append(r.prefixMatches(m["match-prefix-set"]), r.neighborMatches(m["match-neighbor-set"])...)
	out = append(out, r.communityMatches(b["match-community-set"], "community-set")...)
	out = append(out, r.communityMatches(b["match-large-community-set"], "large-community-set")...)
	out = append(out, r.asPathMatches(b["match-as-path-set"])...)
	if x := b["origin-eq"]; x != nil {
		r.addf(x, "origin-eq: GoBGP 4.8.0 loses this condition when it reads a file, so the statement would match every origin")
	}
	if x := b["local-pref-eq"]; x != nil {
		v := r.number(x, 1)
		out = append(out, &policy.MatchNumber{Field: policy.LocalPref, Min: v, Max: v})
	}
	if x := b["med-eq"]; x != nil {
		if r.exported {
			r.addf(x, "med-eq in an export policy depends on where the route was learned, which is not modelled")
		}
		v := r.number(x, 1)
		out = append(out, &policy.MatchNumber{Field: policy.MED, Min: v, Max: v})
	}
	return append(out, r.kinds(b)...)
}

func (r *reader) prefixMatches(x *node) []policy.Match {
	if x == nil {
		return nil
	}
	s, option := r.set(x, "prefix-set")
	if s == nil {
		return nil
	}
	m := policy.NewMatchPrefix([]string{s.name}, s.ranges, nil)
	if option != "invert" || len(s.ranges) == 0 { // an empty set is of no family, so no route is in it or its opposite
		return []policy.Match{m}
	}
	return []policy.Match{&policy.MatchFamily{V6: s.ranges[0].Prefix.Addr().Is6()}, not(m)} // of its own family alone
}

func (r *reader) neighborMatches(x *node) []policy.Match {
	if x == nil {
		return nil
	}
	s, option := r.set(x, "neighbor-set")
	if s == nil || len(s.addrs) == 0 { // an empty set matches all, inverted or not
		return nil
	}
	m := &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: s.addrs}
	switch {
	case option != "invert":
		return []policy.Match{m}
	case r.exported:
		return []policy.Match{not(m)}
	}
	return []policy.Match{not(m), learned()} // routes of the router's own have no neighbour, and pass neither
}

// kinds reads what routes are asked about family, source and next hop.
func (r *reader) kinds(b map[string]*node) (out []policy.Match) {
	switch x := b["route-type"]; r.word(x) {
	case "", "none":
	case "external":
		out = append(out, &policy.MatchRouteType{External: true})
	case "internal":
		out = append(out, &policy.MatchRouteType{}, learned())
	case "local":
		out = append(out, not(learned()))
	default:
		r.refuse(x, "route-type %q: want internal, external or local", x.Value)
	}
	if list := r.words(b["afi-safi-in-list"]); len(list) == 1 && (list[0] == "ipv4-unicast" || list[0] == "ipv6-unicast") {
		out = append(out, &policy.MatchFamily{V6: list[0] == "ipv6-unicast"})
	} else if len(list) > 0 {
		r.addf(b["afi-safi-in-list"], "afi-safi-in-list: want ipv4-unicast or ipv6-unicast alone")
	}
	if x := b["next-hop-in-list"]; x != nil {
		if r.exported {
			r.addf(x, "next-hop-in-list in an export policy is not modelled")
		}
		m := &policy.MatchAddr{Field: policy.OfNextHop}
		for _, e := range r.items(x) {
			if p, ok := r.network(e); ok {
				m.AnyOf = append(m.AnyOf, p)
			}
		}
		if len(m.AnyOf) > 0 { // an empty list matches all
			out = append(out, m)
		}
	}
	return out
}

// learned matches the routes that came from a neighbour.
func learned() policy.Match {
	return &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
}

// not returns the opposite of a match.
func not(m policy.Match) policy.Match {
	p := &policy.Policy{Name: m.String(), Terms: []*policy.Term{
		{Name: "match", From: []policy.Match{m}, Flow: policy.AcceptRoute}, {Name: "rest", Flow: policy.RejectRoute}}}
	return &policy.MatchPolicy{Chain: policy.Chain{{Op: policy.Not, Args: []policy.Expr{{Policy: p}}}}}
}

func (r *reader) communityMatches(x *node, kind string) (out []policy.Match) {
	if x == nil {
		return nil
	}
	s, option := r.set(x, kind)
	if s == nil {
		return nil
	}
	any := &policy.MatchCommunity{}
	for _, p := range s.patterns {
		d := policy.NewCommunityDef(s.name, []policy.CommunityPattern{p}, option == "invert")
		if option == "any" {
			any.AnyOf = append(any.AnyOf, d)
		} else {
			out = append(out, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{d}})
		}
	}
	if len(s.patterns) == 0 && option != "invert" || option == "any" {
		return []policy.Match{any}
	}
	return out
}

func (r *reader) asPathMatches(x *node) (out []policy.Match) {
	if x == nil {
		return nil
	}
	if r.exported {
		r.addf(x, "as-path sets in an export policy see the own AS in front where the peer is external, which is not modelled")
	}
	s, option := r.set(x, "as-path-set")
	if s == nil {
		return nil
	}
	if option == "any" {
		return []policy.Match{&policy.MatchASPath{AnyOf: s.paths}}
	}
	for _, d := range s.paths {
		m := policy.Match(&policy.MatchASPath{AnyOf: []*policy.ASPathDef{d}})
		if option == "invert" {
			m = not(m)
		}
		out = append(out, m)
	}
	return out
}
