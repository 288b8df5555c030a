package policy_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
)

// The small world of the property tests: few prefixes, communities and AS numbers, so that random policies meet
// the same routes again and again.
var (
	worldBases = prefixes("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/16", "10.0.0.0/15",
		"10.0.1.0/24", "::/0", "2001:db8::/32", "2001:db8:1::/48")
	worldPrefixes = append(prefixes("10.0.1.128/25", "10.0.1.1/32", "10.1.0.0/16", "10.64.0.0/10", "192.0.2.0/24",
		"10.129.0.0/16", "10.0.0.0/24", "0.0.0.0/1", "2001:db8:1:1::/64", "2001:db8:2::/48"), worldBases...)
	worldCommunities = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64501, 1),
		policy.Std(1, 1), policy.NoExport, {Kind: policy.Large, A: 64500, B: 1, C: 2}, {Kind: policy.Extended, A: 2, B: 64500, C: 1}}
	worldTexts = []*policy.Regex{
		compile("64500:[0-9]+", policy.Seq(policy.Text("64500:"), policy.Repeat(policy.Symbol('0', '9'), 1, -1))),
		compile(".*:1", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Text(":1"))),
		compile("6450[01]:.", policy.Seq(policy.Text("6450"), policy.Symbol('0', '1'), policy.Text(":"), policy.AnySymbol())),
	}
	worldPaths = []*policy.Regex{
		compile("()", policy.Seq()),
		compile(".*", policy.Repeat(policy.AnySymbol(), 0, -1)),
		compile("65001 .*", policy.Seq(policy.Symbol(65001, 65001), policy.Repeat(policy.AnySymbol(), 0, -1))),
		compile(".* 65002", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Symbol(65002, 65002))),
		compile(". .", policy.Seq(policy.AnySymbol(), policy.AnySymbol())),
		compile("65000-65001{1,3}", policy.Repeat(policy.Symbol(65000, 65001), 1, 3)),
		compile(".* 65001 65001 .*", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Symbol(65001, 65001),
			policy.Symbol(65001, 65001), policy.Repeat(policy.AnySymbol(), 0, -1))),
	}
	worldASNs      = []uint32{65000, 65001, 65002, 7}
	worldNumbers   = []uint32{0, 1, 50, 99, 100, 101, 150, math.MaxUint32 - 1, math.MaxUint32}
	worldAddrs     = []netip.Addr{{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.128.0.1"), netip.MustParseAddr("2001:db8::1")}
	worldProtocols = []policy.Protocol{policy.BGP, policy.BGP, policy.BGP, policy.Static, policy.Direct}
)

func prefixes(s ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range s {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func compile(text string, n policy.Node) *policy.Regex {
	r, err := policy.Compile(text, n)
	if err != nil {
		panic(err)
	}
	return r
}

// world draws random chains.
type world struct {
	t     *rapid.T
	names int
}

func pick[T any](w *world, from []T) T { return from[w.n(len(from))] }

func (w *world) n(limit int) int { return rapid.IntRange(0, limit-1).Draw(w.t, "n") }

func (w *world) chain(depth int) policy.Chain {
	c := make(policy.Chain, 1+w.n(2))
	for i := range c {
		c[i] = w.expr(depth)
	}
	return c
}

func (w *world) expr(depth int) policy.Expr {
	if depth == 0 || w.n(3) > 0 {
		return policy.Expr{Policy: w.policy(depth)}
	}
	switch op := pick(w, []policy.Op{policy.And, policy.Or, policy.Not, policy.Amend}); op {
	case policy.Not:
		return policy.Expr{Op: op, Args: []policy.Expr{w.expr(depth - 1)}}
	default:
		return policy.Expr{Op: op, Args: []policy.Expr{w.expr(depth - 1), w.expr(depth - 1)}}
	}
}

func (w *world) policy(depth int) *policy.Policy {
	w.names++
	p := &policy.Policy{Name: fmt.Sprintf("P%d", w.names)}
	for i := range 1 + w.n(5) {
		t := &policy.Term{Name: fmt.Sprint("T", i), Flow: pick(w, []policy.Flow{policy.NextTerm, policy.NextTerm,
			policy.NextPolicy, policy.AcceptRoute, policy.AcceptRoute, policy.RejectRoute})}
		for range w.n(3) {
			t.From = append(t.From, w.match(depth))
		}
		for range w.n(3) {
			t.Then = append(t.Then, w.action())
		}
		if w.n(12) == 0 {
			t.Default = pick(w, []policy.Decision{policy.Accept, policy.Reject})
		}
		if t.Flow == policy.NextTerm && w.n(3) == 0 {
			t.Skip = 1 + w.n(3)
		}
		p.Terms = append(p.Terms, t)
	}
	return p
}

func (w *world) prefixRange(base netip.Prefix) policy.PrefixRange {
	full := base.Addr().BitLen()
	lo := min(base.Bits()+pick(w, []int{0, 0, 1, 8}), full)
	return policy.PrefixRange{Prefix: base, Min: lo, Max: pick(w, []int{lo, min(lo+8, full), full})}
}

func (w *world) prefixMatch() policy.Match {
	var any []policy.PrefixRange
	var longest []policy.RouteFilter
	for range w.n(3) {
		any = append(any, w.prefixRange(pick(w, worldBases)))
	}
	for range w.n(4) {
		f := policy.RouteFilter{Base: pick(w, worldBases), Skip: w.n(4) == 0}
		switch w.n(6) {
		case 0:
			f.Base = netip.MustParsePrefix("10.0.1.0/24")
			f.Mask = pick(w, []netip.Addr{netip.MustParseAddr("255.0.255.0"), netip.MustParseAddr("255.253.255.255"), netip.MustParseAddr("255.255.254.0")})
		case 1: // through
			f.Base = netip.MustParsePrefix("10.0.0.0/8")
			f.Ranges = []policy.PrefixRange{policy.Exactly(f.Base), policy.Exactly(netip.MustParsePrefix("10.0.0.0/9")), policy.Exactly(netip.MustParsePrefix("10.0.1.0/24"))}
		default:
			f.Ranges = []policy.PrefixRange{w.prefixRange(f.Base)}
		}
		longest = append(longest, f)
	}
	return policy.NewMatchPrefix(nil, any, longest)
}

func (w *world) community(literal bool) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for range 1 + w.n(2) {
		m := policy.CommunityPattern{Literal: pick(w, worldCommunities)}
		if !literal && w.n(2) == 0 {
			m.Regex = pick(w, worldTexts)
		}
		members = append(members, m)
	}
	return policy.NewCommunityDef("C", members, !literal && w.n(4) == 0)
}

func (w *world) match(depth int) policy.Match {
	number := func() uint32 { return pick(w, worldNumbers) }
	addr := pick(w, prefixes("10.0.0.0/8", "10.0.0.1/32", "10.0.0.0/31", "10.0.0.0/32", "2001:db8::/32", "0.0.0.0/0"))
	switch w.n(16) {
	case 0, 1, 2, 3:
		return w.prefixMatch()
	case 4:
		return &policy.MatchFamily{V6: w.n(2) == 0}
	case 5:
		return &policy.MatchProtocol{AnyOf: []policy.Protocol{pick(w, worldProtocols), pick(w, worldProtocols)}}
	case 6:
		return &policy.MatchRouteType{External: w.n(2) == 0}
	case 7, 8:
		return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{w.community(false), w.community(false)}[:1+w.n(2)]}
	case 9, 10:
		return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{pick(w, worldPaths)}}}}
	case 11:
		a, b := number(), number()
		return &policy.MatchNumber{Field: policy.Field(w.n(2)), Min: min(a, b), Max: max(a, b)}
	case 12:
		return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.n(3))}}
	case 13:
		return &policy.MatchAddr{Field: policy.AddrField(w.n(3)), AnyOf: []netip.Prefix{addr}}
	case 14:
		return &policy.MatchCondition{Name: "X", Prefix: pick(w, worldBases)}
	}
	if depth == 0 {
		return w.prefixMatch()
	}
	return &policy.MatchPolicy{Chain: w.chain(depth - 1)}
}

func (w *world) action() policy.Action {
	switch w.n(9) {
	case 0, 1:
		return &policy.SetCommunity{Op: policy.CommunityAdd, Def: w.community(true)}
	case 2:
		return &policy.SetCommunity{Op: policy.CommunityDelete, Def: w.community(false)}
	case 3:
		return &policy.SetCommunity{Op: policy.CommunitySetTo, Def: w.community(true)}
	case 4, 5:
		return &policy.SetNumber{Field: policy.Field(w.n(2)), Arith: policy.Arith(w.n(3)), Value: pick(w, worldNumbers)}
	case 6:
		if w.n(2) == 0 {
			return &policy.Expand{Count: 1 + w.n(2)}
		}
		return &policy.Prepend{ASNs: []uint32{pick(w, worldASNs), pick(w, worldASNs)}[:1+w.n(2)]}
	case 7:
		return &policy.SetOrigin{Origin: policy.Origin(w.n(3))}
	}
	if w.n(2) == 0 {
		return &policy.SetNextHop{Kind: policy.NextHopSelf}
	}
	return &policy.SetNextHop{Addr: pick(w, worldAddrs[1:])}
}

// routes calls f with some routes of the world for each of its prefixes.
func (w *world) routes(dir policy.Direction, each int, f func(policy.Route, policy.Env)) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(w.t, "seed"), 1))
	one := func(n int) int { return r.IntN(n) }
	for _, p := range worldPrefixes {
		for range each {
			route := policy.Route{Prefix: p, Origin: policy.Origin(one(3)), NextHop: worldAddrs[one(len(worldAddrs))],
				LocalPref: worldNumbers[one(len(worldNumbers))], MED: worldNumbers[one(len(worldNumbers))]}
			if dir == policy.Export {
				route.Protocol = worldProtocols[one(len(worldProtocols))]
			}
			if route.Protocol == policy.BGP {
				route.External, route.Neighbor = one(2) == 0, worldAddrs[one(len(worldAddrs))]
			}
			for range one(4) {
				route.ASPath = append(route.ASPath, worldASNs[one(len(worldASNs))])
			}
			for range one(4) {
				route.Communities = route.Communities.With(worldCommunities[one(len(worldCommunities))])
			}
			holds := one(1 << len(worldBases))
			f(route, policy.Env{Direction: dir, Peer: worldAddrs[one(len(worldAddrs))], Exists: func(q netip.Prefix) bool {
				for i, b := range worldBases {
					if b == q {
						return holds>>i&1 == 1
					}
				}
				return false
			}})
		}
	}
}
