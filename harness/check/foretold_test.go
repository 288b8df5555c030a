package check_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// A router that keeps the oldest of equal paths makes everything unknown as soon as it has some of which it uses one.
func TestWhatDependsOnWhichPathCameFirst(t *testing.T) {
	t.Parallel()
	path := func(peer string, active bool, edit func(*policy.Route)) observe.Path {
		r := policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/24"), Protocol: policy.BGP, External: true, LocalPref: 100, ASPath: []uint32{65001, 65009}}
		if edit != nil {
			edit(&r)
		}
		return observe.Path{Route: r, Peer: peer, Active: active}
	}
	other := func(r *policy.Route) { r.ASPath = []uint32{65002, 65009} }
	for name, c := range map[string]struct {
		paths  []observe.Path
		oldest bool
		want   check.Status
	}{
		"two equal ones, one is used": {[]observe.Path{path("a", true, nil), path("b", false, other)}, true, check.Unknown},
		"and the router compares ids": {[]observe.Path{path("a", true, nil), path("b", false, other)}, false, check.OK},
		"both are used":               {[]observe.Path{path("a", true, nil), path("b", true, other)}, true, check.OK},
		"the other one is longer":     {[]observe.Path{path("a", true, nil), path("b", false, func(r *policy.Route) { r.ASPath = []uint32{1, 2, 3} })}, true, check.OK},
		"the other one is less liked": {[]observe.Path{path("a", true, nil), path("b", false, func(r *policy.Route) { r.LocalPref = 50 })}, true, check.OK},
		"dearer, of the same AS":      {[]observe.Path{path("a", true, nil), path("b", false, func(r *policy.Route) { r.MED = 5 })}, true, check.OK},
		"dearer, of another AS":       {[]observe.Path{path("a", true, nil), path("b", false, func(r *policy.Route) { other(r); r.MED = 5 })}, true, check.Unknown},
		"the best one is its own":     {[]observe.Path{path("", true, nil), path("b", false, nil)}, true, check.OK},
		"the other one came inside":   {[]observe.Path{path("a", true, nil), path("b", false, func(r *policy.Route) { r.External = false })}, true, check.OK},
	} {
		f := &fabric.Fabric{Nodes: []*fabric.Node{{Name: "r", Oldest: c.oldest}}}
		s := &observe.Snapshot{Tables: map[string]*observe.Table{"r": {RIB: []observe.Entry{{Prefix: netip.MustParsePrefix("10.0.0.0/24"), Paths: c.paths}}}}}
		got := check.Foretold().Judge(f, s)
		require.Len(t, got, 1, name)
		require.Equal(t, c.want, got[0].Status, name)
	}
	up := []*fabric.Invariant{{Name: "up", Sessions: &fabric.SessionsUp{At: []string{"all"}}}}
	require.Len(t, check.Of(&fabric.Fabric{Invariants: up, Nodes: []*fabric.Node{{Name: "r", Oldest: true}}}), 2)
	require.Len(t, check.Of(&fabric.Fabric{Invariants: up, Nodes: []*fabric.Node{{Name: "r"}}}), 1)
}

// A router that uses both of two equal paths tells of one of them: that matters to a neighbour who uses it, or would use the other one.
func TestWhatOthersAreToldOfEqualPaths(t *testing.T) {
	t.Parallel()
	prefix := netip.MustParsePrefix("10.0.0.0/24")
	path := func(peer string, as ...uint32) observe.Path {
		return observe.Path{Route: policy.Route{Prefix: prefix, Protocol: policy.BGP, External: true, LocalPref: 100, ASPath: as}, Peer: peer, Active: true}
	}
	dear := path("b", 65002, 65009)
	dear.Route.MED = 7
	refuse := policy.Calls(&policy.Policy{Name: "CHEAP", Terms: []*policy.Term{{Name: "1", Flow: policy.RejectRoute,
		From: []policy.Match{&policy.MatchNumber{Field: policy.MED, Min: 7, Max: 7}}}}})
	for name, c := range map[string]struct {
		second observe.Path   // of r, beside that over 65001
		there  []observe.Path // at its neighbour
		out    policy.Chain
		want   check.Status
	}{
		"the neighbour uses what it is told": {path("b", 65002, 65009), []observe.Path{path("r", 65000, 65001, 65009)}, nil, check.Unknown},
		"both paths are the same":            {path("b", 65001, 65009), []observe.Path{path("r", 65000, 65001, 65009)}, nil, check.OK},
		"it has a shorter one":               {path("b", 65002, 65009), []observe.Path{path("c", 65003, 65009)}, nil, check.OK},
		"it has one that is as short":        {path("b", 65002, 65009), []observe.Path{path("c", 65003, 65004, 65009)}, nil, check.Unknown},
		"it would take the other one":        {path("b", 65002, 65009), nil, nil, check.Unknown},
		"it would not hear of the other one": {dear, nil, refuse, check.OK},
		"it has passed the other one":        {path("b", 65007, 65009), nil, nil, check.OK},
	} {
		f := &fabric.Fabric{Nodes: []*fabric.Node{{Name: "r", Oldest: true}}, Sessions: []*fabric.Session{
			{Node: "r", Peer: "n", LocalAS: 65000, PeerAS: 65007, Out: [2]policy.Chain{c.out}}, {Node: "n", Peer: "r", LocalAS: 65007, PeerAS: 65000}}}
		s := &observe.Snapshot{Tables: map[string]*observe.Table{
			"r": {RIB: []observe.Entry{{Prefix: prefix, Paths: []observe.Path{path("a", 65001, 65009), c.second}}}},
			"n": {RIB: []observe.Entry{{Prefix: prefix, Paths: c.there}}}}}
		got := check.Foretold().Judge(f, s)
		require.Len(t, got, 1, name)
		require.Equal(t, c.want, got[0].Status, name)
	}
}
