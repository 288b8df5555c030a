package proof_test

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// The small world of the proof: few prefixes, communities and AS numbers, so that random policies meet the same routes again and again.
var (
	standard = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64501, 1), policy.Std(1, 1), policy.NoExport, policy.NoExport,
		policy.NoAdvertise, policy.NoExportSubconfed, policy.GracefulShutdown, policy.Blackhole, policy.Std(65535, 65284), policy.Std(65535, 7), policy.Std(65535, 1)}
	large     = []policy.Community{{Kind: policy.Large, A: 64500, B: 1, C: 2}, {Kind: policy.Large, A: 64500, B: 1, C: 3}, {Kind: policy.Large, A: math.MaxUint32 - 1, B: 2, C: 1}}
	extended  = []policy.Community{{Kind: policy.Extended, A: 2, B: 64500, C: 1}, {Kind: policy.Extended, A: 3, B: 64501, C: 7}}
	asns      = []uint32{65000, 65002, 7, 700, 4200000000}
	numbers   = []uint32{0, 1, 50, 99, 100, 101, 150, math.MaxUint32 - 1, math.MaxUint32}
	protocols = []policy.Protocol{policy.BGP, policy.Static, policy.Direct, policy.Aggregate}
)

// world draws random chains for one direction of one kind of session. Shared ones have only what both engines can do there.
type world struct {
	*rand.Rand
	random.Shape
	dir      policy.Direction
	external bool
	v6       bool
	shared   bool
	self     bool // sets next-hop self, not addresses; both at times
}

func newWorld(r *rand.Rand, dir policy.Direction, external, v6 bool) *world {
	w := &world{Rand: r, dir: dir, external: external, v6: v6, shared: r.IntN(4) > 0, self: r.IntN(2) == 0}
	w.Shape = random.Shape{N: r.IntN, Match: w.match, Action: w.action}
	return w
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// anyCommunity draws a community of any kind, mostly a standard one.
func (w *world) anyCommunity() policy.Community {
	switch w.IntN(6) {
	case 0, 1:
		return pick(w.Rand, large)
	case 2:
		if !w.shared {
			return pick(w.Rand, extended)
		}
	}
	return pick(w.Rand, standard)
}

func (w *world) community(literal bool) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for range w.IntN(4) {
		m := policy.CommunityPattern{Literal: w.anyCommunity()}
		if !literal && m.Literal.Kind != policy.Extended && w.IntN(2) == 0 {
			m.Regex = pick(w.Rand, map[policy.CommunityKind][]*policy.Regex{policy.Standard: random.Texts, policy.Large: random.LargeTexts}[m.Literal.Kind])
		}
		members = append(members, m)
	}
	return policy.NewCommunityDef("C", members, !literal && w.IntN(4) == 0)
}

// some returns up to so many things, none at times.
func some[T any](w *world, most int, draw func() T) []T {
	var out []T
	for range (1 + w.IntN(most)) * min(w.IntN(12), 1) {
		out = append(out, draw())
	}
	return out
}

func (w *world) match(depth int) policy.Match {
	if depth > 0 && w.IntN(8) == 0 {
		return &policy.MatchPolicy{Chain: w.Chain(depth - 1)}
	}
	switch w.IntN(17) {
	case 0, 1, 2, 3:
		return w.Prefixes()
	case 4:
		return &policy.MatchFamily{V6: w.IntN(4) == 0 != w.v6}
	case 5:
		return &policy.MatchProtocol{AnyOf: some(w, 2, func() policy.Protocol { return pick(w.Rand, protocols) })}
	case 6:
		return &policy.MatchRouteType{External: w.IntN(2) == 0}
	case 7, 8, 9:
		return &policy.MatchCommunity{AnyOf: some(w, 2, func() *policy.CommunityDef { return w.community(false) })}
	case 10, 11:
		return &policy.MatchASPath{AnyOf: some(w, 2, func() *policy.ASPathDef {
			return &policy.ASPathDef{Name: "A", AnyOf: some(w, 2, func() *policy.Regex { return pick(w.Rand, random.Paths) })}
		})}
	case 12:
		return w.number(policy.LocalPref)
	case 13:
		if w.dir == policy.Import || !w.external { // over eBGP the metric of learned routes is gone before an export policy
			return w.number(policy.MED)
		}
	case 14:
		return &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: some(w, 2, func() netip.Prefix {
			return pick(w.Rand, random.Nets("10.99.0.11/32", "10.99.0.0/28", "2001:db8:99:1::10/127", "10.0.0.0/31"))
		})}
	case 15:
		if w.dir == policy.Import {
			hop := pick(w.Rand, proof.Hops(w.v6))
			return &policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.PrefixFrom(hop, hop.BitLen())}}
		}
	}
	return &policy.MatchOrigin{AnyOf: some(w, 2, func() policy.Origin { return policy.Origin(w.IntN(3)) })}
}

// number asks for a few values, since no engine can ask for many. No engine can ask for metric 0.
func (w *world) number(f policy.Field) policy.Match {
	from := pick(w.Rand, numbers)
	if f == policy.MED || w.shared {
		from = max(from, 1)
	}
	return &policy.MatchNumber{Field: f, Min: from, Max: max(from, from+uint32(w.IntN(3)))}
}

func (w *world) action() policy.Action {
	eBGPExport := w.dir == policy.Export && w.external
	switch w.IntN(13) {
	case 0, 1, 2:
		return &policy.SetCommunity{Op: policy.CommunityAdd, Def: w.community(true)}
	case 3, 4:
		return &policy.SetCommunity{Op: policy.CommunityDelete, Def: w.community(false)}
	case 5:
		return &policy.SetCommunity{Op: policy.CommunitySetTo, Def: w.community(true)}
	case 6, 7:
		return w.setNumber(policy.LocalPref, !w.shared || w.dir == policy.Import && w.external)
	case 8:
		return w.setNumber(policy.MED, !eBGPExport)
	case 9:
		if eBGPExport && w.shared {
			return &policy.Prepend{ASNs: []uint32{proof.TestedAS, proof.TestedAS}[:1+w.IntN(2)]}
		}
		return &policy.Prepend{ASNs: []uint32{pick(w.Rand, asns), pick(w.Rand, asns), pick(w.Rand, asns)}[:1+w.IntN(3)]}
	case 10:
		if !eBGPExport || !w.shared {
			return &policy.Expand{Count: 1 + w.IntN(12)}
		}
	case 11:
		if w.dir == policy.Export && w.self != (w.IntN(20) == 0) {
			return &policy.SetNextHop{Kind: policy.NextHopSelf}
		}
		return &policy.SetNextHop{Addr: pick(w.Rand, proof.Hops(w.v6))}
	}
	return &policy.SetOrigin{Origin: policy.Origin(w.IntN(3))}
}

// setNumber sets a number or, if that can be done, computes with it.
func (w *world) setNumber(f policy.Field, computes bool) policy.Action {
	a := &policy.SetNumber{Field: f, Value: pick(w.Rand, numbers)}
	if f == policy.LocalPref && w.shared {
		a.Value = max(a.Value, 1)
	}
	if computes && w.IntN(2) == 0 {
		a.Arith, a.Value = policy.Add+policy.Arith(w.IntN(2)), uint32(w.IntN(20))
		if !w.shared {
			a.Value = pick(w.Rand, numbers)
		}
	}
	return a
}
