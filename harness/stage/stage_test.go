package stage_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
	"github.com/closlab/closlab/harness/stage"
)

// mcp returns the fabric and one end of a session of it.
func mcp(t *testing.T, node, peer string) (*fabric.Fabric, *fabric.Session) {
	t.Helper()
	base, err := candidate.Load("../../topologies/mcp")
	require.NoError(t, err)
	for _, s := range base.Fabric.SessionsOf(node) {
		if s.Peer == peer {
			return base.Fabric, s
		}
	}
	require.Fail(t, "no such session")
	return nil, nil
}

// internal makes a session one of iBGP.
func internal(s *fabric.Session) *fabric.Session {
	c := *s
	c.PeerAS = c.LocalAS
	return &c
}

// imported returns a witness for the import policy of a session: a route of the neighbour's that has the usual attributes.
func imported(s *fabric.Session, prefix string, edit func(*policy.Route)) *stage.Witness {
	p := netip.MustParsePrefix(prefix)
	r := policy.Route{Prefix: p, External: s.External(), Neighbor: s.Remote[fabric.FamilyOf(p.Addr())], LocalPref: 100, Preference: 170}
	if r.External {
		r.ASPath = []uint32{s.PeerAS}
	}
	if edit != nil {
		edit(&r)
	}
	return &stage.Witness{Session: s, Direction: policy.Import, Route: r}
}

// Two changed routers that are neighbours each have a stub for the other, and no router has a route.
func TestRoutersAreAmongStubs(t *testing.T) {
	t.Parallel()
	f, _ := mcp(t, "spine1", "edge1")
	on := append(f.SessionsOf("spine1"), f.SessionsOf("edge1")...)
	s := stage.Fabric(f, on)
	require.Len(t, s.Nodes, 2+len(on))
	require.Len(t, s.Sessions, 2*len(on))
	require.Len(t, s.Links, len(on))
	require.NotNil(t, s.Node(stage.Stub("spine1", "edge1")))
	require.NotNil(t, s.Node(stage.Stub("edge1", "spine1")))
	for _, n := range s.Nodes {
		require.Empty(t, s.OwnRoutes(n), n.Name)
	}
	for _, end := range s.SessionsOf("spine1") {
		require.NotEmpty(t, end.Out[fabric.V4], "its own policies")
		require.Equal(t, uint32(65100), end.LocalAS)
	}
	for _, end := range s.SessionsOf(stage.Stub("spine1", "leafA")) {
		require.Equal(t, [2]uint32{65201, 65100}, [2]uint32{end.LocalAS, end.PeerAS})
	}
}

// whether a witness comes to the policy as it is meant to.
func TestWitnessesComeAsTheyAre(t *testing.T) {
	t.Parallel()
	f, external := mcp(t, "spine1", "leafA")
	for name, edit := range map[string]func(*policy.Route){
		"plain":           nil,
		"origin":          func(r *policy.Route) { r.Origin = policy.Incomplete },
		"metric":          func(r *policy.Route) { r.MED = 50 },
		"far":             func(r *policy.Route) { r.ASPath = append(r.ASPath, 64999, 64998) },
		"far with metric": func(r *policy.Route) { r.ASPath, r.MED = append(r.ASPath, 64999), 50 },
		"prepended":       func(r *policy.Route) { r.ASPath = append(r.ASPath, r.ASPath...) },
		"communities": func(r *policy.Route) {
			r.Communities = policy.CommunitySet(policy.Std(64500, 1), policy.Blackhole, policy.Community{Kind: policy.Large, A: 1, B: 2, C: 3})
		},
		"kept back":  func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoExport, policy.Std(1, 1)) },
		"kept in":    func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoExportSubconfed) },
		"not spread": func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoAdvertise, policy.NoExport) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := imported(external, "10.9.0.0/16", edit)
			require.Empty(t, w.Unobservable())
			trail := w.Trail(shown(t, f, w))
			require.True(t, w.Meets(trail[stage.Offered]), "%s became %s", w.Route, trail[stage.Offered])
			require.False(t, trail[stage.Decided].There, "SPINE-IN takes only what the leaf is to send")
		})
	}
}

// Over iBGP a local preference and a path without the own AS come along.
func TestInternalWitnesses(t *testing.T) {
	t.Parallel()
	f, s := mcp(t, "spine1", "leafA")
	f = f.Clone()
	for _, x := range f.Sessions {
		if x.Node == "spine1" && x.Peer == "leafA" {
			*x = *internal(x)
			x.In = [2]policy.Chain{}
		}
	}
	w := imported(internal(s), "2001:db8:77::/48", func(r *policy.Route) { r.LocalPref, r.ASPath, r.MED = 250, []uint32{64999}, 7 })
	require.Empty(t, w.Unobservable())
	trail := w.Trail(shown(t, f, w))
	require.True(t, w.Meets(trail[stage.Offered]))
	require.Equal(t, uint32(250), trail[stage.Decided].Route.LocalPref)
}

func TestExportWitnessesAreTheRoutersOwn(t *testing.T) {
	t.Parallel()
	f, s := mcp(t, "spine1", "edge1")
	w := &stage.Witness{Session: s, Direction: policy.Export, Route: policy.Route{Prefix: netip.MustParsePrefix("198.51.100.0/26"),
		Protocol: policy.BGP, LocalPref: 100, Preference: 170, ASPath: []uint32{65201}, MED: 9}}
	require.Empty(t, w.Unobservable())
	trail := w.Trail(shown(t, f, w))
	require.True(t, w.Meets(trail[stage.Offered]))
	require.Equal(t, []uint32{65100, 65201}, trail[stage.Decided].Route.ASPath)
	require.Equal(t, uint32(9), trail[stage.Decided].Route.MED, "an own route has its own metric")
	where := map[string]bool{}
	for _, stop := range trail {
		where[stop.Where] = stop.There
	}
	require.Equal(t, map[string]bool{"in the table of spine1": true, "sent to edge1": true, "sent to edge2": true,
		"sent to leafA": false, "sent to leafB": true, "sent to leafC": true}, where, "leafA is in the path")
}

// shown returns what is seen of all sessions of the witness's router with the witness on the stage.
func shown(t *testing.T, f *fabric.Fabric, w *stage.Witness) *observe.Snapshot {
	t.Helper()
	s := sim.New(stage.Fabric(f, f.SessionsOf(w.Session.Node)), 1)
	node, r := w.Place()
	require.NoError(t, s.Inject(node, "", r))
	require.NoError(t, s.Settle(t.Context()))
	snap, err := s.Observe(observe.Request{})
	require.NoError(t, err)
	return snap
}
