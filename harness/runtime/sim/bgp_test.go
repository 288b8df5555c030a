package sim

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// line returns a – b – c, each an AS of its own; a announces 203.0.113.0/24.
func line() *builder {
	b := build()
	b.node("a", 65001)
	b.node("b", 65002)
	b.node("c", 65003)
	b.link("a", "b")
	b.link("b", "c")
	b.announce("a", "203.0.113.0/24", "2001:db8:1::/48")
	return b
}

func TestAnnouncementsTravel(t *testing.T) {
	s := line().settled(t, 1)
	for _, p := range []string{"203.0.113.0/24", "2001:db8:1::/48"} {
		paths := entry(t, s, "c", p)
		require.Len(t, paths, 1)
		r := paths[0].Route
		require.Equal(t, "b", paths[0].Peer)
		require.Equal(t, onlyPath, paths[0].Reason)
		require.True(t, paths[0].Active && r.External)
		require.Equal(t, []uint32{65002, 65001}, r.ASPath)
		require.Equal(t, uint32(100), r.LocalPref)
		require.Equal(t, s.byName["c"].peers[0].Remote[fabric.FamilyOf(r.Prefix.Addr())], r.NextHop)
		require.Equal(t, r.NextHop, r.Neighbor)
	}
	x, _ := snapshot(t, s, observe.Request{}).Session("b", "c")
	require.True(t, x.Up)
	require.Empty(t, x.Received)
	require.Equal(t, []uint32{65002, 65001}, x.Sent[0].ASPath)
	require.Equal(t, s.byName["b"].peers[1].Local[fabric.V4], x.Sent[0].NextHop, "next hop self")
	require.Zero(t, x.Sent[0].LocalPref, "not sent over eBGP")
}

func TestNothingGoesBackWhereItCameFrom(t *testing.T) {
	b := line()
	b.node("a2", 65001)
	b.link("a2", "b")
	s := b.settled(t, 1)
	require.Empty(t, sent(t, s, "b", "a"))
	require.Empty(t, sent(t, s, "b", "a2"), "nor into an AS that the path holds")
}

func TestLoopsAreHiddenWithTheReason(t *testing.T) {
	b := line()
	b.out("a", "b", pol("POISON", term(policy.NextTerm, &policy.Prepend{ASNs: []uint32{65003}})))
	s := b.settled(t, 1)
	require.Equal(t, []string{"203.0.113.0/24", "2001:db8:1::/48"}, sent(t, s, "a", "b"))
	require.Empty(t, sent(t, s, "b", "c"), "the sender sees the loop itself")

	b.out("a", "b")
	b.out("b", "c", pol("POISON", term(policy.NextTerm, &policy.Prepend{ASNs: []uint32{65003}})))
	s = b.settled(t, 1)
	require.Empty(t, entry(t, s, "c", "203.0.113.0/24"))
	hidden := s.Hidden("c")
	require.Len(t, hidden, 2)
	require.Equal(t, ownAS, hidden[0].Why)
	require.Equal(t, []uint32{65002, 65003, 65001}, hidden[0].Route.ASPath)
}

func TestImportPolicyNamesTheTermThatRejects(t *testing.T) {
	b := line()
	b.in("c", "b", pol("IN", term(policy.RejectRoute, prefixes("203.0.113.0/24"))))
	s := b.settled(t, 1)
	require.Equal(t, []Hidden{{Node: "c", Peer: "b", Route: s.Hidden("c")[0].Route, Why: "the import policy rejects it in IN, term t1"}}, s.Hidden("c"))
}

func TestMEDStaysInTheNeighbouringAS(t *testing.T) {
	for name, c := range map[string]struct {
		policy []*policy.Policy
		want   uint32
	}{
		"a neighbour's is dropped":        {nil, 0},
		"the policy's own is sent":        {[]*policy.Policy{pol("P", term(all, set(policy.MED, 5)))}, 5},
		"even if it is the same number":   {[]*policy.Policy{pol("P", term(all, set(policy.MED, 7)))}, 7},
		"a policy that does not touch it": {[]*policy.Policy{pol("P", term(all))}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := line()
			b.out("a", "b", pol("MED", term(all, set(policy.MED, 7))))
			b.out("b", "c", c.policy...)
			s := b.settled(t, 1)
			require.Equal(t, uint32(7), entry(t, s, "b", "203.0.113.0/24")[0].Route.MED)
			require.Equal(t, c.want, entry(t, s, "c", "203.0.113.0/24")[0].Route.MED)
		})
	}
}

// The order of RFC 1997's communities and the export policy decides whether the founding incident can happen at all.
func TestNoExportIsJudgedAfterTheExportPolicy(t *testing.T) {
	noExport := community(policy.NoExport)
	add := pol("ADD", term(all, &policy.SetCommunity{Op: policy.CommunityAdd, Def: noExport}))
	strip := pol("STRIP", term(all, &policy.SetCommunity{Op: policy.CommunityDelete, Def: noExport}))
	for name, c := range map[string]struct {
		first, second *policy.Policy
		arrives       bool
	}{
		"without it":                      {nil, nil, true},
		"it came with it":                 {add, nil, false},
		"the export policy takes it away": {add, strip, true},
		"the export policy adds it":       {nil, add, true},
		"it came with it and gets it":     {add, add, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := line()
			if c.first != nil {
				b.out("a", "b", c.first)
			}
			if c.second != nil {
				b.out("b", "c", c.second)
			}
			s := b.settled(t, 1)
			require.Len(t, entry(t, s, "b", "203.0.113.0/24"), 1)
			require.Equal(t, c.arrives, len(entry(t, s, "c", "203.0.113.0/24")) == 1)
		})
	}
}

func TestNoAdvertiseHoldsForInternalPeersToo(t *testing.T) {
	for c, arrives := range map[policy.Community]bool{policy.NoAdvertise: false, policy.NoExport: true} {
		b := line()
		b.at("c").ASN = 65002
		b.end("b", "c").PeerAS, b.end("c", "b").LocalAS = 65002, 65002
		b.out("a", "b", pol("TAG", term(all, &policy.SetCommunity{Op: policy.CommunityAdd, Def: community(c)})))
		b.out("b", "c", pol("SELF", term(all, &policy.SetNextHop{Kind: policy.NextHopSelf})))
		s := b.settled(t, 1)
		require.Equal(t, arrives, len(entry(t, s, "c", "203.0.113.0/24")) == 1, c)
	}
}

// A router may heed no well-known community, as GoBGP does not, while its neighbours do.
func TestWhoSendsAllHeedsNoWellKnownCommunity(t *testing.T) {
	for _, c := range []policy.Community{policy.NoAdvertise, policy.NoExport, policy.NoExportSubconfed} {
		b := line()
		b.node("d", 65009)
		b.link("b", "d")
		b.end("b", "c").SendsAll = [2]bool{true, true}
		b.out("a", "b", pol("TAG", term(all, &policy.SetCommunity{Op: policy.CommunityAdd, Def: community(c)})))
		s := b.settled(t, 1)
		require.Len(t, entry(t, s, "c", "203.0.113.0/24"), 1, c)
		require.Empty(t, entry(t, s, "d", "203.0.113.0/24"), c)
	}
}

func TestExportSeesTheActiveRouteWhateverItsProtocol(t *testing.T) {
	b := line()
	b.route("b", "203.0.113.0/24", policy.Static, "discard")
	s := b.settled(t, 1)
	paths := entry(t, s, "b", "203.0.113.0/24")
	require.Equal(t, policy.Static, paths[0].Route.Protocol)
	require.Equal(t, "lower route preference", paths[0].Reason)
	require.False(t, paths[1].Active)
	require.Equal(t, []string{"2001:db8:1::/48"}, sent(t, s, "b", "c"), "the default exports BGP alone")

	b.out("b", "c", pol("EVERYTHING", term(all)))
	s = b.settled(t, 1)
	require.Equal(t, []string{"10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32", "203.0.113.0/24",
		"2001:db8:1::/48", "fd00::1:0:1/128", "fd00::1:0:2/128", "fd00::1:0:3/128"}, sent(t, s, "b", "c"),
		"a term without conditions leaks the host routes")
}

func TestAggregatesNeedAContributor(t *testing.T) {
	b := line()
	b.route("b", "203.0.112.0/23", policy.Aggregate)
	b.out("b", "c", pol("AGG", term(all, &policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Aggregate}}), term(policy.RejectRoute)))
	s := b.settled(t, 1)
	require.Equal(t, []string{"203.0.112.0/23"}, sent(t, s, "b", "c"))

	require.NoError(t, s.Break(fabric.Fault{Kind: fabric.LinkDown, A: "a", B: "b"}))
	require.NoError(t, s.Settle(context.Background()))
	require.Empty(t, sent(t, s, "b", "c"))
}

func TestConditionsFollowTheTable(t *testing.T) {
	b := line()
	b.announce("b", "192.0.2.0/24")
	b.out("b", "c", pol("IF", term(all, &policy.MatchCondition{Name: "up", Prefix: pfx("203.0.113.0/24")}), term(policy.RejectRoute)))
	s := b.settled(t, 1)
	require.Contains(t, sent(t, s, "b", "c"), "192.0.2.0/24")
	require.NoError(t, s.Break(fabric.Fault{Kind: fabric.SessionDown, A: "b", B: "a"}))
	require.NoError(t, s.Settle(context.Background()))
	require.Empty(t, sent(t, s, "b", "c"))
}

// star returns an AS with rr in the middle of x, y and z, sessions between loopbacks; outside announces to x.
func star(reflects bool) *builder {
	b := build()
	b.node("outside", 65001)
	b.nodes(65000, "rr", "x", "y", "z")
	b.at("rr").Reflects = reflects
	b.link("outside", "x")
	for _, n := range []string{"x", "y", "z"} {
		b.f.Links = append(b.f.Links, fabric.Link{From: "rr", To: n})
		b.session("rr", n, b.at("rr").Addrs, b.at(n).Addrs)
	}
	for _, n := range []string{"y", "z"} {
		b.route(n, "10.0.0.3/32", policy.Static, "rr") // x's loopback
	}
	b.announce("outside", "203.0.113.0/24")
	b.out("x", "rr", pol("SELF", term(policy.NextTerm, &policy.SetNextHop{Kind: policy.NextHopSelf})))
	return b
}

func TestReflection(t *testing.T) {
	s := star(false).settled(t, 1)
	require.Len(t, entry(t, s, "rr", "203.0.113.0/24"), 1)
	require.Empty(t, entry(t, s, "y", "203.0.113.0/24"), "iBGP does not pass on what it learned by iBGP")

	s = star(true).settled(t, 1)
	r := entry(t, s, "y", "203.0.113.0/24")[0].Route
	require.Equal(t, netip.MustParseAddr("10.0.0.3"), r.NextHop, "a reflector leaves the next hop alone")
	require.Equal(t, []uint32{65001}, r.ASPath)
	y := s.byName["y"].best[s.prefixes.id(pfx("203.0.113.0/24"))].attrs
	require.Equal(t, netip.MustParseAddr("10.0.0.3"), y.originator)
	require.Equal(t, []netip.Addr{netip.MustParseAddr("10.0.0.2")}, y.clusters)
	require.Empty(t, sent(t, s, "rr", "x"), "nor back to the client it came from")
	f := snapshot(t, s, observe.Request{}).Tables["y"].FIB
	require.Contains(t, f, observe.Forward{Prefix: pfx("203.0.113.0/24"), Hops: []string{"rr"}}, "the next hop is found in the table")
}

// x sends to rr alone; rr2 hears of it from rr, and rr3 from rr2.
func TestReflectionLoopsAreCut(t *testing.T) {
	b := star(true)
	b.nodes(65000, "rr2", "rr3")
	for _, p := range [][2]string{{"rr2", "rr"}, {"rr2", "x"}, {"rr3", "rr2"}, {"rr3", "rr"}} {
		b.at(p[0]).Reflects = true
		b.f.Links = append(b.f.Links, fabric.Link{From: p[0], To: p[1]})
		b.session(p[0], p[1], b.at(p[0]).Addrs, b.at(p[1]).Addrs)
	}
	b.route("rr3", "10.0.0.3/32", policy.Static, "rr")
	nothing := pol("NOTHING", term(policy.RejectRoute))
	b.out("x", "rr2", nothing)
	b.out("rr", "rr3", nothing)
	s := b.settled(t, 1)

	require.Equal(t, []string{ownOriginator}, reasons(s.Hidden("x")), "rr2 sends x its own route")
	require.Equal(t, []string{ownCluster}, reasons(s.Hidden("rr")), "rr3 sends rr what rr has reflected")
	require.Equal(t, "rr2", entry(t, s, "rr3", "203.0.113.0/24")[0].Peer)
}

func reasons(hs []Hidden) []string {
	var out []string
	for _, h := range hs {
		out = append(out, h.Why)
	}
	return out
}

func TestANextHopOutOfReachHidesTheRoute(t *testing.T) {
	b := star(true)
	b.at("y").Routes = nil
	s := b.settled(t, 1)
	require.Empty(t, entry(t, s, "y", "203.0.113.0/24"))
	require.Equal(t, noNextHop, s.Hidden("y")[0].Why)
}

func TestNextHopsThatMeanNothingAreRefused(t *testing.T) {
	b := line()
	b.out("a", "b", pol("OUT", term(all, &policy.SetNextHop{Kind: policy.NextHopDrop})))
	require.ErrorContains(t, New(b.f, 1).Settle(context.Background()), "session a – b: next-hop discard has no meaning in an export policy")
}

func TestAnImportPolicyCanDiscard(t *testing.T) {
	b := line()
	b.in("b", "a", pol("RTBH", term(all, prefixes("203.0.113.0/24"), &policy.SetNextHop{Kind: policy.NextHopDrop})))
	s := b.settled(t, 1)
	require.Contains(t, snapshot(t, s, observe.Request{}).Tables["b"].FIB, observe.Forward{Prefix: pfx("203.0.113.0/24"), Drop: true})
	require.Len(t, entry(t, s, "c", "203.0.113.0/24"), 1, "and still announces it")
}
