package sim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// clos returns leaves that each announce so many prefixes and meet every spine.
func clos(spines, leaves, each int) *builder {
	b := build()
	for i := range spines {
		b.node(fmt.Sprint("spine", i+1), 65000)
	}
	for i := range leaves {
		b.node(fmt.Sprint("leaf", i+1), uint32(65101+i))
		for j := range spines {
			b.link(fmt.Sprint("leaf", i+1), fmt.Sprint("spine", j+1))
		}
		for j := range each {
			b.announce(fmt.Sprint("leaf", i+1), fmt.Sprintf("10.%d.%d.0/24", 20+i, j), fmt.Sprintf("2001:db8:%x:%x::/64", i, j))
		}
		b.announce(fmt.Sprint("leaf", i+1), host(b.at(fmt.Sprint("leaf", i+1)).Addrs[0]).String())
	}
	return b
}

func trip(t *testing.T, s *Sim, from, to string) observe.Trip {
	t.Helper()
	return snapshot(t, s, observe.Request{Trips: []observe.Trip{{From: from, To: to}}}).Trips[0]
}

func TestTripsTakeEveryEqualPath(t *testing.T) {
	b := clos(3, 2, 1)
	s := b.settled(t, 1)
	got := trip(t, s, "leaf1", "leaf2")
	require.True(t, got.Arrived())
	require.Equal(t, []string{"leaf1", "spine1", "leaf2"}, got.Out.Hops)
	require.Contains(t, snapshot(t, s, observe.Request{}).Tables["leaf1"].FIB,
		observe.Forward{Prefix: pfx("10.21.0.0/24"), Hops: []string{"spine1", "spine2", "spine3"}})
	for _, p := range entry(t, s, "leaf1", "10.21.0.0/24") {
		require.True(t, p.Active)
	}

	b.route("spine2", "10.0.0.0/24", policy.Static, "discard") // less specific than the host route
	require.True(t, trip(t, b.settled(t, 1), "leaf1", "leaf2").Arrived())

	b.route("spine2", "10.0.0.5/32", policy.Direct, "discard")                              // instead of the route to leaf2
	b.out("spine2", "leaf1", pol("ALL", term(all, &policy.Prepend{ASNs: []uint32{65009}}))) // as long as the others
	got = trip(t, b.settled(t, 1), "leaf1", "leaf2")
	require.False(t, got.Arrived())
	require.Equal(t, observe.Walk{Ending: observe.Discarded, Hops: []string{"leaf1", "spine2"}, Lost: 1.0 / 3}, got.Out)
	require.Equal(t, observe.Unknown, got.Back.Ending, "not tried")
}

func TestEndings(t *testing.T) {
	b := build()
	b.node("r1", 65001)
	b.node("r2", 65002)
	b.node("r3", 65003)
	b.host("h", fabric.Host, "")
	b.host("far", fabric.Host, "")
	b.link("r1", "r2")
	b.link("r2", "r3")
	b.link("r1", "h")
	b.link("r3", "far")
	far := "10.0.0.5/32"
	for name, c := range map[string]struct {
		routes [][]string
		want   observe.Walk
	}{
		"no route":  {nil, observe.Walk{Ending: observe.NoRoute, Hops: []string{"h", "r1"}, Lost: 1}},
		"discarded": {[][]string{{"r1", far, "r2"}, {"r2", "10.0.0.0/8", "discard"}}, observe.Walk{Ending: observe.Discarded, Hops: []string{"h", "r1", "r2"}, Lost: 1}},
		"looped":    {[][]string{{"r1", far, "r2"}, {"r2", far, "r1"}}, observe.Walk{Ending: observe.Looped, Hops: []string{"h", "r1", "r2", "r1"}, Lost: 1}},
		"refused":   {[][]string{{"r1", far, "h"}}, observe.Walk{Ending: observe.Looped, Hops: []string{"h", "r1", "h"}, Lost: 1}},
		"delivered": {[][]string{{"r1", far, "r2"}, {"r2", far, "r3"}}, observe.Walk{Ending: observe.Delivered, Hops: []string{"h", "r1", "r2", "r3", "far"}}},
	} {
		t.Run(name, func(t *testing.T) {
			x := b.copy()
			for _, n := range x.f.Nodes {
				n.Routes = nil
			}
			for _, r := range c.routes {
				x.route(r[0], r[1], policy.Static, r[2])
			}
			require.Equal(t, c.want, trip(t, x.settled(t, 1), "h", "far").Out)
		})
	}
	b.at("r1").Routes, b.at("r2").Routes = nil, nil
	b.host("other", fabric.Host, "")
	b.link("r1", "other")
	b.route("r1", far, policy.Static, "other")
	require.Equal(t, observe.Walk{Ending: observe.Refused, Hops: []string{"h", "r1", "other"}, Lost: 1}, trip(t, b.settled(t, 1), "h", "far").Out)
	require.Equal(t, observe.Unknown, trip(t, b.settled(t, 1), "h", "nobody").Out.Ending)
}

// Half the packets from r1 leave a loop that they may enter: a quarter goes round.
func TestLoopsAreFollowedPathByPath(t *testing.T) {
	b := build()
	b.node("r1", 65001)
	b.node("r2", 65002)
	b.node("exit", 65003)
	b.links([]string{"r1"}, "r2", "exit")
	b.link("r2", "exit")
	b.host("far", fabric.Host, "")
	b.link("exit", "far")
	b.route("r1", "10.0.0.4/32", policy.Static, "r2", "exit")
	b.route("r2", "10.0.0.4/32", policy.Static, "r1", "exit")
	got := trip(t, b.settled(t, 1), "r1", "far").Out
	require.Equal(t, observe.Walk{Ending: observe.Looped, Hops: []string{"r1", "r2", "r1"}, Lost: 0.25}, got)
}

func TestANetworkStatementAloneForwardsNothing(t *testing.T) {
	b := line()
	b.announce("a", "0.0.0.0/0")
	s := b.settled(t, 1)
	b.host("h", fabric.Host, "")
	require.Equal(t, []string{"c", "b", "a"}, func() []string {
		w := s.view().spread(s.byName["c"], v4(1<<24)).walk()
		require.Equal(t, observe.NoRoute, w.Ending)
		return w.Hops
	}())
}

func TestFlowsSpreadOverTheSpines(t *testing.T) {
	s := clos(2, 3, 1).settled(t, 1)
	flows := observe.Flows{From: "leaf1", To: "leaf3", Count: 4096, Seed: 9}
	got := snapshot(t, s, observe.Request{Flows: []observe.Flows{flows, flows, {From: "leaf1", To: "nobody", Count: 3}}}).Bundles
	require.Equal(t, got[0], got[1], "repeatable")
	require.Equal(t, map[observe.Ending]int{observe.Delivered: 4096}, got[0].Endings)
	require.InDelta(t, 2048, got[0].Via["spine1"], 150)
	require.Equal(t, 4096, got[0].Via["spine1"]+got[0].Via["spine2"])
	require.Equal(t, map[observe.Ending]int{observe.Unknown: 3}, got[2].Endings)
}

func TestFlowsThatFail(t *testing.T) {
	b := clos(2, 2, 1)
	b.route("spine2", "10.0.0.4/32", policy.Direct, "discard")
	b.out("spine2", "leaf1", pol("ALL", term(all, &policy.Prepend{ASNs: []uint32{65009}}))) // as long as the others
	got := snapshot(t, b.settled(t, 1), observe.Request{Flows: []observe.Flows{{From: "leaf1", To: "leaf2", Count: 1000}}}).Bundles[0]
	require.InDelta(t, 500, got.Endings[observe.Discarded], 60)
	require.Equal(t, 1000, got.Endings[observe.Discarded]+got.Endings[observe.Delivered])
}
