package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// context is a clause being translated.
type context struct {
	*translator
	in    *routeMap
	entry *routeMapEntry
	clause
	before state
}

// matchers translate match lines, by kind. All matches that one returns must hold.
var matchers = map[string]func(*context) []policy.Match{
	"as-path":                 func(x *context) []policy.Match { return x.named(asPathList) },
	"community":               func(x *context) []policy.Match { return x.communities(communityList) },
	"extcommunity":            func(x *context) []policy.Match { return x.named(extendedList) },
	"interface":               (*context).ofInterface,
	"ip address":              func(x *context) []policy.Match { return x.named(accessList4) },
	"ip address prefix-list":  func(x *context) []policy.Match { return x.named(prefixList4) },
	"ip next-hop":             func(x *context) []policy.Match { return x.addresses(accessList4, policy.OfNextHop) },
	"ip next-hop address":     func(x *context) []policy.Match { return x.nextHop(false) },
	"ip next-hop prefix-list": func(x *context) []policy.Match { return x.addresses(prefixList4, policy.OfNextHop) },
	"ip route-source":         func(x *context) []policy.Match { return x.source(accessList4) },
	"ip route-source prefix-list": func(x *context) []policy.Match {
		return x.source(prefixList4)
	},
	"ipv6 address":              func(x *context) []policy.Match { return x.named(accessList6) },
	"ipv6 address prefix-list":  func(x *context) []policy.Match { return x.named(prefixList6) },
	"ipv6 next-hop":             (*context).ipv6NextHop,
	"ipv6 next-hop address":     func(x *context) []policy.Match { return x.nextHop(true) },
	"ipv6 next-hop prefix-list": func(x *context) []policy.Match { return x.addresses(prefixList6, policy.OfNextHop) },
	"large-community":           func(x *context) []policy.Match { return x.communities(largeList) },
	"local-preference":          (*context).localPreference,
	"metric":                    func(x *context) []policy.Match { return x.is(policy.MED) },
	"origin":                    (*context).origin,
	"peer":                      (*context).peer,
	"source-protocol":           (*context).sourceProtocol,
	"tag":                       func(x *context) []policy.Match { return x.is(policy.Tag) },
}

// refusedMatches are the match lines that the model cannot say, and why.
var refusedMatches = map[string]string{
	"alias": "aliases are not modelled", "evpn": "EVPN is not modelled",
	"ip address prefix-len":   "zebra alone knows it, so that the entry would match every route of BGP",
	"ipv6 address prefix-len": "zebra alone knows it, so that the entry would match every route of BGP",
	"ip next-hop prefix-len":  "zebra alone knows it", "ip next-hop type": "blackhole next hops are not modelled", "ipv6 next-hop type": "blackhole next hops are not modelled",
	"mac": "EVPN is not modelled", "probability": "chance is not modelled", "rpki": "origin validation is not modelled",
	"rpki-extcommunity": "origin validation is not modelled", "script": "scripts are not modelled", "source-instance": "zebra alone knows it",
	"source-vrf": "VRFs are not modelled",
}

// matchKinds are all kinds of match lines, those of more words first.
var matchKinds = kinds(matchers, refusedMatches)

func kinds[T any](known map[string]T, refused map[string]string) []string {
	var out []string
	for k := range known {
		out = append(out, k)
	}
	for k := range refused {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b string) int {
		if n := strings.Count(b, " ") - strings.Count(a, " "); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return out
}

// problem adds a problem of the route-map at the clause.
func (x *context) problem(format string, args ...any) []policy.Match {
	x.translator.problem(x.in, x.pos, x.text()+": "+format, args...)
	return nil
}

// match translates the clause.
func (x *context) match() []policy.Match {
	if why, ok := refusedMatches[x.kind]; ok {
		return x.problem("%s", why)
	}
	return matchers[x.kind](x)
}

// arg returns the one argument.
func (x *context) arg() string {
	if len(x.args) != 1 {
		x.problem("want one word behind %s", x.kind)
		return ""
	}
	return x.args[0]
}

func (x *context) named(kind string) []policy.Match {
	l, ms := x.list(kind)
	if l == nil {
		return ms
	}
	if len(l.bySeq) == 0 {
		return x.empty(l)
	}
	return l.matches(false)
}

// list returns the list that the clause names, or else what to match instead: nothing, if it is not defined.
func (x *context) list(kind string) (*list, []policy.Match) {
	name := x.arg()
	if name == "" {
		return nil, nil
	}
	l := x.lookup(kind, name, x.pos)
	if l == nil {
		return nil, x.foreignTo(never(kind + " " + name + ", which is not defined"))
	}
	return l, nil
}

// empty is a prefix-list that has a description only. bgpd finds the first matching entry of a route-map by the prefixes of its lists, so that
// such an entry never matches; reached by on-match or without that search, the list permits everything (lib/plist.c).
func (x *context) empty(l *list) []policy.Match {
	if x.in.leads() < x.entry.seq {
		return x.problem("%s has no entries, and behind on-match or continue it matches every route: give it an entry", l)
	}
	if x.in.linear {
		return x.problem("%s has no entries, and without optimization it matches every route: give it an entry", l)
	}
	return never(l.String())
}

func (x *context) communities(kind string) []policy.Match {
	exactly := len(x.args) == 2 && x.args[1] == "exact-match"
	if exactly {
		x.args = x.args[:1]
	}
	l, ms := x.list(kind)
	if l == nil {
		return ms
	}
	return l.matches(exactly)
}

// is matches one value of a number.
func (x *context) is(f policy.Field) []policy.Match {
	n, err := strconv.ParseUint(x.arg(), 10, 32)
	if err != nil {
		return x.problem("want a number from 0 to 4294967295")
	}
	return []policy.Match{&policy.MatchNumber{Field: f, Min: uint32(n), Max: uint32(n)}}
}

// localPreference takes a route without one for a route with 0.
func (x *context) localPreference() []policy.Match {
	ms := x.is(policy.LocalPref)
	switch {
	case ms == nil || x.before.localPref == present:
		return ms
	case x.before.localPref == unsure:
		return x.problem("routes learned over eBGP have none here unless a policy set it, and bgpd takes that for 0: it cannot be judged")
	case ms[0].(*policy.MatchNumber).Min == 0:
		return []policy.Match{}
	}
	return x.foreignTo(never(x.text() + ", which routes of eBGP peers do not have"))
}

func (x *context) origin() []policy.Match {
	for _, o := range []policy.Origin{policy.IGP, policy.EGP, policy.Incomplete} {
		if o.String() == x.arg() {
			return []policy.Match{&policy.MatchOrigin{AnyOf: []policy.Origin{o}}}
		}
	}
	return x.problem("want igp, egp or incomplete")
}

// foreignTo notes that it is no mistake if no route of the model meets the matches.
func (x *context) foreignTo(ms []policy.Match) []policy.Match {
	x.cfg.foreign[ms[0]] = true
	return ms
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
