package gobgp_test

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// The small world of the property test: few prefixes, communities and AS numbers, so that random policies meet
// the same routes again and again.
var (
	worldCommunities = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64501, 1),
		policy.Std(1, 1), policy.NoExport, policy.NoAdvertise, {Kind: policy.Large, A: 64500, B: 1, C: 2}, {Kind: policy.Large, A: 64500, B: 1, C: 3}}
	worldASNs      = []uint32{65000, 65002, 7, 4200000000}
	worldNumbers   = []uint32{1, 50, 99, 100, 101, 150, math.MaxUint32 - 1, math.MaxUint32}
	worldProtocols = []policy.Protocol{policy.BGP, policy.Static, policy.Direct, policy.Aggregate}
	worldHops      = map[bool][]netip.Addr{false: {netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")},
		true: {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")}}
)

// world draws random chains for one direction of one kind of session, of what can be translated.
type world struct {
	random.Shape
	t         *rapid.T
	dir       policy.Direction
	external  bool
	v6        bool
	subtracts bool   // from local preferences, which are then set to no less than 99
	taken     uint32 // by that
}

func newWorld(t *rapid.T, dir policy.Direction, external, v6 bool) *world {
	w := &world{t: t, dir: dir, external: external, v6: v6}
	w.Shape = random.Shape{N: func(limit int) int { return rapid.IntRange(0, limit-1).Draw(t, "n") }, Match: w.match, Action: w.action}
	w.subtracts = dir == policy.Import && external && w.N(2) == 0
	return w
}

func (w *world) community(literal bool) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for range 1 + w.N(2) {
		m := policy.CommunityPattern{Literal: random.Pick(&w.Shape, worldCommunities)}
		if !literal && w.N(2) == 0 {
			m.Regex = random.Pick(&w.Shape, map[policy.CommunityKind][]*policy.Regex{policy.Standard: random.Texts, policy.Large: random.LargeTexts}[m.Literal.Kind])
		}
		members = append(members, m)
	}
	return policy.NewCommunityDef("C", members, !literal && w.N(4) == 0)
}

func (w *world) match(depth int) policy.Match {
	addr := random.Pick(&w.Shape, random.Nets("127.0.11.2/32", "127.0.11.0/24", "127.0.11.3/32", "10.0.0.0/31"))
	switch w.N(17) {
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
		return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{random.Pick(&w.Shape, random.Paths), random.Pick(&w.Shape, random.Paths)}[:1+w.N(2)]}}}
	case 11:
		from := random.Pick(&w.Shape, worldNumbers)
		return &policy.MatchNumber{Field: policy.LocalPref, Min: from, Max: from + uint32(w.N(3))}
	case 12:
		if w.dir == policy.Export && w.external {
			return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.N(3))}}
		}
		from := random.Pick(&w.Shape, worldNumbers)
		return &policy.MatchNumber{Field: policy.MED, Min: from, Max: from + uint32(w.N(2))}
	case 13:
		return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.N(3)), policy.Origin(w.N(3))}[:1+w.N(2)]}
	case 14:
		return &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: []netip.Prefix{addr}}
	case 15:
		if w.dir == policy.Export {
			return &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: random.Nets("0.0.0.0/0", "::/0")}
		}
		if w.N(2) == 0 {
			return &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{addr}}
		}
		hop := random.Pick(&w.Shape, worldHops[w.v6])
		return &policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.PrefixFrom(hop, hop.BitLen())}}
	}
	if depth == 0 {
		return w.Prefixes()
	}
	return &policy.MatchPolicy{Chain: w.Chain(depth - 1)}
}

func (w *world) action() policy.Action {
	eBGPExport := w.dir == policy.Export && w.external
	switch w.N(11) {
	case 0, 1:
		return &policy.SetCommunity{Op: policy.CommunityAdd, Def: w.community(true)}
	case 2:
		return &policy.SetCommunity{Op: policy.CommunityDelete, Def: w.community(false)}
	case 3:
		return &policy.SetCommunity{Op: policy.CommunitySetTo, Def: w.community(true)}
	case 4:
		return w.localPref(0, random.Pick(&w.Shape, worldNumbers))
	case 5:
		if w.dir == policy.Import && w.external {
			return w.localPref(policy.Arith(w.N(3)), 1+uint32(w.N(20)))
		}
		return &policy.SetNumber{Field: policy.MED, Value: random.Pick(&w.Shape, worldNumbers)}
	case 6:
		if eBGPExport {
			return &policy.SetNumber{Field: policy.MED, Value: random.Pick(&w.Shape, worldNumbers)}
		}
		return &policy.SetNumber{Field: policy.MED, Arith: policy.Arith(w.N(3)), Value: uint32(w.N(20))}
	case 7:
		if eBGPExport {
			return &policy.Prepend{ASNs: []uint32{testedAS, testedAS}[:1+w.N(2)]}
		}
		return &policy.Prepend{ASNs: []uint32{random.Pick(&w.Shape, worldASNs), random.Pick(&w.Shape, worldASNs), random.Pick(&w.Shape, worldASNs)}[:1+w.N(3)]}
	case 8:
		if eBGPExport {
			return &policy.Prepend{ASNs: []uint32{testedAS}}
		}
		return &policy.Expand{Count: 1 + w.N(2)}
	case 9:
		return &policy.SetOrigin{Origin: policy.Origin(w.N(3))}
	}
	if w.N(2) == 0 && !w.v6 && w.dir == policy.Export {
		return &policy.SetNextHop{Kind: random.Pick(&w.Shape, []policy.NextHopKind{policy.NextHopSelf, policy.NextHopPeer})}
	}
	return &policy.SetNextHop{Addr: random.Pick(&w.Shape, worldHops[w.v6])}
}

// localPref returns an action that GoBGP can do: it cannot make a local preference 0, so no policies take more than 98 off one that they may meet.
func (w *world) localPref(how policy.Arith, value uint32) policy.Action {
	switch {
	case how == policy.Sub && w.subtracts && w.taken+value < 99:
		w.taken += value
	case how == policy.Sub:
		how = policy.Add
	case how != policy.Add && w.subtracts:
		value = max(value, 99)
	}
	return &policy.SetNumber{Field: policy.LocalPref, Arith: how, Value: value}
}

// worldPrefixes returns the prefixes of all routes, in a fixed order.
func worldPrefixes() []netip.Prefix {
	seen := map[netip.Prefix]bool{}
	var out []netip.Prefix
	for _, a := range []string{"10.0.0.0", "10.0.1.0", "10.0.1.129", "10.1.0.0", "10.64.0.0", "10.128.0.0", "10.129.3.7", "192.0.2.0"} {
		for _, bits := range []int{1, 7, 8, 9, 10, 15, 16, 17, 20, 23, 24, 25, 28, 31, 32} {
			p := netip.PrefixFrom(netip.MustParseAddr(a), bits).Masked()
			if !seen[p] {
				seen[p], out = true, append(out, p)
			}
		}
	}
	for _, a := range []string{"2001:db8::", "2001:db8:1:2::", "2001:db8:2::", "2001:dead::"} {
		for _, bits := range []int{16, 31, 32, 33, 40, 47, 48, 56, 64} {
			p := netip.PrefixFrom(netip.MustParseAddr(a), bits).Masked()
			if !seen[p] {
				seen[p], out = true, append(out, p)
			}
		}
	}
	return append(out, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
}

// worldRoutes returns for each of so many sources a route to its share of the prefixes.
func worldRoutes(r *rand.Rand, sources int) [][]policy.Route {
	one := func(n int) int { return r.IntN(n) }
	out := make([][]policy.Route, sources)
	for i, p := range worldPrefixes() {
		hops := worldHops[p.Addr().Is6()]
		route := policy.Route{Prefix: p, Origin: policy.Origin(one(3)), NextHop: hops[one(len(hops))],
			LocalPref: worldNumbers[one(len(worldNumbers))], MED: append(worldNumbers, 0, 0)[one(len(worldNumbers)+2)]}
		for range one(4) {
			route.ASPath = append(route.ASPath, worldASNs[one(len(worldASNs))])
		}
		for range one(4) {
			route.Communities = route.Communities.With(worldCommunities[one(len(worldCommunities))])
		}
		out[i%sources] = append(out[i%sources], route)
	}
	return out
}
