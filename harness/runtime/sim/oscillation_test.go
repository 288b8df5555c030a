package sim

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

// badGadget returns three routers around an origin, of which each prefers the way over the next one to its own
// (BAD GADGET of Griffin, Shepherd and Wilfong, "The stable paths problem and interdomain routing", 2002).
func badGadget() *builder {
	b := build()
	b.node("origin", 65000)
	b.nodes(0, "r1", "r2", "r3")
	twoASes, _ := policy.Compile(". .", policy.Seq(policy.AnySymbol(), policy.AnySymbol()))
	short := &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{Name: "TWO", AnyOf: []*policy.Regex{twoASes}}}}
	for i := range 3 {
		b.at(fmt.Sprint("r", i+1)).ASN = uint32(65001 + i)
	}
	for i := range 3 {
		b.link("origin", fmt.Sprint("r", i+1))
		b.link(fmt.Sprint("r", i+1), fmt.Sprint("r", (i+1)%3+1))
	}
	for i := range 3 {
		this, next, prev := fmt.Sprint("r", i+1), fmt.Sprint("r", (i+1)%3+1), fmt.Sprint("r", (i+2)%3+1)
		b.in(this, next, pol("NEXT", term(all, short, set(policy.LocalPref, 200)), term(policy.RejectRoute)))
		b.in(this, prev, pol("PREV", term(policy.RejectRoute)))
	}
	b.announce("origin", "203.0.113.0/24")
	return b
}

func TestBadGadgetOscillates(t *testing.T) {
	b := badGadget()
	for seed := range uint64(10) {
		err := New(b.f, seed).Settle(context.Background())
		var o *Oscillation
		require.True(t, errors.As(err, &o), "seed %d: %v", seed, err)
		require.True(t, o.Proven)
		require.Equal(t, pfx("203.0.113.0/24"), o.Prefix)
		require.Equal(t, []string{"r1", "r2", "r3"}, o.Nodes)
		require.Contains(t, o.Error(), "prefix 203.0.113.0/24 never settles: the best path keeps changing at r1, r2, r3")
		require.Contains(t, o.Error(), "local preference 200")
	}
}

func TestTakingBackWhatOscillatesSettles(t *testing.T) {
	b := badGadget()
	s := New(b.f, 1)
	require.Error(t, s.Settle(context.Background()))
	after := b.copy()
	after.in("r1", "r2", pol("PLAIN", term(all)))
	require.NoError(t, s.Apply(after.f, "r1"))
	settle(t, s)
	require.Equal(t, "origin", entry(t, s, "r1", "203.0.113.0/24")[0].Peer)
}

// MEDs and reflection together can oscillate although every router follows the standard (RFC 3345): rr1 shows rr2 the
// path that hides rr2's own by MED, or the path by which its own loses, in turns.
func TestMEDOscillates(t *testing.T) {
	b := build()
	b.nodes(65000, "c1", "c3", "c2", "rr1", "rr2") // lower router IDs first
	b.node("as1", 65001)
	b.node("as2", 65002)
	b.at("rr1").Reflects, b.at("rr2").Reflects = true, true
	b.links([]string{"as1"}, "c1", "c2")
	b.link("as2", "c3")
	b.links([]string{"rr1"}, "c1", "c3", "rr2")
	b.link("rr2", "c2")
	self := pol("SELF", term(all, &policy.SetNextHop{Kind: policy.NextHopSelf}))
	for _, x := range []string{"c1", "c3", "rr2"} {
		b.out(x, "rr1", self)
	}
	b.out("c2", "rr2", self)
	b.out("rr1", "rr2", self)
	b.out("as1", "c1", pol("MED", term(all, set(policy.MED, 10))))
	b.announce("as1", "203.0.113.0/24")
	b.announce("as2", "203.0.113.0/24")
	var o *Oscillation
	require.ErrorAs(t, New(b.f, 1).Settle(context.Background()), &o)
	require.Subset(t, o.Nodes, []string{"rr1", "rr2"})
}

// Two stable states are no oscillation: with messages at odd times one of them is reached.
func TestDisagreeSettles(t *testing.T) {
	b := build()
	b.node("origin", 65000)
	b.node("x", 65001)
	b.node("y", 65002)
	b.links([]string{"origin"}, "x", "y")
	b.link("x", "y")
	for _, p := range [][2]string{{"x", "y"}, {"y", "x"}} {
		b.in(p[0], p[1], pol("PREFER", term(all, set(policy.LocalPref, 200))))
	}
	b.announce("origin", "203.0.113.0/24")
	for seed := range uint64(50) {
		b.settled(t, seed)
	}
}
