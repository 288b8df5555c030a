package sim

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// A next hop that BGP itself explains comes and goes with the route that explains it.
func TestANextHopFollowsTheTable(t *testing.T) {
	b := line()
	b.announce("a", "192.0.2.0/24")
	far := netip.MustParseAddr("192.0.2.1")
	b.out("a", "b", pol("FAR", term(all, prefixes("203.0.113.0/24"), &policy.SetNextHop{Kind: policy.At, Addr: far})))
	s := b.settled(t, 1)
	require.Equal(t, far, entry(t, s, "b", "203.0.113.0/24")[0].Route.NextHop)
	require.Contains(t, snapshot(t, s, observe.Request{}).Tables["b"].FIB, observe.Forward{Prefix: pfx("203.0.113.0/24"), Hops: []string{"a"}})
	require.Len(t, entry(t, s, "c", "203.0.113.0/24"), 1)

	after := b.copy()
	after.out("a", "b", pol("FAR", term(all, prefixes("203.0.113.0/24"), &policy.SetNextHop{Kind: policy.At, Addr: far}), term(policy.RejectRoute)))
	require.NoError(t, s.Apply(after.f, "a"))
	settle(t, s)
	require.Empty(t, entry(t, s, "b", "203.0.113.0/24"))
	require.Equal(t, noNextHop, s.Hidden("b")[0].Why)
	require.Empty(t, entry(t, s, "c", "203.0.113.0/24"))

	require.NoError(t, s.Apply(b.f, "a"))
	settle(t, s)
	require.Len(t, entry(t, s, "c", "203.0.113.0/24"), 1)
}

func TestPoliciesThatLookAtThePeer(t *testing.T) {
	b := line()
	b.node("d", 65004)
	b.link("b", "d")
	toC := b.end("b", "c").Remote[0]
	p := pol("C-ONLY", term(policy.NextPolicy, &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: []netip.Prefix{host(toC)}}), term(policy.RejectRoute))
	b.out("b", "c", p)
	b.out("b", "d", p)
	s := b.settled(t, 1)
	require.Equal(t, []string{"203.0.113.0/24"}, sent(t, s, "b", "c"))
	require.Empty(t, sent(t, s, "b", "d"))
}

func TestARouteWithItsReceiverAsNextHopIsHidden(t *testing.T) {
	b := line()
	b.out("b", "c", pol("PEER", term(all, &policy.SetNextHop{Kind: policy.NextHopPeer})))
	s := b.settled(t, 1)
	require.Empty(t, entry(t, s, "c", "203.0.113.0/24"))
	require.Contains(t, reasons(s.Hidden("c")), ownNextHop)
}

func TestTheImportPolicyCanNameThePeerAsNextHop(t *testing.T) {
	b := line()
	b.in("c", "b", pol("PEER", term(all, &policy.SetNextHop{Kind: policy.NextHopPeer})))
	s := b.settled(t, 1)
	require.Equal(t, b.end("c", "b").Remote[0], entry(t, s, "c", "203.0.113.0/24")[0].Route.NextHop)
}
