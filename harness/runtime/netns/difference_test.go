//go:build linux

package netns

import (
	"maps"
	"net/netip"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// sight returns a snapshot of two routers.
func sight() *observe.Snapshot {
	route := policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), External: true, NextHop: netip.MustParseAddr("192.0.2.1"),
		Neighbor: netip.MustParseAddr("192.0.2.1"), LocalPref: 100, Preference: 170, ASPath: []uint32{65001}}
	rib := []observe.Entry{{Prefix: route.Prefix, Paths: []observe.Path{
		{Route: route, Peer: "b", Active: true}, {Route: route, Peer: "c", Active: true}, {Route: route, Peer: "d"}}}}
	fib := []observe.Forward{{Prefix: route.Prefix, Hops: []string{"b", "c"}}}
	return &observe.Snapshot{
		Sessions: []observe.Session{{Node: "a", Peer: "b", Up: true, Received: []policy.Route{route}, Sent: []policy.Route{route}}},
		Tables:   map[string]*observe.Table{"a": {RIB: rib, FIB: fib}},
	}
}

func TestDifferencesTellEachByItsName(t *testing.T) {
	t.Parallel()
	require.Empty(t, differences(sight(), sight()))
	swapped := sight()
	paths := swapped.Tables["a"].RIB[0].Paths
	paths[1], paths[2] = paths[2], paths[1]
	require.Empty(t, differences(sight(), swapped), "the order of those behind the best does not count")

	for _, x := range []struct {
		name, what, text string
		change           func(*observe.Snapshot)
	}{
		{"a session is down", "session", "a→b: session: predicted up, observed down (idle)",
			func(s *observe.Snapshot) { s.Sessions[0].Up, s.Sessions[0].Why = false, "idle" }},
		{"nothing came", "received", "observed nothing", func(s *observe.Snapshot) { s.Sessions[0].Received = nil }},
		{"another came", "received", "as-path 65002", func(s *observe.Snapshot) { s.Sessions[0].Received[0].ASPath = []uint32{65002} }},
		{"nothing was sent", "sent", "observed nothing", func(s *observe.Snapshot) { s.Sessions[0].Sent = nil }},
		{"another was sent", "sent", "metric 7", func(s *observe.Snapshot) { s.Sessions[0].Sent[0].MED = 7 }},
		{"a table is missing", "routing table", "observed nothing", func(s *observe.Snapshot) { delete(s.Tables, "a") }},
		{"another is the best", "routing table", `! 10.0.0.0/8`, func(s *observe.Snapshot) {
			p := s.Tables["a"].RIB[0].Paths
			p[0], p[1] = p[1], p[0]
		}},
		{"a path twice for another", "routing table", "", func(s *observe.Snapshot) {
			p := s.Tables["a"].RIB[0].Paths
			p[2] = p[1]
		}},
		{"one is not used", "routing table", "", func(s *observe.Snapshot) { s.Tables["a"].RIB[0].Paths[1].Active = false }},
		{"one is of another preference", "routing table", "preference 5", func(s *observe.Snapshot) { s.Tables["a"].RIB[0].Paths[2].Route.Preference = 5 }},
		{"a next node is missing", "forwarding table", "predicted via b, c, observed via b", func(s *observe.Snapshot) {
			s.Tables["a"].FIB[0].Hops = []string{"b"}
		}},
		{"it is discarded", "forwarding table", "observed discard", func(s *observe.Snapshot) {
			s.Tables["a"].FIB[0] = observe.Forward{Prefix: s.Tables["a"].FIB[0].Prefix, Drop: true}
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			present := sight()
			present.Tables = maps.Clone(present.Tables)
			x.change(present)
			got := differences(sight(), present)
			require.NotEmpty(t, got)
			require.Equal(t, x.what, got[0].What)
			require.Contains(t, got[0].String(), x.text)
		})
	}
}

// What reads otherwise must not count as the same.
func TestSameRoutesReadTheSame(t *testing.T) {
	t.Parallel()
	a := sight().Sessions[0].Received[0]
	require.True(t, same(a, a))
	v := reflect.ValueOf(&a).Elem()
	for i, other := range []any{netip.MustParsePrefix("10.0.0.0/9"), policy.Static, false, policy.EGP, policy.NextHopSelf, netip.MustParseAddr("192.0.2.2"),
		netip.MustParseAddr("192.0.2.2"), uint32(7), uint32(7), uint32(7), uint32(7), []uint32{7}, policy.CommunitySet(policy.Std(1, 2))} {
		b := a
		reflect.ValueOf(&b).Elem().Field(i).Set(reflect.ValueOf(other))
		require.False(t, same(a, b), v.Type().Field(i).Name)
	}
	require.Equal(t, 13, v.NumField(), "every attribute has been tried")
}
