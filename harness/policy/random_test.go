package policy_test

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// The small world of the property tests: few prefixes, communities and AS numbers, so that random policies meet
// the same routes again and again.
var (
	worldPrefixes = append(random.Nets("10.0.1.128/25", "10.0.1.1/32", "10.1.0.0/16", "10.64.0.0/10", "192.0.2.0/24",
		"10.129.0.0/16", "10.0.0.0/24", "0.0.0.0/1", "2001:db8:1:1::/64", "2001:db8:2::/48"), random.Bases...)
	worldCommunities = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64501, 1),
		policy.Std(1, 1), policy.NoExport, {Kind: policy.Large, A: 64500, B: 1, C: 2}, {Kind: policy.Extended, A: 2, B: 64500, C: 1}}
	worldASNs      = []uint32{65000, 65001, 65002, 7}
	worldNumbers   = []uint32{0, 1, 50, 99, 100, 101, 150, math.MaxUint32 - 1, math.MaxUint32}
	worldAddrs     = []netip.Addr{{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.128.0.1"), netip.MustParseAddr("2001:db8::1")}
	worldProtocols = []policy.Protocol{policy.BGP, policy.BGP, policy.BGP, policy.Static, policy.Direct}
)

// world draws random chains of all that policies can say.
type world struct {
	random.Shape
	t *rapid.T
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t}
	w.Shape = random.Shape{N: func(limit int) int { return rapid.IntRange(0, limit-1).Draw(t, "n") }, Match: w.match, Action: w.action, Masks: true}
	return w
}

func (w *world) community(literal bool) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for range 1 + w.N(2) {
		m := policy.CommunityPattern{Literal: random.Pick(&w.Shape, worldCommunities)}
		if !literal && w.N(2) == 0 {
			m.Regex = random.Pick(&w.Shape, random.Texts[:3])
		}
		members = append(members, m)
	}
	return policy.NewCommunityDef("C", members, !literal && w.N(4) == 0)
}

func (w *world) match(depth int) policy.Match {
	number := func() uint32 { return random.Pick(&w.Shape, worldNumbers) }
	addr := random.Pick(&w.Shape, random.Nets("10.0.0.0/8", "10.0.0.1/32", "10.0.0.0/31", "10.0.0.0/32", "2001:db8::/32", "0.0.0.0/0"))
	switch w.N(16) {
	case 0, 1, 2, 3:
		return w.Prefixes()
	case 4:
		return &policy.MatchFamily{V6: w.N(2) == 0}
	case 5:
		return &policy.MatchProtocol{AnyOf: []policy.Protocol{random.Pick(&w.Shape, worldProtocols), random.Pick(&w.Shape, worldProtocols)}}
	case 6:
		return &policy.MatchRouteType{External: w.N(2) == 0}
	case 7, 8:
		return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{w.community(false), w.community(false)}[:1+w.N(2)]}
	case 9, 10:
		return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{random.Pick(&w.Shape, random.Paths[:7])}}}}
	case 11:
		a, b := number(), number()
		return &policy.MatchNumber{Field: policy.Field(w.N(2)), Min: min(a, b), Max: max(a, b)}
	case 12:
		return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.N(3))}}
	case 13:
		return &policy.MatchAddr{Field: policy.AddrField(w.N(3)), AnyOf: []netip.Prefix{addr}}
	case 14:
		return &policy.MatchCondition{Name: "X", Prefix: random.Pick(&w.Shape, random.Bases)}
	}
	if depth == 0 {
		return w.Prefixes()
	}
	return &policy.MatchPolicy{Chain: w.Chain(depth - 1)}
}

func (w *world) action() policy.Action {
	switch w.N(9) {
	case 0, 1:
		return &policy.SetCommunity{Op: policy.CommunityAdd, Def: w.community(true)}
	case 2:
		return &policy.SetCommunity{Op: policy.CommunityDelete, Def: w.community(false)}
	case 3:
		return &policy.SetCommunity{Op: policy.CommunitySetTo, Def: w.community(true)}
	case 4, 5:
		return &policy.SetNumber{Field: policy.Field(w.N(2)), Arith: policy.Arith(w.N(3)), Value: random.Pick(&w.Shape, worldNumbers)}
	case 6:
		if w.N(2) == 0 {
			return &policy.Expand{Count: 1 + w.N(2)}
		}
		return &policy.Prepend{ASNs: []uint32{random.Pick(&w.Shape, worldASNs), random.Pick(&w.Shape, worldASNs)}[:1+w.N(2)]}
	case 7:
		return &policy.SetOrigin{Origin: policy.Origin(w.N(3))}
	}
	if w.N(2) == 0 {
		return &policy.SetNextHop{Kind: policy.NextHopSelf}
	}
	return &policy.SetNextHop{Addr: random.Pick(&w.Shape, worldAddrs[1:])}
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
			holds := one(1 << len(random.Bases))
			f(route, policy.Env{Direction: dir, Peer: worldAddrs[one(len(worldAddrs))], Exists: func(q netip.Prefix) bool {
				for i, b := range random.Bases {
					if b == q {
						return holds>>i&1 == 1
					}
				}
				return false
			}})
		}
	}
}
