//go:build linux

package netns_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/stage"
)

// shapes are attributes that a witness can have.
var shapes = []func(*policy.Route){
	func(*policy.Route) {},
	func(r *policy.Route) { r.Origin = policy.Incomplete },
	func(r *policy.Route) { r.Origin, r.MED = policy.EGP, 50 },
	func(r *policy.Route) { r.ASPath, r.MED = append(r.ASPath, 64999, 64998), 4294967295 },
	func(r *policy.Route) { r.ASPath = append(r.ASPath, append(r.ASPath, 4200000000, 64999, 64999)...) },
	func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoExport, policy.Std(64500, 1)) },
	func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoAdvertise) },
	func(r *policy.Route) {
		r.Communities = policy.CommunitySet(policy.NoExportSubconfed, policy.NoExport, policy.NoPeer)
	},
	func(r *policy.Route) {
		r.Communities = policy.CommunitySet(policy.Blackhole, policy.GracefulShutdown, policy.Community{Kind: policy.Large, A: 1, B: 2, C: 3})
	},
	func(r *policy.Route) {
		r.Communities = policy.CommunitySet(policy.Community{Kind: policy.Extended, A: 2, B: 64500, C: 7})
	},
}

// Witnesses of every shape come to live routers as they are, over eBGP and from clients of a reflector, to import policies and export policies, and
// whatever comes of them is what the simulation says.
func TestWitnessesOfEveryShapeMeetLiveRouters(t *testing.T) {
	base, err := candidate.Load("../../../topologies/mcp")
	require.NoError(t, err)
	f := base.Fabric.Clone()
	f.Node("spine1").Reflects = true
	on := f.SessionsOf("spine1")
	for _, s := range on {
		s.In, s.Out = [2]policy.Chain{}, [2]policy.Chain{}
		if strings.HasPrefix(s.Peer, "edge") {
			s.PeerAS = s.LocalAS
		}
	}
	var ws []*stage.Witness
	for i, edit := range shapes {
		for j, s := range on {
			for _, p := range prefixes(i, j) {
				r := policy.Route{Prefix: p, LocalPref: 100, Preference: 170}
				own := r
				edit(&own)
				r.External, r.Neighbor, r.LocalPref = s.External(), s.Remote[fabric.FamilyOf(p.Addr())], 100
				if r.External {
					r.ASPath = []uint32{s.PeerAS}
				} else {
					r.LocalPref, r.ASPath = uint32(50+i), []uint32{64999} // of a route of the AS itself GoBGP loses the metric
				}
				edit(&r)
				ws = append(ws, &stage.Witness{Session: s, Direction: policy.Import, Route: r})
				own.Protocol = [...]policy.Protocol{policy.BGP, policy.Static, policy.Direct, policy.Aggregate, policy.Local}[j]
				own.Prefix = netip.PrefixFrom(p.Addr(), p.Bits()+1)
				ws = append(ws, &stage.Witness{Session: s, Direction: policy.Export, Route: own})
			}
		}
	}
	for _, p := range []string{"0.0.0.0/0", "0.0.0.0/8", "100.64.0.0/10", "240.0.0.0/4", "255.255.255.255/32", "::/0", "::/128", "64:ff9b::/96", "fc00::/7", "8000::/1"} {
		r := policy.Route{Prefix: netip.MustParsePrefix(p), LocalPref: 100, Preference: 170, ASPath: []uint32{65201}, External: true}
		r.Neighbor = on[2].Remote[fabric.FamilyOf(r.Prefix.Addr())]
		ws = append(ws, &stage.Witness{Session: on[2], Direction: policy.Import, Route: r})
	}
	require.Len(t, stage.Rounds(ws), 1)

	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	r, err := labtest.Namespaced(t, stage.Fabric(f, on))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	for _, w := range ws {
		require.Empty(t, w.Unobservable(), w.Route)
		node, route := w.Place()
		require.NoError(t, r.Inject(node, "", route))
	}
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences())
	snap, err := r.Observe(observe.Request{})
	require.NoError(t, err)
	for _, w := range ws {
		trail := w.Trail(snap)
		require.True(t, w.Meets(trail[stage.Offered]), "%s: %s is %s", w.Route, trail[stage.Offered].Where, trail[stage.Offered])
	}
}

// prefixes returns a prefix of each family that no other pair of numbers gives.
func prefixes(i, j int) []netip.Prefix {
	v6 := netip.MustParseAddr("2001:db9::").As16()
	v6[4], v6[5] = byte(i), byte(j)
	return []netip.Prefix{
		netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i), byte(j), 0}), 24),
		netip.PrefixFrom(netip.AddrFrom16(v6), 48),
	}
}

// gated judges a candidate with observation; start brings up what live routers there are.
func gated(t *testing.T, files map[string]string, start labtest.Starter) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load("../../../topologies/mcp")
	require.NoError(t, err)
	c, err := base.With(folder(t, files))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	v := gate.Run(ctx, base, c, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) { return start(t, f) }})
	for _, p := range v.Timing {
		t.Log(p.Name, p.Took)
	}
	return v
}
