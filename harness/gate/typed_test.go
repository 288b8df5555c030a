package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/sim"
)

const closSmall = "../../topologies/clos-small"

// removedAndAdded ends where it began but for a range that nobody has.
const removedAndAdded = `no ip prefix-list RACKS-V4
ip prefix-list RACKS-V4 seq 5 permit 10.20.0.0/16 le 32
ip prefix-list RACKS-V4 seq 10 permit 10.21.0.0/16
`

// underAnotherName ends where removedAndAdded does. Only its fourth line does anything.
const underAnotherName = `ip prefix-list RACKS-V4-2 seq 5 permit 10.20.0.0/16 le 32
ip prefix-list RACKS-V4-2 seq 10 permit 10.21.0.0/16
route-map RACKS-ONLY permit 10
 match ip address prefix-list RACKS-V4-2
exit
no ip prefix-list RACKS-V4
`

func typed(lines string) map[string]string { return map[string]string{"spine.frr.conf.vtysh": lines} }

func names(v *gate.Verdict) []string {
	var out []string
	for _, s := range v.Steps {
		out = append(out, s.Name)
	}
	return out
}

// A list that is gone between two lines is gone on the router, too: the end holds, the way there does not.
func TestWhatIsBrokenBetweenTypedLinesIsRejected(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), closSmall, typed(removedAndAdded))
	require.Equal(t, gate.Reject, v.Outcome, v.Unknowns)
	require.Empty(t, v.Unknowns)
	require.True(t, v.Restored)
	broken := map[string][]string{}
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Broken {
				broken[s.Name] = append(broken[s.Name], f.Check)
				require.Equal(t, 1, f.Because[0].Pos.Line)
				require.True(t, strings.HasSuffix(f.Because[0].Pos.File, "spine.frr.conf.vtysh"))
			}
		}
	}
	require.Equal(t, map[string][]string{
		"spine1 (1 of 2), after line 1: no ip prefix-list RACKS-V4": {"even-spines", "even-spines"}, // for each edge
		"spine2 (2 of 2), after line 1: no ip prefix-list RACKS-V4": {"even-spines", "even-spines"},
	}, broken)
	require.Len(t, v.Causes, 1)
	require.Equal(t, gate.Withdrawn, v.Causes[0].Effect)
	require.Equal(t, []string{"spine1→edge1", "spine1→edge2", "spine2→edge1", "spine2→edge2"}, v.Causes[0].Sessions)
	require.Equal(t, 16, v.Causes[0].Routes)
	require.Contains(t, v.Causes[0].What, ", after line 1: no ip prefix-list RACKS-V4")
	require.Contains(t, v.Causes[0].Advice, "the end holds, the way there does not: define what is new under another name")
}

// Lines that change what no session runs, or nothing at all, are no states of their own.
func TestLinesThatChangeNothingAreNoStates(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), closSmall, typed(underAnotherName))
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Equal(t, []string{
		"spine1 (1 of 2), after line 4: match ip address prefix-list RACKS-V4-2", "spine1 (1 of 2)",
		"spine2 (2 of 2), after line 4: match ip address prefix-list RACKS-V4-2", "spine2 (2 of 2), all applied",
	}, names(v)[:4])
}

// What the candidate waives may be broken between its lines, and what it does not say may not.
func TestWaiversHoldBetweenLines(t *testing.T) {
	t.Parallel()
	x := typed(removedAndAdded)
	x["candidate.yaml"] = "waives: [even-spines]\n"
	v := judge(t, t.Context(), closSmall, x)
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
}

// Live routers are given the whole at once: they are compared with the states at the ends of steps.
func TestTypedLinesAreObservedAtTheEndOfTheStep(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(closSmall)
	require.NoError(t, err)
	for lines, want := range map[string]gate.Outcome{underAnotherName: gate.Pass, removedAndAdded: gate.Reject} {
		c, err := base.With(write(t, typed(lines)))
		require.NoError(t, err)
		v := gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) { return live(sim.New(f, 1)), nil }})
		require.Equal(t, want, v.Outcome, v.Unknowns)
		require.Empty(t, v.Unknowns)
		require.True(t, v.Restored)
		require.Equal(t, 1, strings.Count(strings.Join(names(v), "\n"), "all applied"))
	}
}

// Where nothing is predicted, nobody looks between the lines: that is no Pass.
func TestTypedLinesBesideOpaqueRoutersAreUnknown(t *testing.T) {
	t.Parallel()
	real, err := candidate.Load(closSmall)
	require.NoError(t, err)
	dir := edited(t, closSmall, "fabric.yaml", "asn_from: 65201, engine: gobgp", `asn_from: 65201, engine: native, kind: arista_ceos, image: "ceos:4.33", config: "{node}.eos.conf"`)
	for _, edge := range []string{"edge1", "edge2"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", edge+".eos.conf"), []byte("hostname "+edge+"\n"), 0o644))
	}
	base, err := candidate.Load(dir)
	require.NoError(t, err)
	c, err := base.With(write(t, typed(removedAndAdded)))
	require.NoError(t, err)
	v := gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: func(*fabric.Fabric) (*gate.Live, error) { return live(sim.New(real.Fabric, 1)), nil }})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "nothing can be predicted of the states between typed lines")
}
