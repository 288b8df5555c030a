package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// streaming judges a harmless candidate on a live fabric whose probes fare as fate says of each class; broken is done to it before.
func streaming(t *testing.T, fate func(observe.Class) observe.Loss, failed error, broken ...fabric.Fault) (v *gate.Verdict, open int) {
	v = observed(t, func(f *fabric.Fabric) (*gate.Live, error) {
		s := sim.New(f, 2)
		for _, b := range broken {
			require.NoError(t, s.Break(b))
		}
		l := live(s)
		l.Stream = func(classes []observe.Class) (func() ([]observe.Loss, error), error) {
			open++
			return func() ([]observe.Loss, error) {
				open--
				var out []observe.Loss
				for _, c := range classes {
					out = append(out, fate(c))
				}
				return out, failed
			}, nil
		}
		return l, nil
	})
	return v, open
}

func TestLossOnTheWayLeavesAPassAndIsNoted(t *testing.T) {
	t.Parallel()
	v, open := streaming(t, func(c observe.Class) observe.Loss {
		l := observe.Loss{Class: c.Name, Probes: 10 * len(c.Trips)}
		if c.Name == "servers-meet" {
			l.Lost, l.Gap = 3, 40*time.Millisecond
		}
		return l
	}, nil)
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Zero(t, open)
	require.Len(t, v.Transients, 3)
	require.Equal(t, v.Steps[0].Name, v.Transients[0].Step)
	require.Equal(t, gate.Transient{Step: "rolling back", Back: true, Losses: v.Transients[0].Losses}, v.Transients[2])
	var names []string
	for _, l := range v.Transients[0].Losses {
		names = append(names, l.Class)
	}
	require.Equal(t, []string{"servers-meet", "sites-meet", "servers-to-origin", "clients-to-services", "in-band-access"}, names)
	require.Equal(t, observe.Loss{Class: "servers-meet", Probes: 840, Lost: 3, Gap: 40 * time.Millisecond}, v.Transients[0].Losses[0])
	sent, lost := v.Probes(false)
	require.Equal(t, []int{2 * 10 * 155, 6}, []int{sent, lost})
	sent, lost = v.Probes(true)
	require.Equal(t, []int{10 * 155, 3}, []int{sent, lost})
}

func TestABrokenLiveBaselineIsNotProbed(t *testing.T) {
	t.Parallel()
	v, open := streaming(t, func(c observe.Class) observe.Loss { return observe.Loss{Class: c.Name, Probes: 1} }, nil,
		fabric.Fault{Kind: fabric.NodeDown, A: "leafT"})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "the live baseline fails its own checks")
	require.Empty(t, v.Transients)
	require.Zero(t, open)
}

func TestProbesThatCannotTellAreUnknown(t *testing.T) {
	t.Parallel()
	v, open := streaming(t, func(observe.Class) observe.Loss { return observe.Loss{} }, errors.New("the machine stood still"))
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "the machine stood still")
	require.Empty(t, v.Transients)
	require.Zero(t, open)
}

func TestFabricThatCannotBeProbedIsUnknown(t *testing.T) {
	t.Parallel()
	v := observed(t, func(f *fabric.Fabric) (*gate.Live, error) {
		l := live(sim.New(f, 2))
		l.Stream = func([]observe.Class) (func() ([]observe.Loss, error), error) { return nil, errors.New("no socket") }
		return l, nil
	})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "no socket")
}
