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
