//go:build linux

package netns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// A fault that is mended leaves no trace in what is observed before and after; the stream saw it.
func TestTransientLossIsSeen(t *testing.T) {
	base, r, ctx := up(t, "clos-small")
	classes := append(check.Classes(base.Fabric), observe.Class{Name: "elsewhere", Trips: []observe.Trip{{From: "leaf2", To: "leaf3"}}})

	stop, err := r.Stream(classes)
	require.NoError(t, err)
	before, findings := see(t, r, check.Of(base.Fabric)...)
	require.Empty(t, findings)
	losses, err := stop()
	require.NoError(t, err)
	for _, l := range losses {
		require.Positive(t, l.Probes)
		require.Equal(t, observe.Loss{Class: l.Class, Probes: l.Probes}, l, "nothing happened")
	}

	stop, err = r.Stream(classes)
	require.NoError(t, err)
	fault := fabric.Fault{Kind: fabric.NodeDown, A: "leaf1"}
	require.NoError(t, r.Break(fault))
	settle(t, ctx, r)
	require.NoError(t, r.Mend(fault))
	settle(t, ctx, r)
	_, findings = see(t, r, append(check.Of(base.Fabric), check.Same(before))...)
	require.Empty(t, findings)
	losses, err = stop()
	require.NoError(t, err)
	for _, l := range losses {
		t.Logf("%+v", l)
	}
	require.Equal(t, "everyone-home", losses[0].Class)
	for _, l := range losses[:2] {
		require.Positive(t, l.Lost)
		require.Less(t, l.Lost, l.Probes)
		require.Positive(t, l.Gap)
		require.Zero(t, l.Open, "it is back")
	}
	require.Equal(t, observe.Loss{Class: "elsewhere", Probes: losses[2].Probes}, losses[2])
}
