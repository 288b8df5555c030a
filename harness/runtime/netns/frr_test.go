//go:build linux

package netns_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// The founding incident on FRR's own daemons, and on a fabric of both engines.
func TestFoundingCandidateOnFRR(t *testing.T) {
	for name, engine := range map[string]func(*fabric.Node) string{
		"frr": func(*fabric.Node) string { return "frr" },
		"mixed": func(n *fabric.Node) string {
			return map[bool]string{true: "frr", false: "gobgp"}[n.Tier == "spine" || n.Name == "edge1"]
		},
	} {
		t.Run(name, func(t *testing.T) {
			base, err := candidate.Load("../../../topologies/mcp")
			require.NoError(t, err)
			for _, n := range base.Fabric.Nodes {
				if n.Role == fabric.Router {
					n.Engine = engine(n)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			start := time.Now()
			r, err := netns.New(ctx, base.Fabric, netns.Options{Log: t.Output()})
			require.NoError(t, err)
			defer func() { require.NoError(t, r.Stop()) }()
			t.Log("up", time.Since(start))
			settle(t, ctx, r)
			t.Log("settled", r.Version(), time.Since(start))
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
			require.NotEmpty(t, findings)
			require.NoError(t, live.Rollback(ctx))
			require.Empty(t, r.Differences())
			_, findings = see(t, r, append(checks, check.Same(before))...)
			require.Empty(t, findings, "rolled back and healed")
		})
	}
}

func TestFaultsHealOnFRR(t *testing.T) {
	base, err := candidate.Load("../../../topologies/clos-small")
	require.NoError(t, err)
	for _, n := range base.Fabric.Nodes {
		if n.Role == fabric.Router {
			n.Engine = "frr"
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := netns.New(ctx, base.Fabric, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Stop()) }()
	settle(t, ctx, r)
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
