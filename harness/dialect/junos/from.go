package junos

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// kinds says how a match condition is read from its statements. Conditions of one kind are
// alternatives; a term needs all its kinds to match ("Routing Policy Match Conditions").
type kinds map[string]func(*reader, []conf.Statement) policy.Match

var (
	fromKinds = kinds{
		"as-path":             (*reader).fromASPath,
		"as-path-calc-length": (*reader).fromASPathLength,
		"as-path-group":       (*reader).fromASPath,
		"community":           (*reader).fromCommunity,
		"condition":           (*reader).fromCondition,
		"family":              (*reader).fromFamily,
		"instance":            (*reader).fromInstance,
		"local-preference":    (*reader).fromNumber,
		"metric":              (*reader).fromNumber,
		"neighbor":            (*reader).fromAddress,
		"next-hop":            (*reader).fromAddress,
		"origin":              (*reader).fromOrigin,
		"policy":              (*reader).fromPolicy,
		"preference":          (*reader).fromNumber,
		"protocol":            (*reader).fromProtocol,
		"rib":                 (*reader).fromFamily,
		"route-type":          (*reader).fromRouteType,
		"tag":                 (*reader).fromNumber,
	}
	toKinds = kinds{"instance": (*reader).fromInstance, "neighbor": (*reader).toNeighbor, "protocol": (*reader).toProtocol, "rib": (*reader).fromFamily}
)

// prefixKinds are the conditions on the prefix, which are alternatives to each other; see prefixes.
var prefixKinds = map[string]bool{"prefix-list": true, "prefix-list-filter": true, "route-filter": true, "route-filter-list": true}

// matches returns the conditions of n that known reads, in order of appearance, and refuses those that nothing reads.
func (r *reader) matches(side string, known kinds, n *conf.Node) []policy.Match {
	var order []string
	byKind := map[string][]conf.Statement{}
	for _, s := range n.Leaves() {
		kind := s.Words[0]
		if _, seen := byKind[kind]; !seen {
			order = append(order, kind)
		}
		byKind[kind] = append(byKind[kind], s)
	}
	var out []policy.Match
	for _, kind := range order {
		switch read, ok := known[kind]; {
		case ok:
			if m := read(r, byKind[kind]); m != nil {
				out = append(out, m)
			}
		case elsewhere[kind]:
			out = append(out, r.none(side, byKind[kind]))
		case side == "from" && kind == "interface":
			if m := r.fromInterface(byKind[kind], byKind["protocol"]); m != nil {
				out = append(out, m)
			}
		case side == "to" || !prefixKinds[kind]:
			for _, s := range byKind[kind] {
				r.problem(s.Pos, "%s %s is not modelled and could change what matches: rewrite the term without it", side, strings.Join(s.Words, " "))
			}
		}
	}
	if byKind["as-path"] != nil && byKind["as-path-group"] != nil {
		r.problem(n.Pos, "as-path and as-path-group cannot stand in one term")
	}
	return out
}

// value returns the one word behind the keyword of a condition or action.
func (r *reader) value(s conf.Statement) (string, bool) {
	if len(s.Words) != 2 {
		r.problem(s.Pos, "%q is not understood: want one value behind %s", strings.Join(s.Words, " "), s.Words[0])
		return "", false
	}
	return s.Words[1], true
}

// single returns the value of a condition that can be given only once.
func (r *reader) single(ss []conf.Statement) (string, bool) {
	if len(ss) > 1 {
		r.problem(ss[1].Pos, "a second %s in one term is not modelled", ss[0].Words[0])
		return "", false
	}
	return r.value(ss[0])
}

func (r *reader) fromASPath(ss []conf.Statement) policy.Match {
	in := map[string]map[string]*policy.ASPathDef{"as-path": r.asPaths, "as-path-group": r.asPathGroups}
	m := &policy.MatchASPath{}
	for _, s := range ss {
		if name, ok := r.value(s); ok {
			def, _ := lookup(r, s.Pos, s.Words[0], name, in[s.Words[0]])
			m.AnyOf = append(m.AnyOf, def)
		}
	}
	return m
}

func (r *reader) fromCondition(ss []conf.Statement) policy.Match {
	name, ok := r.single(ss)
	if !ok {
		return nil
	}
	def, ok := lookup(r, ss[0].Pos, "condition", name, r.conditions)
	if !ok {
		return nil
	}
	return def
}

func (r *reader) fromPolicy(ss []conf.Statement) policy.Match {
	m := &policy.MatchPolicy{}
	for _, s := range ss {
		m.Chain = append(m.Chain, r.expressions(s.Pos, strings.Join(s.Words[1:], " "))...)
	}
	return m
}

func (r *reader) fromOrigin(ss []conf.Statement) policy.Match {
	m := &policy.MatchOrigin{}
	for _, s := range ss {
		if name, ok := r.value(s); ok {
			o, ok := origins[name]
			if !ok {
				r.problem(s.Pos, "origin %s: want igp, egp or incomplete", name)
			}
			m.AnyOf = append(m.AnyOf, o)
		}
	}
	return m
}

var origins = map[string]policy.Origin{"igp": policy.IGP, "egp": policy.EGP, "incomplete": policy.Incomplete}

func (r *reader) fromRouteType(ss []conf.Statement) policy.Match {
	name, ok := r.single(ss)
	if ok && name != "internal" && name != "external" {
		r.problem(ss[0].Pos, "route-type %s: want internal or external", name)
	}
	return &policy.MatchRouteType{External: name == "external"}
}

// fromNumber reads local-preference, metric, tag and preference.
func (r *reader) fromNumber(ss []conf.Statement) policy.Match {
	field := fields[ss[0].Words[0]]
	var several []policy.Match
	for _, s := range ss {
		text, ok := r.value(s)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			r.problem(s.Pos, "%s %s: want a number up to 4294967295", s.Words[0], text)
		}
		several = append(several, &policy.MatchNumber{Field: field, Min: uint32(n), Max: uint32(n)})
	}
	if len(several) == 0 {
		return nil
	}
	return anyOf(ss[0].Pos, several)
}

var fields = map[string]policy.Field{
	"local-preference": policy.LocalPref, "metric": policy.MED, "tag": policy.Tag, "preference": policy.Preference,
}

// fromAddress reads neighbor and next-hop.
func (r *reader) fromAddress(ss []conf.Statement) policy.Match {
	m := &policy.MatchAddr{Field: policy.FromNeighbor}
	if ss[0].Words[0] == "next-hop" {
		m.Field = policy.OfNextHop
	}
	for _, s := range ss {
		text, ok := r.value(s)
		if !ok {
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			r.problem(s.Pos, "%s %s: want an address", s.Words[0], text)
			continue
		}
		m.AnyOf = append(m.AnyOf, netip.PrefixFrom(a.WithZone(""), a.BitLen()))
	}
	return m
}

// toProtocol reads protocol in to. The model exports to BGP alone.
func (r *reader) toProtocol(ss []conf.Statement) policy.Match {
	for _, s := range ss {
		if name, ok := r.value(s); !ok || name == "bgp" {
			return nil
		}
	}
	return r.none("to", ss)
}

func (r *reader) toNeighbor(ss []conf.Statement) policy.Match {
	m := r.fromAddress(ss).(*policy.MatchAddr)
	m.Field = policy.ToNeighbor
	return m
}
