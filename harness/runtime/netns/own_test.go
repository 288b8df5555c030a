//go:build linux

package netns

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// onEngines runs a test with all routers on GoBGP, all on FRR, and on both in turn.
func onEngines(t *testing.T, test func(t *testing.T, engines ...string)) {
	t.Parallel()
	for _, engines := range [][]string{{"gobgp"}, {"frr"}, {"frr", "gobgp"}} {
		t.Run(strings.Join(engines, "-"), func(t *testing.T) {
			t.Parallel()
			test(t, engines...)
		})
	}
}

// raised brings up a fabric of that text, whose policies are in routers.junos.conf, and settles it where it is predicted to.
func raised(t *testing.T, text, policies string, engines ...string) (*Runtime, context.Context) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "policy"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fabric.yaml"), []byte(text), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", "routers.junos.conf"), []byte(policies), 0o644))
	return loaded(t, dir, engines...)
}

// loaded brings up the fabric in a folder.
func loaded(t *testing.T, dir string, engines ...string) (*Runtime, context.Context) {
	t.Helper()
	base, err := candidate.Load(dir)
	require.NoError(t, err)
	base.Fabric.RunOn(engines...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := New(ctx, base.Fabric, Options{Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	settled(t, ctx, r)
	return r, ctx
}

// settled waits until the routers are as predicted.
func settled(t *testing.T, ctx context.Context, r *Runtime) {
	t.Helper()
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences())
}

// forward returns what a kernel does with a prefix; nil if it has no route to it.
func forward(t *testing.T, r *Runtime, node, prefix string) *observe.Forward {
	t.Helper()
	s, err := r.Observe(observe.Request{})
	require.NoError(t, err)
	fib := s.Tables[node].FIB
	i := slices.IndexFunc(fib, func(f observe.Forward) bool { return f.Prefix == netip.MustParsePrefix(prefix) })
	if i < 0 {
		return nil
	}
	return &fib[i]
}

// An aggregate is there while there is anything to aggregate, in both families, one inside another, and whatever a static route says.
func TestAggregatesOnLiveRouters(t *testing.T) { onEngines(t, aggregatesOn) }

func aggregatesOn(t *testing.T, engines ...string) {
	r, ctx := raised(t, `
name: aggregates
tiers:
  top: {count: 1, asn: 65000}
  mid: {count: 1, asn: 65001}
  leaf: {count: 2, asn_from: 65101, owns: racks}
prefixes:
  racks: {block: [10.20.0.0/16, "fd00:20::/48"], each: [24, 64]}
links:
  - {from: leaf, to: mid}
  - {from: mid, to: top}
routes:
  - {at: mid, prefix: [10.20.0.0/16, 10.20.0.0/15, 10.16.0.0/12, "fd00:20::/48"], aggregate: true, communities: ["65001:20"]}
  - {at: mid, prefix: 10.16.0.0/12, via: top}
  - {at: mid, prefix: 10.20.0.0/15, via: leaf1, communities: ["65001:5"]}
policy:
  - {at: mid, toward: top, file: routers.junos.conf, out: AGGREGATES}
`, `policy-options { policy-statement AGGREGATES {
	term A { from protocol aggregate; then accept; }
	term S { from { protocol static; route-filter 10.20.0.0/15 exact; } then accept; }
	term REST { then reject; }
} }`, engines...)
	top := func() []string {
		s, err := r.Observe(observe.Request{})
		require.NoError(t, err)
		var out []string
		mid, _ := s.Session("mid1", "top1")
		for _, route := range mid.Sent {
			out = append(out, fmt.Sprintf("%s%s", route.Prefix, route.Communities))
		}
		return out
	}
	all := []string{"10.20.0.0/15[65001:5]", "10.20.0.0/16[65001:20]", "fd00:20::/48[65001:20]"} // the static routes to 10.16.0.0/12 and 10.20.0.0/15 are preferred
	require.Equal(t, all, top())
	require.True(t, forward(t, r, "mid1", "10.20.0.0/16").Drop)

	one, other := fabric.Fault{Kind: fabric.LinkDown, A: "mid1", B: "leaf1"}, fabric.Fault{Kind: fabric.NodeDown, A: "leaf2"}
	require.NoError(t, r.Break(one))
	settled(t, ctx, r)
	require.Equal(t, append([]string{"10.20.0.0/15[65001:20]"}, all[1:]...), top(), "the other rack is enough, and the aggregate takes the static route's place")
	require.NoError(t, r.Break(other))
	settled(t, ctx, r)
	require.Empty(t, top(), "withdrawn as surely as announced")
	require.Nil(t, forward(t, r, "mid1", "10.20.0.0/16"))
	require.Equal(t, []string{"top1"}, forward(t, r, "mid1", "10.16.0.0/12").Hops)

	up := fabric.Fault{Kind: fabric.LinkDown, A: "mid1", B: "top1"}
	require.NoError(t, r.Break(up))
	require.NoError(t, r.Mend(other))
	settled(t, ctx, r)
	require.True(t, forward(t, r, "mid1", "10.16.0.0/12").Drop, "without its link the static route leaves it to the aggregate, which has one inside")
	require.NoError(t, r.Mend(up))
	require.NoError(t, r.Mend(one))
	settled(t, ctx, r)
	require.Equal(t, all, top())
}

// Routes of last resort lose to any learned route by their local preference, which must not be what internal neighbours are told; and
// what next hops behind other routes resolve to changes with these routes.
func TestInternalNeighboursAndTheirNextHops(t *testing.T) { onEngines(t, internalOn) }

func internalOn(t *testing.T, engines ...string) {
	const text = `
name: internal
tiers:
  rr: {count: 1, asn: 65000, reflects: true}
  client: {count: 2, asn: 65000}
  out: {count: 2, asn_from: 65101, owns: racks}
prefixes:
  racks: {block: [10.20.0.0/16, "fd00:20::/48"], each: [24, 64]}
links:
  - {from: rr, to: client}
  - {from: client1, to: out1}
  - {from: client2, to: out2}
routes:
  - {at: rr, prefix: [100.64.0.0/10, "fd00:64::/48"], via: client}
policy:
  - {at: [rr, client], toward: [rr, client], file: routers.junos.conf, out: ALL}
`
	r, ctx := raised(t, text, `policy-options { policy-statement ALL { term A { then accept; } } }`, engines...)
	s, err := r.Observe(observe.Request{})
	require.NoError(t, err)
	last := 0
	session, _ := s.Session("client1", "rr1")
	for _, route := range session.Sent {
		require.Equal(t, uint32(100), route.LocalPref, route)
		if route.Prefix.IsSingleIP() && route.NextHop.IsValid() {
			last++
		}
	}
	require.NotZero(t, last, "host routes of last resort were sent")
	require.Equal(t, []string{"client1", "client2"}, forward(t, r, "rr1", "10.20.1.0/24").Hops, "the next hop is behind a static route over both")

	down := fabric.Fault{Kind: fabric.LinkDown, A: "rr1", B: "client1"}
	require.NoError(t, r.Break(down))
	settled(t, ctx, r)
	require.Equal(t, []string{"client2"}, forward(t, r, "rr1", "10.20.1.0/24").Hops, "the way to the next hop has changed, not the route")
	require.NoError(t, r.Mend(down))
	settled(t, ctx, r)
}

// Nobody tells routers of a link that somebody sets down by hand: they notice by themselves, at both ends, and so does who looks.
func TestLinkThatGoesDownByHand(t *testing.T) { onEngines(t, linkDownOn) }

func linkDownOn(t *testing.T, engines ...string) {
	r, ctx := loaded(t, "../../../topologies/clos-gobgp", engines...)
	leaf := r.byName["leaf1"]
	link := leaf.ends[slices.IndexFunc(leaf.ends, func(e *end) bool { return e.far.node.Name == "spine1" })]
	require.NoError(t, leaf.ns.SetUp(link.name, false))
	require.NoError(t, r.Settle(ctx))
	found := map[string]bool{}
	for _, d := range r.Differences() {
		found[d.Node+" "+d.What+" "+d.Present] = true
	}
	for node, peer := range map[string]string{"leaf1": "spine1", "spine1": "leaf1"} {
		require.Contains(t, found, node+" session down (its link or the session itself is down)")
		s, err := r.Observe(observe.Request{})
		require.NoError(t, err)
		for _, f := range s.Tables[node].FIB {
			require.NotContains(t, f.Hops, peer, "%s at %s", f.Prefix, node)
		}
	}
	require.Equal(t, []string{"spine2"}, forward(t, r, "leaf1", "10.20.1.0/24").Hops)
	require.Nil(t, forward(t, r, "spine1", "10.20.0.0/24"))
	s, err := r.Observe(check.RequestOf(r.Fabric, check.Of(r.Fabric)...))
	require.NoError(t, err)
	for _, trip := range s.Trips {
		require.True(t, trip.Arrived(), "the other spine carries all: %v", trip)
	}

	require.NoError(t, leaf.ns.SetUp(link.name, true))
	settled(t, ctx, r)
}
