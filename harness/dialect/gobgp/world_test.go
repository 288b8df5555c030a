package gobgp_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
)

// The small world of the property test: few prefixes, communities and AS numbers, so that random policies meet
// the same routes again and again.
var (
	worldBases = prefixes("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/16", "10.0.0.0/15",
		"10.0.1.0/24", "::/0", "2001:db8::/32", "2001:db8:1::/48")
	worldCommunities = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64501, 1),
		policy.Std(1, 1), policy.NoExport, policy.NoAdvertise, {Kind: policy.Large, A: 64500, B: 1, C: 2}, {Kind: policy.Large, A: 64500, B: 1, C: 3}}
	worldTexts = []*policy.Regex{
		compile("64500:[0-9]+", policy.Seq(policy.Text("64500:"), policy.Repeat(policy.Symbol('0', '9'), 1, -1))),
		compile(".*:1", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Text(":1"))),
		compile("6450[01]:.", policy.Seq(policy.Text("6450"), policy.Symbol('0', '1'), policy.Text(":"), policy.AnySymbol())),
		compile("", policy.Seq()),
		compile("nothing", policy.Alt()),
	}
	worldLarge = []*policy.Regex{
		compile("64500:1:[0-9]", policy.Seq(policy.Text("64500:1:"), policy.Symbol('0', '9'))),
		compile("6.*:3", policy.Seq(policy.Text("6"), policy.Repeat(policy.AnySymbol(), 0, -1), policy.Text(":3"))),
	}
	worldPaths = []*policy.Regex{
		compile("()", policy.Seq()),
		compile(".*", policy.Repeat(policy.AnySymbol(), 0, -1)),
		compile("65001 .*", policy.Seq(policy.Symbol(65001, 65001), policy.Repeat(policy.AnySymbol(), 0, -1))),
		compile(".* 65002", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Symbol(65002, 65002))),
		compile(". .", policy.Seq(policy.AnySymbol(), policy.AnySymbol())),
		compile("65000-65001{1,3}", policy.Repeat(policy.Symbol(65000, 65001), 1, 3)),
		compile(".* 7 65000 .*", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Symbol(7, 7),
			policy.Symbol(65000, 65000), policy.Repeat(policy.AnySymbol(), 0, -1))),
		compile(".? 5-66000 (7|65100+)?", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, 1), policy.Symbol(5, 66000),
			policy.Repeat(policy.Alt(policy.Symbol(7, 7), policy.Repeat(policy.Symbol(65100, 65100), 1, -1)), 0, 1))),
	}
	worldASNs      = []uint32{65000, 65002, 7, 4200000000}
	worldNumbers   = []uint32{1, 50, 99, 100, 101, 150, math.MaxUint32 - 1, math.MaxUint32}
	worldProtocols = []policy.Protocol{policy.BGP, policy.Static, policy.Direct, policy.Aggregate}
	worldHops      = map[bool][]netip.Addr{false: {netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")},
		true: {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")}}
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

// world draws random chains for one direction of one kind of session, of what can be translated.
type world struct {
	t        *rapid.T
	dir      policy.Direction
	external bool
	v6       bool
	names    int
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
		for range w.n(4) {
			t.Then = append(t.Then, w.action())
		}
		if w.n(12) == 0 {
			t.Default = pick(w, []policy.Decision{policy.Accept, policy.Reject})
		}
		if t.Flow == policy.NextTerm && w.n(4) == 0 {
			t.Skip = 1 + w.n(2)
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
		f.Ranges = []policy.PrefixRange{w.prefixRange(f.Base)}
		if w.n(6) == 0 { // through
			f.Base = netip.MustParsePrefix("10.0.0.0/8")
			f.Ranges = []policy.PrefixRange{policy.Exactly(f.Base), policy.Exactly(netip.MustParsePrefix("10.0.0.0/9")), policy.Exactly(netip.MustParsePrefix("10.0.1.0/24"))}
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
			m.Regex = pick(w, map[policy.CommunityKind][]*policy.Regex{policy.Standard: worldTexts, policy.Large: worldLarge}[m.Literal.Kind])
		}
		members = append(members, m)
	}
	return policy.NewCommunityDef("C", members, !literal && w.n(4) == 0)
}

func (w *world) match(depth int) policy.Match {
	addr := pick(w, prefixes("127.0.11.2/32", "127.0.11.0/24", "127.0.11.3/32", "10.0.0.0/31"))
	switch w.n(17) {
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
		return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{pick(w, worldPaths), pick(w, worldPaths)}[:1+w.n(2)]}}}
	case 11:
		from := pick(w, worldNumbers)
		return &policy.MatchNumber{Field: policy.LocalPref, Min: from, Max: from + uint32(w.n(3))}
	case 12:
		if w.dir == policy.Export && w.external {
			return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.n(3))}}
		}
		from := pick(w, worldNumbers)
		return &policy.MatchNumber{Field: policy.MED, Min: from, Max: from + uint32(w.n(2))}
	case 13:
		return &policy.MatchOrigin{AnyOf: []policy.Origin{policy.Origin(w.n(3)), policy.Origin(w.n(3))}[:1+w.n(2)]}
	case 14:
		return &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: []netip.Prefix{addr}}
	case 15:
		if w.dir == policy.Export {
			return &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: prefixes("0.0.0.0/0", "::/0")}
		}
		if w.n(2) == 0 {
			return &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{addr}}
		}
		hop := pick(w, worldHops[w.v6])
		return &policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.PrefixFrom(hop, hop.BitLen())}}
	}
	if depth == 0 {
		return w.prefixMatch()
	}
	return &policy.MatchPolicy{Chain: w.chain(depth - 1)}
}

func (w *world) action() policy.Action {
	eBGPExport := w.dir == policy.Export && w.external
	switch w.n(11) {
	case 0, 1:
		return &policy.SetCommunity{Op: policy.CommunityAdd, Def: w.community(true)}
	case 2:
		return &policy.SetCommunity{Op: policy.CommunityDelete, Def: w.community(false)}
	case 3:
		return &policy.SetCommunity{Op: policy.CommunitySetTo, Def: w.community(true)}
	case 4:
		return &policy.SetNumber{Field: policy.LocalPref, Value: pick(w, worldNumbers)}
	case 5:
		if w.dir == policy.Import && w.external {
			return &policy.SetNumber{Field: policy.LocalPref, Arith: policy.Arith(w.n(3)), Value: 1 + uint32(w.n(20))}
		}
		return &policy.SetNumber{Field: policy.MED, Value: pick(w, worldNumbers)}
	case 6:
		if eBGPExport {
			return &policy.SetNumber{Field: policy.MED, Value: pick(w, worldNumbers)}
		}
		return &policy.SetNumber{Field: policy.MED, Arith: policy.Arith(w.n(3)), Value: uint32(w.n(20))}
	case 7:
		if eBGPExport {
			return &policy.Prepend{ASNs: []uint32{testedAS, testedAS}[:1+w.n(2)]}
		}
		return &policy.Prepend{ASNs: []uint32{pick(w, worldASNs), pick(w, worldASNs), pick(w, worldASNs)}[:1+w.n(3)]}
	case 8:
		if eBGPExport {
			return &policy.Prepend{ASNs: []uint32{testedAS}}
		}
		return &policy.Expand{Count: 1 + w.n(2)}
	case 9:
		return &policy.SetOrigin{Origin: policy.Origin(w.n(3))}
	}
	if w.n(2) == 0 && !w.v6 && w.dir == policy.Export {
		return &policy.SetNextHop{Kind: pick(w, []policy.NextHopKind{policy.NextHopSelf, policy.NextHopPeer})}
	}
	return &policy.SetNextHop{Addr: pick(w, worldHops[w.v6])}
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
