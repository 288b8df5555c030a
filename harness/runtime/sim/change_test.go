package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

func settle(t testing.TB, s *Sim) {
	t.Helper()
	require.NoError(t, s.Settle(context.Background()))
}

func TestApplyWithdrawsWhatTheNewPolicyRejects(t *testing.T) {
	b := line()
	s := b.settled(t, 1)
	before := snapshot(t, s, observe.Request{})

	after := b.copy()
	after.out("b", "c", pol("ONLY-V6", term(policy.RejectRoute, prefixes("203.0.113.0/24"))))
	after.out("a", "b", pol("NOTHING", term(policy.RejectRoute)))
	require.NoError(t, s.Apply(after.f, "b"))
	settle(t, s)
	require.Equal(t, []string{"2001:db8:1::/48"}, sent(t, s, "b", "c"))
	require.Empty(t, entry(t, s, "c", "203.0.113.0/24"))
	require.Len(t, entry(t, s, "b", "203.0.113.0/24"), 1, "a still has its old policy")

	require.NoError(t, s.Apply(b.f, "b"))
	settle(t, s)
	now := snapshot(t, s, observe.Request{})
	require.Greater(t, now.At, before.At)
	now.At = before.At
	require.Equal(t, before, now, "rolling back leaves no trace")
}

func TestApplyRunsTheImportPolicyAgain(t *testing.T) {
	b := line()
	s := b.settled(t, 1)
	after := b.copy()
	after.in("c", "b", pol("IN", term(all, prefixes("203.0.113.0/24"), set(policy.LocalPref, 300)), term(policy.RejectRoute)))
	require.NoError(t, s.Apply(after.f, "c"))
	settle(t, s)
	require.Equal(t, uint32(300), entry(t, s, "c", "203.0.113.0/24")[0].Route.LocalPref)
	require.Empty(t, entry(t, s, "c", "2001:db8:1::/48"))
}

func TestApplyRefusesAnotherFabric(t *testing.T) {
	s := line().settled(t, 1)
	require.ErrorContains(t, s.Apply(build().f, "b"), "session b – a: missing")
	require.ErrorContains(t, s.Apply(line().f, "nobody"), "node nobody: not in fabric test")
}

func TestFaultsAndMending(t *testing.T) {
	for _, c := range []struct {
		fault fabric.Fault
		why   string
	}{
		{fabric.Fault{Kind: fabric.LinkDown, A: "c", B: "b"}, "the link is down"},
		{fabric.Fault{Kind: fabric.SessionDown, A: "b", B: "c"}, "the session is shut down"},
		{fabric.Fault{Kind: fabric.NodeDown, A: "b"}, "b is down"},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			s := line().settled(t, 1)
			before := snapshot(t, s, observe.Request{})
			require.NoError(t, s.Break(c.fault))
			settle(t, s)
			x, _ := snapshot(t, s, observe.Request{}).Session("c", "b")
			require.Equal(t, observe.Session{Node: "c", Peer: "b", Why: c.why}, x)
			require.Empty(t, entry(t, s, "c", "203.0.113.0/24"))

			require.NoError(t, s.Mend(c.fault))
			settle(t, s)
			now := snapshot(t, s, observe.Request{})
			now.At = before.At
			require.Equal(t, before, now)
		})
	}
	s := line().settled(t, 1)
	require.ErrorContains(t, s.Break(fabric.Fault{Kind: fabric.LinkDown, A: "a", B: "c"}), "link down: a, c: no such link")
	require.ErrorContains(t, s.Break(fabric.Fault{Kind: fabric.SessionDown, A: "a", B: "c"}), "no such session")
	require.ErrorContains(t, s.Mend(fabric.Fault{Kind: fabric.NodeDown, A: "x"}), "no such node")
}

func TestWitnessesComeAndGo(t *testing.T) {
	b := line()
	b.out("b", "c", pol("TAGGED", term(all, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{community(policy.Std(1, 2))}}), term(policy.RejectRoute)))
	s := b.settled(t, 1)
	before := snapshot(t, s, observe.Request{})
	w := policy.Route{Prefix: pfx("203.0.113.0/24"), ASPath: []uint32{65009}, Communities: policy.CommunitySet(policy.Std(1, 2))}
	for _, from := range []string{"", "a"} {
		require.NoError(t, s.Inject("b", from, w))
		settle(t, s)
		require.Equal(t, []string{"203.0.113.0/24"}, sent(t, s, "b", "c"), "injected from %q", from)
		require.Equal(t, []uint32{65002, 65009}, entry(t, s, "c", "203.0.113.0/24")[0].Route.ASPath)
		s.Retract()
		settle(t, s)
		now := snapshot(t, s, observe.Request{})
		now.At = before.At
		require.Equal(t, before, now)
	}
	require.ErrorContains(t, s.Inject("b", "nobody", w), "no session with nobody")
	require.ErrorContains(t, s.Inject("x", "", w), "no such node")
}

// A router has one witness to a prefix, and sends the metric of its own along, whatever path it pretends to have.
func TestWitnessesTakeEachOthersPlace(t *testing.T) {
	s := line().settled(t, 1)
	for _, med := range []uint32{5, 6} {
		require.NoError(t, s.Inject("b", "", policy.Route{Prefix: pfx("10.9.0.0/16"), ASPath: []uint32{65009}, MED: med}))
		settle(t, s)
		paths := entry(t, s, "b", "10.9.0.0/16")
		require.Len(t, paths, 1)
		require.Equal(t, med, entry(t, s, "c", "10.9.0.0/16")[0].Route.MED)
	}
	require.NoError(t, s.Inject("b", "", policy.Route{Prefix: pfx("10.9.0.0/16"), ASPath: []uint32{65009}, MED: 7, External: true}))
	settle(t, s)
	require.Zero(t, entry(t, s, "c", "10.9.0.0/16")[0].Route.MED, "a neighbour's metric stays")
}

func TestSettleStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, New(line().f, 1).Settle(ctx), context.Canceled)
}

// Policies that only filter and tag leave a fabric one stable state (Gao and Rexford 2001 give the conditions for eBGP):
// whatever the order of messages, the routers must find it.
func TestTheSeedDoesNotMatterToTheOutcome(t *testing.T) {
	b := clos(3, 4, 2)
	b.out("spine1", "leaf1", pol("P", term(policy.NextTerm, &policy.Prepend{ASNs: []uint32{65000, 65000}})))
	want := snapshot(t, b.settled(t, 0), observe.Request{Trips: []observe.Trip{{From: "leaf1", To: "leaf4"}}})
	rapid.Check(t, func(t *rapid.T) {
		s := New(b.f, rapid.Uint64().Draw(t, "seed"))
		require.NoError(t, s.Settle(context.Background()))
		fault := fabric.Fault{Kind: fabric.NodeDown, A: rapid.SampledFrom([]string{"spine2", "leaf2"}).Draw(t, "down")}
		for _, change := range []func(fabric.Fault) error{s.Break, s.Mend} {
			require.NoError(t, change(fault))
			require.NoError(t, s.Settle(context.Background()))
		}
		got, err := s.Observe(observe.Request{Trips: want.Trips})
		require.NoError(t, err)
		got.At = want.At
		require.Equal(t, want, got)
	})
}

func TestEqualSeedsGiveEqualRuns(t *testing.T) {
	b := clos(2, 3, 1)
	require.Equal(t, snapshot(t, b.settled(t, 7), observe.Request{}), snapshot(t, b.settled(t, 7), observe.Request{}))
}
