package gate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// observed judges a harmless candidate with what start brings up as the live fabric.
func observed(t *testing.T, start func(*fabric.Fabric) (*gate.Live, error)) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	c, err := base.With(write(t, map[string]string{"spine.junos.conf.set": harmless}))
	require.NoError(t, err)
	return gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: start})
}

// live is a live fabric that is none: another simulation.
func live(r *sim.Sim, differences ...string) *gate.Live {
	return &gate.Live{Runtime: r, Name: "sim none 0", Stop: func() error { return nil },
		Differences: func() []string { return differences }}
}

func TestObservationThatAgreesPasses(t *testing.T) {
	t.Parallel()
	v := observed(t, func(f *fabric.Fabric) (*gate.Live, error) { return live(sim.New(f, 2)), nil })
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Equal(t, "predicted: sim, observed: sim none 0", v.Evidence.String())
}

func TestObservationThatFindsMoreRejects(t *testing.T) {
	t.Parallel()
	v := observed(t, func(f *fabric.Fabric) (*gate.Live, error) {
		s := sim.New(f, 2)
		return live(s), s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "leafC"})
	})
	require.Equal(t, gate.Reject, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "prediction and observation disagree: baseline: sessions-up: predicted ok, observed broken")
}

func TestRoutersElsewhereThanPredictedAreUnknown(t *testing.T) {
	t.Parallel()
	v := observed(t, func(f *fabric.Fabric) (*gate.Live, error) { return live(sim.New(f, 2), "leafA has another route"), nil })
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "leafA has another route")
}

func TestFabricThatDoesNotStartIsUnknown(t *testing.T) {
	t.Parallel()
	v := observed(t, func(*fabric.Fabric) (*gate.Live, error) { return nil, errors.New("no root here") })
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "no root here")
}
