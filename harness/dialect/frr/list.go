package frr

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// rule is an entry of a list: what it asks for, all of it.
type rule struct {
	pos    place.Pos
	permit bool
	from   []policy.Match
}

// firstMatch returns the matches that hold where the first rule that does permits.
func firstMatch(name string, rules []rule) []policy.Match {
	for len(rules) > 0 && !rules[len(rules)-1].permit { // no match is as good as deny
		rules = rules[:len(rules)-1]
	}
	switch {
	case len(rules) == 0:
		return never(name)
	case len(rules) == 1:
		return rules[0].from
	}
	p := &policy.Policy{Name: name, Pos: rules[0].pos}
	for i, x := range append(rules, rule{pos: rules[0].pos}) {
		t := &policy.Term{Name: "rest", Pos: x.pos, From: x.from, Flow: policy.RejectRoute}
		if i < len(rules) {
			t.Name = x.pos.String()
		}
		if x.permit {
			t.Flow = policy.AcceptRoute
		}
		p.Terms = append(p.Terms, t)
	}
	return []policy.Match{&policy.MatchPolicy{Chain: policy.Calls(p)}}
}

// onlyPermits reports whether no deny comes before a permit.
func (l *list) onlyPermits() bool {
	for i, e := range l.entries() {
		if !e.permit {
			return !slices.ContainsFunc(l.entries()[i:], func(x *listEntry) bool { return x.permit })
		}
	}
	return true
}

// permits returns the items of the entries that permit.
func permits[T any](l *list) []T {
	var out []T
	for _, e := range l.entries() {
		if e.permit {
			out = append(out, e.item.(T))
		}
	}
	return out
}

// matches returns what matching the list means; exactly only for communities.
func (l *list) matches(exactly bool) []policy.Match {
	at := 0
	if exactly {
		at = 1
	}
	if l.match[at] == nil {
		switch l.Kind {
		case asPathList:
			l.match[at] = l.paths()
		case communityList, largeList, extendedList:
			l.match[at] = l.communities(exactly)
		default:
			l.match[at] = l.prefixes()
		}
	}
	return l.match[at]
}

func (l *list) prefixes() []policy.Match {
	one := func(rs ...policy.PrefixRange) policy.Match {
		return policy.NewMatchPrefix([]string{l.String()}, rs, nil)
	}
	if l.onlyPermits() {
		return []policy.Match{one(permits[policy.PrefixRange](l)...)}
	}
	var rules []rule
	for _, e := range l.entries() {
		rules = append(rules, rule{e.pos, e.permit, []policy.Match{policy.NewMatchPrefix(nil, []policy.PrefixRange{e.item.(policy.PrefixRange)}, nil)}})
	}
	return firstMatch(l.String(), rules)
}

func (l *list) paths() []policy.Match {
	var rules []rule
	all := &policy.ASPathDef{Name: l.Name}
	for _, e := range l.entries() {
		x, err := e.item.(*ere.Expr).ASPath()
		if err != nil {
			l.problem(e.pos, "%s", err)
			return never(l.String())
		}
		if e.permit {
			all.AnyOf = append(all.AnyOf, x)
		}
		def := &policy.ASPathDef{Name: l.Name, AnyOf: []*policy.Regex{x}}
		rules = append(rules, rule{e.pos, e.permit, []policy.Match{&policy.MatchASPath{AnyOf: []*policy.ASPathDef{def}}}})
	}
	if l.onlyPermits() && len(all.AnyOf) > 0 {
		return []policy.Match{&policy.MatchASPath{AnyOf: []*policy.ASPathDef{all}}}
	}
	return firstMatch(l.String(), rules)
}

// addresses returns the match of an address with a prefix-list or an access-list: it is looked up as a prefix of full length.
func (l *list) addresses(field policy.AddrField) []policy.Match {
	var rules []rule
	for _, e := range l.entries() {
		p := e.item.(policy.PrefixRange)
		m := &policy.MatchAddr{Field: field}
		if p.Max == p.Prefix.Addr().BitLen() {
			m.AnyOf = []netip.Prefix{p.Prefix}
		}
		rules = append(rules, rule{e.pos, e.permit, []policy.Match{m}})
	}
	return firstMatch(l.String(), rules)
}
