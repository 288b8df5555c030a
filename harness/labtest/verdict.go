package labtest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
)

// Why is what a story expects of one cause in a verdict.
type Why struct {
	Effect   gate.Effect
	Says     []string // each is part of Cause.What
	Terms    []string // stand where Cause.Because says
	Advice   []string // each is part of Cause.Advice; nil wants no advice
	Sessions []string // all of Cause.Sessions, in order
	Prefixes []string // all of Cause.Prefixes, in order
	Routes   int
}

// Rejects fails the test unless the verdict is Reject, the roll-back restored the baseline, exactly these checks broke after each
// node (by name, sorted; "with witness routes" for the routes that closlab added), and these are all the causes that took routes away
// or let them out.
func Rejects(t testing.TB, v *gate.Verdict, broken map[string][]string, whys ...Why) {
	t.Helper()
	require.Equal(t, gate.Reject, v.Outcome, "unknown: %v", v.Unknowns)
	require.Empty(t, v.Unknowns)
	require.True(t, v.Restored, "the roll-back brings the baseline back")
	require.Equal(t, broken, brokenAfter(v))
	causes := Harmful(v)
	require.Len(t, causes, len(whys), "causes")
	for i, w := range whys {
		w.matches(t, causes[i])
	}
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Broken {
				require.NotEmpty(t, f.Because, "%s after %s has a reason", f.Check, s.Name)
			}
		}
	}
}

// Passes fails the test unless the verdict is Pass, every check was judged fine after every node, the roll-back restored the
// baseline, and no cause did more than alter attributes. Waived findings are for the story to ask for.
func Passes(t testing.TB, v *gate.Verdict) {
	t.Helper()
	require.Equal(t, gate.Pass, v.Outcome, "unknown: %v; broken: %v", v.Unknowns, brokenAfter(v))
	require.Empty(t, v.Unknowns)
	require.True(t, v.Restored, "the roll-back brings the baseline back")
	require.Empty(t, brokenAfter(v))
	require.Empty(t, Harmful(v))
	for _, node := range v.Order {
		i := slices.IndexFunc(v.Steps, func(s gate.Step) bool { return s.Node == node })
		require.GreaterOrEqual(t, i, 0, "%s was judged", node)
		require.NotEmpty(t, v.Steps[i].Findings, "%s was judged", node)
	}
}

// Harmful returns the causes that took routes away or let them out, worst first: all but those that only altered attributes.
func Harmful(v *gate.Verdict) []*gate.Cause {
	return slices.DeleteFunc(slices.Clone(v.Causes), func(c *gate.Cause) bool { return c.Effect == gate.Altered })
}

// Sessions returns the names of the sessions from each of some routers to each of others.
func Sessions(from []string, to ...string) []string {
	var out []string
	for _, a := range from {
		for _, b := range to {
			out = append(out, observe.SessionName(a, b))
		}
	}
	return out
}

// brokenAfter returns the names of the checks that broke, by the node changed last or, where no node was, by step.
func brokenAfter(v *gate.Verdict) map[string][]string {
	out := map[string][]string{}
	for _, s := range v.Steps {
		at := s.Node
		if at == "" {
			at = s.Name
		}
		for _, f := range s.Findings {
			if f.Status == check.Broken && !slices.Contains(out[at], f.Check) {
				out[at] = append(out[at], f.Check)
			}
		}
		slices.Sort(out[at])
	}
	return out
}

func (w Why) matches(t testing.TB, c *gate.Cause) {
	t.Helper()
	require.Equal(t, w.Effect, c.Effect, c.What)
	for _, s := range w.Says {
		require.Contains(t, c.What, s)
	}
	for _, term := range w.Terms {
		i := slices.IndexFunc(c.Because, func(r check.Reason) bool { return r.Term == term })
		require.GreaterOrEqual(t, i, 0, "term %s is among the reasons: %v", term, c.Because)
		require.Contains(t, line(t, c.Because[i]), term, "the place of term %s", term)
	}
	if w.Advice == nil {
		require.Empty(t, c.Advice)
	}
	for _, s := range w.Advice {
		require.Contains(t, c.Advice, s)
	}
	prefixes := make([]string, len(c.Prefixes))
	for i, p := range c.Prefixes {
		prefixes[i] = p.String()
	}
	require.Equal(t, w.Sessions, c.Sessions, c.What)
	require.Equal(t, w.Prefixes, prefixes, c.What)
	require.Equal(t, w.Routes, c.Routes, c.What)
}

// line returns the text at the place that a reason names.
func line(t testing.TB, r check.Reason) string {
	t.Helper()
	text, err := os.ReadFile(r.Pos.File)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	require.LessOrEqual(t, r.Pos.Line, len(lines), "%s", r.Pos)
	return lines[max(r.Pos.Line, 1)-1]
}
