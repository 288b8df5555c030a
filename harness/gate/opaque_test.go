package gate_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// opaque returns mcp with spines that run what closlab does not read.
func opaque(t *testing.T) string {
	t.Helper()
	dir := edited(t, mcp, "fabric.yaml", "spine:    {count: 2, asn: 65100}",
		`spine: {count: 2, asn: 65100, engine: native, kind: arista_ceos, image: "ceos:4.33", config: "{node}.eos.conf"}`)
	file := filepath.Join(dir, "fabric.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = regexp.MustCompile(`(?m)^  - \{at: spine, .*\n`).ReplaceAll(text, nil)
	require.NoError(t, os.WriteFile(file, text, 0o644))
	for _, spine := range []string{"spine1", "spine2"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", spine+".eos.conf"), []byte("hostname "+spine+"\n"), 0o644))
	}
	return dir
}

// blackBox is a live fabric whose spines mean by the candidate's text what the change of mcp's own spines says.
type blackBox struct {
	spoiled
	base  *candidate.Base
	after *fabric.Fabric
}

func (b *blackBox) Apply(f *fabric.Fabric, node string) error {
	if strings.Contains(f.Texts[node], "refused") {
		return errors.New("% Invalid input (at token 0: 'refused')")
	}
	if strings.Contains(f.Texts[node], "changed") {
		return b.Sim.Apply(b.after, node)
	}
	return b.Sim.Apply(b.base.Fabric, node)
}

// unread judges a candidate that closlab cannot read; change is what it means, and edit may spoil the fabric.
func unread(t *testing.T, change, text string, edit func(*spoiled) error) *gate.Verdict {
	t.Helper()
	real, err := candidate.Load(mcp)
	require.NoError(t, err)
	c, err := real.With(write(t, map[string]string{"spine.junos.conf.set": change}))
	require.NoError(t, err)
	base, err := candidate.Load(opaque(t))
	require.NoError(t, err)
	cand, err := base.With(write(t, map[string]string{"spine1.eos.conf": "hostname spine1\n" + text, "spine2.eos.conf": "hostname spine2\n" + text}))
	require.NoError(t, err)
	require.Equal(t, []string{"spine1", "spine2"}, cand.Order)
	return gate.Run(t.Context(), base, cand, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) {
		require.Equal(t, base.Fabric.Name, f.Name, "no stage")
		b := &blackBox{spoiled: spoiled{Sim: sim.New(real.Fabric, 2)}, base: real, after: c.After}
		if edit != nil {
			if err := edit(&b.spoiled); err != nil {
				return nil, err
			}
		}
		l := b.live()
		l.Runtime = b
		return l, nil
	}})
}

// What routers send whose text closlab does not read is known once it is seen: a harmless change passes by what was observed at every
// step, and one that withdraws routes is rejected with what withdrew them.
func TestOpaqueRoutersAreJudgedByObservation(t *testing.T) {
	t.Parallel()
	v := unread(t, harmless, "changed\n", nil)
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Equal(t, "not predicted: spine1 (arista_ceos), spine2 (arista_ceos), observed: sim none 0", v.Evidence.String())
	require.True(t, v.Restored)
	require.Len(t, v.Steps, 3)
	require.NotEmpty(t, v.Moved)

	v = unread(t, "insert policy-options policy-statement AGGREGATES-OUT term REJECT-THE-REST before term 4-ADV-SITE-LOCALS\n", "changed\n", nil)
	require.Equal(t, gate.Reject, v.Outcome, v.Unknowns)
	require.True(t, v.Restored)
	var said []string
	for _, f := range v.Steps[1].Findings {
		require.False(t, gate.Unpredicted(f), "nothing is")
		for _, r := range f.Because {
			said = append(said, r.Text)
		}
	}
	require.Contains(t, strings.Join(said, "\n"), "spine2→leafA: spine2 has 198.18.20.0/24, but does not send it any more")
}

// Without a prediction there is less to hold an observation against, and no Pass for what it does not show.
func TestOpaqueRoutersThatCannotBeJudgedAreUnknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		edit func(*spoiled) error
		want string
	}{
		"nothing that anybody sees": {"unknown\n", nil, "spine1: nothing that was seen of it is otherwise with its new configuration"},
		"a line that is refused":    {"refused\n", nil, "observation: with the candidate on spine1: spine1: apply: % Invalid input (at token 0: 'refused')"},
		"routers that do not rest": {"changed\n", func(s *spoiled) error {
			s.differences = []string{"leafA→spine1: sent: predicted nothing"}
			return nil
		}, "disagree: baseline: leafA→spine1: sent: predicted nothing"},
		"a broken baseline": {"changed\n", func(s *spoiled) error { return s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "leafC"}) },
			"baseline already broken: sessions-up"},
		"nothing to be seen": {"changed\n", showing(func(s *observe.Snapshot) { *s = observe.Snapshot{At: s.At} }), "baseline already unknown: sessions-up"},
		"the baseline again": {"changed\n", asAtFirst(false), "again"},
		"no way back": {"changed\n", func(s *spoiled) error {
			looks := 0
			s.observe = func(now *observe.Snapshot) (*observe.Snapshot, error) {
				if looks++; looks > 3 {
					now.Sessions[0].Sent = now.Sessions[0].Sent[1:]
				}
				return now, nil
			}
			return nil
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := unread(t, harmless, test.text, test.edit)
			require.NotEqual(t, gate.Pass, v.Outcome)
			require.False(t, v.Restored && test.want == "")
			require.Contains(t, strings.Join(v.Unknowns, "\n"), test.want)
		})
	}
}

func TestOpaqueRoutersAreNotPredicted(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(opaque(t))
	require.NoError(t, err)
	cand, err := base.With(write(t, map[string]string{"spine2.eos.conf": "hostname other\n"}))
	require.NoError(t, err)
	v := gate.Run(t.Context(), base, cand, gate.Options{Seed: 1})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Equal(t, []string{"spine1 (arista_ceos), spine2 (arista_ceos): closlab does not read what they run, so that nothing can be predicted: " +
		"observe the fabric with --runtime clab"}, v.Unknowns)

	_, err = gate.Baseline(t.Context(), base, gate.Options{Seed: 1})
	require.ErrorContains(t, err, "spine1 (arista_ceos): closlab does not read what it runs")
}

// A change of a policy that closlab reads, beside routers whose text it does not, is Unknown if no route of the fabric comes to it: what
// would become of a route that closlab added cannot be predicted.
func TestWaitingLeakBesideOpaqueRoutersIsUnknown(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(opaque(t))
	require.NoError(t, err)
	change := strings.NewReplacer("AGGREGATES-OUT", "EDGE-IN", "before term REJECT-THE-REST", "before term SITELOCAL").Replace(waiting)
	cand, err := base.With(write(t, map[string]string{"edge.junos.conf.set": change}))
	require.NoError(t, err)
	real, err := candidate.Load(mcp)
	require.NoError(t, err)
	v := gate.Run(t.Context(), base, cand, gate.Options{Seed: 1, Start: func(*fabric.Fabric) (*gate.Live, error) {
		s := &spoiled{Sim: sim.New(real.Fabric, 2)}
		return s.live(), nil
	}})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "no route of the fabric comes to it, such as 10.1.0.0/16")
}
