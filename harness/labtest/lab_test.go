package labtest_test

import (
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

// recorder is a test that may fail without failing the one that runs it.
type recorder struct {
	testing.TB
	failed  bool
	said    strings.Builder
	cleanup []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Log(...any)       {}
func (r *recorder) Failed() bool     { return r.failed }
func (r *recorder) FailNow()         { r.failed = true; runtime.Goexit() }
func (r *recorder) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	fmt.Fprintf(&r.said, format, args...)
}
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); r.FailNow() }

// fails runs a story and returns why it failed; it must.
func fails(t *testing.T, story func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		story(r)
	}()
	<-done
	for _, f := range slices.Backward(r.cleanup) {
		f()
	}
	require.True(t, r.failed, "the story should have failed")
	return r.said.String()
}

const founding = "../../scenarios/reordered-site-locals/candidate"

// A story that expects what is not so fails, and says at which step.
func TestStoriesThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		story func(*labtest.Lab)
		says  []string
	}{
		"broken though expected to hold": {func(l *labtest.Lab) { l.Apply(founding); l.Expect(check.Reach("A", "C")) }, []string{"the step", "reach is broken", "discarded at leafA"}},
		"holds though expected broken":   {func(l *labtest.Lab) { l.ExpectBroken(check.Reach("A", "C")) }, []string{"the step", "reach is not broken"}},
		"unknown is not broken":          {func(l *labtest.Lab) { l.ExpectBroken(check.Reach("A", "nobody")) }, []string{"reach is not broken"}},
		"unknown does not hold":          {func(l *labtest.Lab) { l.Expect(check.Reach("A", "nobody")) }, []string{"reach is unknown", "no pair"}},
		"nothing expected":               {func(l *labtest.Lab) { l.Expect() }, []string{"the step", "nothing is expected"}},
		"nothing expected broken":        {func(l *labtest.Lab) { l.ExpectBroken() }, []string{"nothing is expected"}},
		"no such invariant":              {func(l *labtest.Lab) { l.Invariants("peace") }, []string{`fabric mcp has no invariant named "peace"`}},
		"no such candidate":              {func(l *labtest.Lab) { l.Apply("nowhere") }, []string{"the step", "nowhere"}},
		"not a node of the candidate":    {func(l *labtest.Lab) { l.Apply(founding, "leafA") }, []string{"does not change leafA, only edgeT, spine1, spine2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := fails(t, func(tb testing.TB) {
				l := labtest.Start(tb, "mcp")
				l.Step("the step")
				c.story(l)
			})
			for _, s := range c.says {
				require.Contains(t, said, s)
			}
		})
	}
}

// A live lab that settles elsewhere than predicted, does not start or does not stop fails its story; so does a runtime that is not there.
func TestLabsThatFail(t *testing.T) {
	with := func(change func(*gate.Live)) labtest.Starter {
		return func(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
			live, err := labtest.Simulated(t, f)
			change(live)
			return live, err
		}
	}
	start := func(s labtest.Starter) func(testing.TB) {
		return func(tb testing.TB) { labtest.StartOn(tb, s, labtest.Load(tb, "clos-small")) }
	}
	require.Contains(t, fails(t, start(with(func(l *gate.Live) { l.Differences = func() []string { return []string{"leaf1 has another route"} } }))),
		"start: sim is not where it was predicted to be, in 1 places:\nleaf1 has another route")
	require.Contains(t, fails(t, start(with(func(l *gate.Live) { l.Stop = func() error { return errors.New("a veth is left") } }))),
		"tear-down: a veth is left")
	require.Contains(t, fails(t, start(func(testing.TB, *fabric.Fabric) (*gate.Live, error) { return nil, errors.New("no root here") })), "start: no root here")

	was := flag.Lookup("lab").Value.String()
	defer flag.Set("lab", was)
	require.NoError(t, flag.Set("lab", "wires"))
	require.Contains(t, fails(t, func(tb testing.TB) { labtest.Start(tb, "clos-small") }), "-lab=wires: want one of those that run here: ")
}

// A verdict is held to its reason, not only to its outcome.
func TestVerdictsForAnotherReason(t *testing.T) {
	t.Parallel()
	rejected := labtest.Gate(t, "mcp", "../../scenarios/kept-no-export/candidate")
	passed := labtest.Gate(t, "mcp", "../../scenarios/standardised-communities/candidate")
	after := map[string][]string{"spine2": labtest.Broken(rejected)}
	why := labtest.Why{
		Effect: gate.Withdrawn, Says: []string{"NO-EXPORT stays"}, Terms: []string{"4-ADV-SITE-LOCALS"}, Advice: []string{"delete NO-EXPORT"},
		Sessions: labtest.Sessions([]string{"spine1", "spine2"}, "edge1", "edge2", "leafA", "leafB", "leafC"),
		Prefixes: []string{"198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"}, Routes: 24,
	}
	labtest.Rejects(t, rejected, after, why)
	labtest.Passes(t, passed)

	with := func(change func(*labtest.Why)) labtest.Why {
		w := why
		change(&w)
		return w
	}
	for name, w := range map[string]labtest.Why{
		"effect":   with(func(w *labtest.Why) { w.Effect = gate.Leaked }),
		"words":    with(func(w *labtest.Why) { w.Says = []string{"can no longer be reached"} }),
		"term":     with(func(w *labtest.Why) { w.Terms = []string{"REJECT-THE-REST"} }),
		"advice":   with(func(w *labtest.Why) { w.Advice = nil }),
		"sessions": with(func(w *labtest.Why) { w.Sessions = w.Sessions[1:] }),
		"prefixes": with(func(w *labtest.Why) { w.Prefixes = w.Prefixes[1:] }),
		"routes":   with(func(w *labtest.Why) { w.Routes = 23 }),
	} {
		require.NotEmpty(t, fails(t, func(tb testing.TB) { labtest.Rejects(tb, rejected, after, w) }), name)
	}
	for name, story := range map[string]func(testing.TB){
		"passed":   func(tb testing.TB) { labtest.Rejects(tb, passed, nil) },
		"rejected": func(tb testing.TB) { labtest.Passes(tb, rejected) },
		"another step": func(tb testing.TB) {
			labtest.Rejects(tb, rejected, map[string][]string{"spine1": after["spine2"]}, why)
		},
		"another check": func(tb testing.TB) {
			labtest.Rejects(tb, rejected, map[string][]string{"spine2": after["spine2"][1:]}, why)
		},
		"one more cause": func(tb testing.TB) { labtest.Rejects(tb, rejected, after, why, why) },
		"no verdict":     func(tb testing.TB) { labtest.Passes(tb, &gate.Verdict{}) },
		"nothing applied": func(tb testing.TB) {
			labtest.Passes(tb, &gate.Verdict{Outcome: gate.Pass, Restored: true, Order: []string{"spine1"}})
		},
	} {
		require.NotEmpty(t, fails(t, story), name)
	}
}
