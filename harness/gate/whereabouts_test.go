package gate_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// wayward is a runtime on which something else than what was asked for happens when spine1 is changed.
type wayward struct {
	*sim.Sim
	instead func(*sim.Sim) error
}

func (w wayward) Apply(f *fabric.Fabric, node string) error {
	if node != "spine1" {
		return w.Sim.Apply(f, node)
	}
	return w.instead(w.Sim)
}

const founding = "../../scenarios/reordered-site-locals/candidate"

// toldOf returns what the step of spine1 tells of the first finding of a check that was not predicted.
func toldOf(t *testing.T, v *gate.Verdict, name string) (check.Finding, []string) {
	t.Helper()
	step := v.Steps[slices.IndexFunc(v.Steps, func(s gate.Step) bool { return s.Node == "spine1" })]
	i := slices.IndexFunc(step.Findings, func(f check.Finding) bool { return f.Check == name && gate.Unpredicted(f) })
	require.GreaterOrEqual(t, i, 0, "%+v", step.Findings)
	var out []string
	for _, r := range step.Findings[i].Because {
		out = append(out, r.Text)
	}
	return step.Findings[i], out
}

// onlySpine1 judges a change of spine1 with something else happening on the live fabric when it is made there.
func onlySpine1(t *testing.T, files map[string]string, instead func(*candidate.Base, *sim.Sim) error) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	files["candidate.yaml"] = "nodes: [spine1]\n"
	c, err := base.With(write(t, files))
	require.NoError(t, err)
	return gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) {
		s := sim.New(f, 2)
		l := live(s)
		l.Runtime = wayward{s, func(s *sim.Sim) error { return instead(base, s) }}
		return l, nil
	}})
}

// Both spines lose the site-locals live, by no policy of the candidate.
func TestObservedLossIsTracedToItsSessions(t *testing.T) {
	t.Parallel()
	v := onlySpine1(t, map[string]string{"spine.junos.conf.set": harmless}, func(base *candidate.Base, s *sim.Sim) error {
		c, err := base.With(founding)
		require.NoError(t, err)
		require.NoError(t, s.Apply(c.After, "spine1"))
		return s.Apply(c.After, "spine2")
	})
	f, told := toldOf(t, v, "servers-meet")
	require.Equal(t, check.Broken, f.Status)
	require.Equal(t, "leafA", f.Node)
	require.Equal(t, []string{
		"leafA has the discard route 198.18.0.0/15 to 198.18.20.11 now; at the baseline it had 198.18.20.0/24 via spine1, spine2",
		"spine1→leafA: spine1 has 198.18.20.0/24, but does not send it any more",
		"spine2→leafA: spine2 has 198.18.20.0/24, but does not send it any more",
	}, told)
}

// Predicted, spine2 still carries what spine1 withdraws; live, spine2 goes down.
func TestObservedLossIsTracedToItsTerm(t *testing.T) {
	t.Parallel()
	diff, err := os.ReadFile(filepath.Join(founding, "spine.junos.conf.diff"))
	require.NoError(t, err)
	v := onlySpine1(t, map[string]string{"spine.junos.conf.diff": string(diff)}, func(base *candidate.Base, s *sim.Sim) error {
		c, err := base.With(founding)
		require.NoError(t, err)
		require.NoError(t, s.Apply(c.After, "spine1"))
		return s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "spine2"})
	})
	f, told := toldOf(t, v, "servers-meet")
	require.Equal(t, []string{
		"leafA has the discard route 198.18.0.0/15 to 198.18.20.11 now; at the baseline it had 198.18.20.0/24 via spine1, spine2",
		"spine1→leafA: spine1 has 198.18.20.0/24, but does not send it any more",
		"before: accept", "now: reject", "now: stands here, out of reach",
		"spine2→leafA: down: spine2 is down",
	}, told)
	require.Equal(t, "REJECT-THE-REST", f.Because[3].Term)
	require.Contains(t, f.Because[3].Pos.File, "spine.junos.conf.diff")
}

func TestObservedLossIsTracedToASessionThatIsDown(t *testing.T) {
	t.Parallel()
	v := onlySpine1(t, map[string]string{"spine.junos.conf.set": harmless}, func(_ *candidate.Base, s *sim.Sim) error {
		require.NoError(t, s.Break(fabric.Fault{Kind: fabric.LinkDown, A: "leafC", B: "spine1"}))
		return s.Break(fabric.Fault{Kind: fabric.SessionDown, A: "leafC", B: "spine2"})
	})
	f, told := toldOf(t, v, "site-locals-inside")
	require.Equal(t, "edge1", f.Node)
	require.Equal(t, []string{
		"edge1 has the discard route 198.18.0.0/15 to 198.18.30.0/24 now; at the baseline it had 198.18.30.0/24 via spine1, spine2",
		"leafC→spine1: down: the link is down",
		"leafC→spine2: down: the session is shut down",
	}, told)
}

func TestObservedLossIsTracedToWhoNoLongerAccepts(t *testing.T) {
	t.Parallel()
	v := onlySpine1(t, map[string]string{"spine.junos.conf.set": harmless}, func(base *candidate.Base, s *sim.Sim) error {
		c, err := base.With(write(t, map[string]string{"spine.junos.conf.set": "delete policy-options policy-statement SPINE-IN term COLO-C\n"}))
		require.NoError(t, err)
		require.NoError(t, s.Apply(c.After, "spine1"))
		return s.Apply(c.After, "spine2")
	})
	_, told := toldOf(t, v, "site-locals-inside")
	require.Equal(t, []string{
		"edge1 has the discard route 198.18.0.0/15 to 198.18.30.0/24 now; at the baseline it had 198.18.30.0/24 via spine1, spine2",
		"leafC→spine1: leafC sends 198.18.30.0/24, but spine1 does not accept it any more",
		"leafC→spine2: leafC sends 198.18.30.0/24, but spine2 does not accept it any more",
	}, told)
}

func TestObservedLossOfARoutersOwnRoute(t *testing.T) {
	t.Parallel()
	v := onlySpine1(t, map[string]string{"spine.junos.conf.set": harmless}, func(_ *candidate.Base, s *sim.Sim) error {
		return s.Break(fabric.Fault{Kind: fabric.LinkDown, A: "transit1", B: "origin"})
	})
	_, told := toldOf(t, v, "servers-to-origin")
	require.Equal(t, []string{
		"transit1 has no route to 203.0.113.129 now; at the baseline it had 203.0.113.129/32 via origin",
		"203.0.113.129/32 was transit1's own route",
	}, told)
}
