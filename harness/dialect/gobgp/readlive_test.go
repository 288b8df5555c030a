package gobgp_test

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/config"
	"github.com/osrg/gobgp/v4/pkg/config/oc"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// load has the router under test load a configuration as gobgpd does, and resets its sessions.
func (r *rig) load(text string) {
	next, err := oc.ReadConfig(strings.NewReader(text), "yaml")
	require.NoError(r.t, err)
	if r.loaded == nil {
		r.loaded = &oc.BgpConfigSet{}
	}
	r.loaded, err = config.UpdateConfig(r.ctx, r.tested.BgpServer, r.loaded, next)
	require.NoError(r.t, err)
	held := 0
	require.NoError(r.t, r.tested.ListPolicy(r.ctx, &api.ListPolicyRequest{}, func(*api.Policy) { held++ }))
	require.Equal(r.t, len(next.PolicyDefinitions), held, "GoBGP refused what Read took")
	require.NoError(r.t, r.tested.ResetPeer(r.ctx, &api.ResetPeerRequest{Address: "all", Soft: true, Direction: api.ResetPeerRequest_DIRECTION_BOTH}))
}

// TestGoBGPRunsAConfigurationAsReadSays gives random configurations to Read and to GoBGP itself: what GoBGP does to live routes must be
// what Apply says of the chains that were read. More of it by -rapid.checks.
func TestGoBGPRunsAConfigurationAsReadSays(t *testing.T) {
	if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" {
		require.NoError(t, f.Value.Set("20220621"))
	}
	r := newRig(t)
	pairs := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, policy.Import, false, false)
		text := w.config()
		c, err := read("random.yaml", text)
		if err != nil {
			rt.Fatalf("%s\n%s", err, text)
		}
		x := &trial{rig: r}
		in, out := chain(t, c, policy.Import), chain(t, c, policy.Export)
		for v6 := range 2 {
			x.external[v6] = gobgp.Session{Peer: externalAddr, V6: v6 == 1, LocalAS: testedAS, PeerAS: externalAS, In: in, Out: out, SendsAll: true}
			x.internal[v6] = gobgp.Session{Peer: internalAddr, V6: v6 == 1, LocalAS: testedAS, PeerAS: testedAS, In: in, Out: out, SendsAll: true}
		}
		seed := rapid.Uint64().Draw(rt, "routes")
		routes := worldRoutes(rand.New(rand.NewPCG(seed, 1)), 3)
		x.load("{}")
		for i := range routes[2] {
			routes[2][i].ASPath, routes[2][i].Protocol = nil, policy.BGP
		}
		x.spread(routes[0], routes[1], routes[2])
		x.load(text)
		x.tested.announce(routes[2]) // a soft reset leaves these as the import policy of before made them
		x.compare(rt, routes, text)
		pairs += x.pairs
	})
	t.Logf("%d pairs of a policy and a route", pairs)
	require.Greater(t, pairs, 10_000)
}

// compare compares all tables with what Apply says of the configuration.
func (x *trial) compare(rt *rapid.T, routes [][]policy.Route, text string) {
	toExternal, toInternal := x.received()
	table := x.table()
	fail := func(what string, s gobgp.Session, r policy.Route, want, got any) {
		rt.Fatalf("%s, %s: route %s\nwant %v\ngot  %v\n%s", what, s.Peer, r, want, got, text)
	}
	var active []policy.Route
	for _, r := range routes[0] {
		r.ASPath = append([]uint32{externalAS}, r.ASPath...)
		r.LocalPref, r.External, r.Neighbor = 100, true, externalAddr
		active = x.imported(x.external, r, table, active, fail)
	}
	for _, r := range routes[1] {
		r.Neighbor = internalAddr
		active = x.imported(x.internal, r, table, active, fail)
	}
	for _, r := range routes[2] { // GoBGP takes these through the import policy too
		ourselves := [2]gobgp.Session{{In: x.external[0].In}, {In: x.external[1].In}}
		active = x.imported(ourselves, r, table, active, fail)
	}
	for _, r := range active {
		if r.Neighbor != externalAddr {
			x.exported(x.external, r, toExternal, fail)
		}
		if !r.Neighbor.IsValid() || r.External {
			x.exported(x.internal, r, toInternal, fail)
		}
	}
}
