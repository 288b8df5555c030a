package record_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/record"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// at returns what is to be recorded of a fabric after a fault, if one is given.
func at(t *testing.T, f *fabric.Fabric, faults ...fabric.Fault) *observe.Snapshot {
	t.Helper()
	s := sim.New(f, 1)
	for _, x := range faults {
		require.NoError(t, s.Break(x))
	}
	require.NoError(t, s.Settle(context.Background()))
	snap, err := s.Observe(record.Request(f))
	require.NoError(t, err)
	return snap
}

// lab returns the fabric of the foreign lab with a statement.
func lab(t *testing.T, statement string) *fabric.Fabric {
	t.Helper()
	base, err := candidate.Load("../../scenarios/foreign-lab/lab")
	require.NoError(t, err)
	f, err := fabric.Draw(fabric.Plan{Name: base.Fabric.Name, File: base.Fabric.File, Nodes: base.Fabric.Nodes, Links: base.Fabric.Links,
		Sessions: base.Fabric.Sessions}, "closlab.yaml", []byte(statement))
	require.NoError(t, err)
	return f
}

// What is written is a statement of the same lab, and all of it holds there.
func TestWhatIsRecordedHolds(t *testing.T) {
	f := lab(t, "tiers: {outside: {nodes: isp, external: true}}")
	text, nothing := record.Statement(f, at(t, f), "its simulation")
	require.False(t, nothing)
	for _, want := range []string{
		"  outside: {nodes: isp, external: true}\n",
		"{name: sessions-up, sessions: all}",
		"reach: {from: hosts, to: hosts}",
		"only: {prefixes: \"10.1.0.0/16\", toward: isp}",
		"spread: {from: web1, to: web2, over: spines, within: 10}",
	} {
		require.Contains(t, string(text), want)
	}
	again := lab(t, string(text))
	require.NotEmpty(t, again.Invariants)
	s := sim.New(again, 1)
	require.NoError(t, s.Settle(context.Background()))
	checks := check.Of(again)
	snap, err := s.Observe(check.RequestOf(again, checks...))
	require.NoError(t, err)
	for _, c := range checks {
		for _, finding := range c.Judge(again, snap) {
			require.Equal(t, check.OK, finding.Status, "%v", finding)
		}
	}
}

// What does not hold is not written.
func TestWhatDoesNotHoldIsNotRecorded(t *testing.T) {
	f := lab(t, "")
	text, _ := record.Statement(f, at(t, f, fabric.Fault{Kind: fabric.NodeDown, A: "leaf2"}), "a broken lab")
	require.NotContains(t, string(text), "sessions: all")
	require.Contains(t, string(text), "sessions: leaf1}", "the spines miss a session, and the isp is not ours")
	require.NotContains(t, string(text), "to: hosts}")
	require.NotContains(t, string(text), "10.1.2.0/24")
	require.NotContains(t, string(text), "spread")

	var faults []fabric.Fault
	for _, n := range f.Nodes {
		faults = append(faults, fabric.Fault{Kind: fabric.NodeDown, A: n.Name})
	}
	text, nothing := record.Statement(f, at(t, f, faults...), "nowhere")
	require.True(t, nothing)
	require.Equal(t, 1, strings.Count(string(text), "invariants:"))
}
