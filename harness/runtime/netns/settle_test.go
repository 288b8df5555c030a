//go:build linux

package netns

import (
	"context"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// small brings up clos-small, of GoBGP routers, and settles it.
func small(t *testing.T) (*Runtime, context.Context) {
	t.Helper()
	base, err := candidate.Load("../../../topologies/clos-small")
	require.NoError(t, err)
	for _, n := range base.Fabric.Nodes {
		n.Engine = speaker.GoBGP
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := New(ctx, base.Fabric, Options{Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences())
	return r, ctx
}

func TestSettleTellsWhatIsNotAsPredicted(t *testing.T) {
	r, ctx := small(t)
	for _, n := range r.nodes {
		if n.Role == fabric.Router {
			require.Same(t, n.want.report, n.seen.report, "%s only said that it is as predicted", n.Name)
		}
	}
	leaf := r.byName["leaf1"]
	require.NoError(t, leaf.speaker.SetOwn(nil)) // behind the runtime's back
	require.NoError(t, r.Settle(ctx))
	found := map[string]bool{}
	for _, d := range r.Differences() {
		if d.Prefix.String() == "10.20.0.0/24" {
			found[d.Node+" "+d.What] = true
			require.NotEqual(t, d.Predicted, d.Present)
		}
	}
	require.Contains(t, strings.Join(r.Notes(), "\n"), "leaf1 was told to send all its routes to spine1 once more, as it rested without having sent what it should: leaf1→spine1 10.20.0.0/24: sent: ")
	require.Subset(t, found, map[string]bool{"leaf1 sent": true, "spine1 received": true, "edge1 forwarding table": true})

	require.NoError(t, leaf.speaker.SetOwn(r.own(leaf)))
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences())
}

func TestSettleTellsOfARouterThatIsGone(t *testing.T) {
	r, ctx := small(t)
	r.byName["spine1"].speaker.Kill()
	require.ErrorContains(t, r.Settle(ctx), "router spine1: report: its process has ended")
}

// A kernel that lacks what its router uses gets it once more: as zebra can lose routes, one is kept from it here by a table-map of somebody's.
func TestRoutesThatZebraHasLostAreWrittenOnceMore(t *testing.T) {
	base, err := candidate.Load("../../../topologies/clos-small")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := New(ctx, base.Fabric, Options{Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Notes())

	typed := exec.Command("vtysh", "-c", "configure", "-c", "route-map NONE deny 10", "-c", "exit", "-c", "router bgp", "-c", "address-family ipv4 unicast", "-c", "table-map NONE")
	leaf := r.byName["leaf1"]
	events, err := leaf.ns.Watch(ctx)
	require.NoError(t, err)
	lab, err := Find(r.Name)
	require.NoError(t, err)
	require.NoError(t, lab.Start("leaf1", typed))
	require.NoError(t, typed.Wait())
	there := func() bool {
		fib, err := leaf.ns.FIB()
		require.NoError(t, err)
		return slices.ContainsFunc(fib, func(x kernel.Route) bool { return x.Dst == netip.MustParsePrefix("0.0.0.0/0") })
	}
	for there() {
		<-events
	}
	require.NoError(t, r.Settle(ctx))
	require.Contains(t, strings.Join(r.Notes(), "\n"), "leaf1 was told to write its routes into the kernel once more, as it rested without one: leaf1 ")
	require.Empty(t, r.Differences())
}

// A session that keeps what should not be sent begins anew before anything is changed, and never after.
func TestOnlyAFreshLabBeginsSessionsAnew(t *testing.T) {
	r, ctx := small(t)
	leaf, extra := r.byName["leaf1"], netip.MustParsePrefix("10.99.0.0/24")
	surplus := append(r.own(leaf), speaker.Own{Route: policy.Route{Prefix: extra, Protocol: policy.BGP}, Discard: true, Announce: true})
	require.NoError(t, leaf.speaker.SetOwn(surplus)) // behind the runtime's back
	require.NoError(t, r.Settle(ctx))
	require.NotContains(t, strings.Join(r.Notes(), "\n"), "begun anew")
	require.True(t, slices.ContainsFunc(r.Differences(), func(d Difference) bool { return d.Session == "leaf1→spine1" && d.Prefix == extra }))

	r.tried = false
	require.NoError(t, r.Settle(ctx))
	require.Contains(t, strings.Join(r.Notes(), "\n"), "the session of leaf1 and spine1 was begun anew before anything was changed, as it kept what should not be sent: leaf1→spine1 10.99.0.0/24: sent: predicted nothing")

	require.NoError(t, leaf.speaker.SetOwn(r.own(leaf)))
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences(), "its sessions are up again, and nothing is missing")
}
