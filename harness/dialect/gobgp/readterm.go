package gobgp

import (
	"net/netip"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/policy"
)

func (r *reader) conditions(n *yaml.Node) []policy.Match {
	m := r.mapping(n, "match-prefix-set", "match-neighbor-set", "bgp-conditions")
	b := r.mapping(m["bgp-conditions"], "match-community-set", "match-large-community-set", "match-as-path-set", "origin-eq",
		"local-pref-eq", "med-eq", "route-type", "afi-safi-in-list", "next-hop-in-list")
	var out []policy.Match
	if x := m["match-prefix-set"]; x != nil {
		entries, name, option := r.set(x, "prefix-set", "prefix-list")
		ranges := r.prefixRanges(entries)
		match := policy.Match(policy.NewMatchPrefix([]string{name}, ranges, nil))
		if option == "invert" {
			out = append(out, &policy.MatchFamily{V6: len(ranges) > 0 && ranges[0].Prefix.Addr().Is6()})
		}
		out = append(out, r.turned(match, option))
	}
	if x := m["match-neighbor-set"]; x != nil {
		entries, _, option := r.set(x, "neighbor-set", "neighbor-info-list")
		if len(entries) > 0 { // an empty set matches all
			out = append(out, r.turned(&policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: r.addresses(entries)}, option))
		}
	}
	out = append(out, r.communityMatches(b["match-community-set"], "community-set", "community-list", policy.Standard)...)
	out = append(out, r.communityMatches(b["match-large-community-set"], "large-community-set", "large-community-list", policy.Large)...)
	out = append(out, r.asPathMatches(b["match-as-path-set"])...)
	if x := b["origin-eq"]; x != nil {
		out = append(out, &policy.MatchOrigin{AnyOf: []policy.Origin{r.origin(x)}})
	}
	for field, key := range []string{policy.LocalPref: "local-pref-eq", policy.MED: "med-eq"} {
		if x, field := b[key], policy.Field(field); x != nil {
			v := r.number(x, 1)
			if field == policy.MED && r.isExport {
				r.addf(x, "med-eq in an export policy depends on where the route was learned: it is not modelled")
			}
			out = append(out, &policy.MatchNumber{Field: field, Min: v, Max: v})
		}
	}
	return append(out, r.kinds(b)...)
}

// kinds reads what routes are asked about family, source and next hop.
func (r *reader) kinds(b map[string]*yaml.Node) (out []policy.Match) {
	switch x := b["route-type"]; word(x) {
	case "", "none":
	case "external":
		out = append(out, &policy.MatchRouteType{External: true})
	case "internal":
		out = append(out, &policy.MatchRouteType{}, &policy.MatchAddr{Field: policy.FromNeighbor,
			AnyOf: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}})
	default:
		r.addf(x, "route-type %q is not modelled: want internal or external", x.Value)
	}
	if list := r.words(b["afi-safi-in-list"]); len(list) == 1 && (list[0] == "ipv4-unicast" || list[0] == "ipv6-unicast") {
		out = append(out, &policy.MatchFamily{V6: list[0] == "ipv6-unicast"})
	} else if len(list) > 0 {
		r.addf(b["afi-safi-in-list"], "afi-safi-in-list: want ipv4-unicast or ipv6-unicast alone")
	}
	if x := b["next-hop-in-list"]; x != nil {
		if r.isExport {
			r.addf(x, "next-hop-in-list in an export policy is not modelled")
		}
		out = append(out, &policy.MatchAddr{Field: policy.OfNextHop, AnyOf: r.addresses(r.items(x))})
	}
	return out
}

// turned returns the match, or its opposite for the option invert.
func (r *reader) turned(m policy.Match, option string) policy.Match {
	if option != "invert" {
		return m
	}
	p := &policy.Policy{Name: m.String(), Terms: []*policy.Term{
		{Name: "match", From: []policy.Match{m}, Flow: policy.AcceptRoute}, {Name: "rest", Flow: policy.RejectRoute}}}
	return &policy.MatchPolicy{Chain: policy.Chain{{Op: policy.Not, Args: []policy.Expr{{Policy: p}}}}}
}

func (r *reader) communityMatches(x *yaml.Node, kind, list string, of policy.CommunityKind) (out []policy.Match) {
	if x == nil {
		return nil
	}
	entries, name, option := r.set(x, kind, list)
	any := &policy.MatchCommunity{}
	for _, e := range entries {
		d := policy.NewCommunityDef(name, []policy.CommunityPattern{r.pattern(e, of)}, option == "invert")
		if option == "any" {
			any.AnyOf = append(any.AnyOf, d)
		} else {
			out = append(out, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{d}})
		}
	}
	if len(entries) == 0 && option != "invert" || option == "any" {
		return []policy.Match{any}
	}
	return out
}

func (r *reader) asPathMatches(x *yaml.Node) (out []policy.Match) {
	if x == nil {
		return nil
	}
	if r.isExport {
		r.addf(x, "as-path sets in an export policy see the own AS in front where the peer is external: they are not modelled")
	}
	entries, _, option := r.set(x, "as-path-set", "as-path-list")
	any := &policy.MatchASPath{}
	for _, e := range entries {
		d := r.asPath(e)
		if d == nil {
			continue
		}
		if option == "any" {
			any.AnyOf = append(any.AnyOf, d)
		} else {
			out = append(out, r.turned(&policy.MatchASPath{AnyOf: []*policy.ASPathDef{d}}, option))
		}
	}
	if option == "any" {
		return []policy.Match{any}
	}
	return out
}

func (r *reader) origin(x *yaml.Node) policy.Origin {
	for _, o := range []policy.Origin{policy.IGP, policy.EGP, policy.Incomplete} {
		if o.String() == x.Value {
			return o
		}
	}
	r.addf(x, "origin %q: want igp, egp or incomplete", x.Value)
	return policy.IGP
}

// number returns a number from least on.
func (r *reader) number(x *yaml.Node, least uint64) uint32 {
	v, err := strconv.ParseUint(x.Value, 10, 32)
	if err != nil || v < least {
		r.addf(x, "%q: want a number from %d to 4294967295", x.Value, least)
	}
	return uint32(v)
}
