//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

var _ lab.Runtime = (*netns.Runtime)(nil)

func TestMain(m *testing.M) {
	speaker.Hijack()
	if topology := os.Getenv(bpfless); topology != "" {
		if err := startWithoutBPF(topology); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// up starts the fabric of that topology and waits until it is as predicted.
func up(t *testing.T, topology string) (*candidate.Base, *netns.Runtime, context.Context) {
	t.Helper()
	return upOn(t, topology, func(n *fabric.Node) string { return n.Engine })
}

// upOn is up with engines of the test's choice.
func upOn(t *testing.T, topology string, engine func(*fabric.Node) string) (*candidate.Base, *netns.Runtime, context.Context) {
	t.Helper()
	base, err := candidate.Load("../../../topologies/" + topology)
	require.NoError(t, err)
	for _, n := range base.Fabric.Nodes {
		if n.Role == fabric.Router {
			n.Engine = engine(n)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	start := time.Now()
	r, err := netns.New(t.Context(), base.Fabric, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() {
		stop := time.Now()
		require.NoError(t, r.Stop())
		t.Logf("down in %s", time.Since(stop))
	})
	made := time.Since(start)
	settle(t, ctx, r)
	t.Logf("%s: up in %s, settled in %s", r.Version(), made, time.Since(start))
	return base, r, ctx
}

// settle waits until the routers are as predicted.
func settle(t *testing.T, ctx context.Context, r *netns.Runtime) {
	t.Helper()
	start := time.Now()
	require.NoError(t, r.Settle(ctx))
	for i, d := range r.Differences() {
		if i < 10 {
			t.Log(d)
		}
	}
	require.Empty(t, r.Differences())
	t.Logf("settled in %s", time.Since(start))
}

// see observes what the checks need and returns their findings other than OK.
func see(t *testing.T, r *netns.Runtime, checks ...check.Check) (*observe.Snapshot, []check.Finding) {
	t.Helper()
	start := time.Now()
	s, err := r.Observe(check.RequestOf(r.Fabric, checks...))
	require.NoError(t, err)
	t.Logf("observed %d trips in %s", len(s.Trips), time.Since(start))
	var out []check.Finding
	for _, c := range checks {
		for _, f := range c.Judge(r.Fabric, s) {
			if f.Status != check.OK {
				out = append(out, f)
			}
		}
	}
	return s, out
}

// The founding incident is the same on GoBGP, on FRR's daemons, and on a fabric of both.
func TestFoundingCandidateOnLiveRouters(t *testing.T) {
	for version, engine := range map[string]func(*fabric.Node) string{
		`^netns gobgp [0-9.]+$`: func(*fabric.Node) string { return "gobgp" },
		`^netns frr [0-9.]+$`:   func(*fabric.Node) string { return "frr" },
		`^netns frr [0-9.]+ \+ gobgp [0-9.]+$`: func(n *fabric.Node) string {
			return map[bool]string{true: "frr", false: "gobgp"}[n.Tier == "spine" || n.Name == "edge1"]
		},
	} {
		t.Run(version, func(t *testing.T) {
			base, r, ctx := upOn(t, "mcp", engine)
			require.Regexp(t, version, r.Version())
			foundingIncident(t, base, r, ctx)
		})
	}
}

// foundingIncident applies the candidate and rolls it back.
func foundingIncident(t *testing.T, base *candidate.Base, r *netns.Runtime, ctx context.Context) {
	t.Helper()
	checks := check.Of(base.Fabric)
	before, findings := see(t, r, checks...)
	require.Empty(t, findings, "the baseline holds")

	cand, err := base.With("../../../scenarios/reordered-site-locals/candidate")
	require.NoError(t, err)
	live := lab.New(base.Fabric, r)
	for _, node := range cand.Order {
		start := time.Now()
		require.NoError(t, live.Apply(ctx, cand.After, node))
		require.Empty(t, r.Differences())
		t.Logf("%s: applied and settled in %s", node, time.Since(start))
	}
	_, findings = see(t, r, checks...)
	broken := map[string]bool{}
	for _, f := range findings {
		t.Log(f.Check, f.Status, f.Got)
		require.Equal(t, check.Broken, f.Status)
		broken[f.Check] = true
	}
	require.True(t, broken["servers-meet"], "site-locals are gone")
	require.True(t, broken["in-band-access"])

	start := time.Now()
	require.NoError(t, live.Rollback(ctx))
	require.Empty(t, r.Differences())
	t.Logf("rolled back in %s", time.Since(start))
	_, findings = see(t, r, append(checks, check.Same(before))...)
	require.Empty(t, findings, "rolled back and healed")
}

func TestFaultsHeal(t *testing.T) {
	for _, engine := range []string{"gobgp", "frr"} {
		t.Run(engine, func(t *testing.T) {
			base, r, ctx := upOn(t, "clos-small", func(*fabric.Node) string { return engine })
			faultsHeal(t, base, r, ctx)
		})
	}
}

// faultsHeal breaks and mends a link, a session and a node.
func faultsHeal(t *testing.T, base *candidate.Base, r *netns.Runtime, ctx context.Context) {
	t.Helper()
	checks := check.Of(base.Fabric)
	before, findings := see(t, r, checks...)
	require.Empty(t, findings)
	for _, fault := range []fabric.Fault{
		{Kind: fabric.LinkDown, A: "leaf1", B: "spine1"},
		{Kind: fabric.SessionDown, A: "leaf2", B: "spine2"},
		{Kind: fabric.NodeDown, A: "spine1"},
	} {
		require.NoError(t, r.Break(fault))
		settle(t, ctx, r)
		require.NoError(t, r.Mend(fault))
		settle(t, ctx, r)
		_, findings = see(t, r, append(checks, check.Same(before))...)
		require.Empty(t, findings, "%s is mended", fault)
	}
}
