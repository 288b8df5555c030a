package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/place"
)

// Text writes the verdict for a person: the word first, then why, what it does, what it costs and what to do. With
// verbose it lists every finding and every changed class of routes.
func Text(w io.Writer, v *gate.Verdict, verbose bool) error {
	t := &text{v: v, verbose: verbose}
	t.headline()
	t.unknowns()
	t.why()
	t.effects()
	t.broken()
	t.transient()
	t.advice()
	if len(v.Culprits()) == 0 || verbose { // else the causes have said it
		t.static()
		t.lint()
	}
	t.unexercised()
	t.evidence()
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct {
	strings.Builder
	v       *gate.Verdict
	verbose bool
}

func (t *text) linef(indent int, format string, args ...any) {
	t.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(t, format, args...)
	t.WriteByte('\n')
}

func (t *text) headline() {
	v := t.v
	says := map[gate.Outcome]string{
		gate.Pass:    "every invariant holds at every step, and after the roll-back",
		gate.Reject:  "it breaks what must hold",
		gate.Unknown: "closlab could not tell",
	}[v.Outcome]
	if v.Outcome == gate.Pass && t.waived() {
		says = "every invariant that it does not waive holds at every step, and the roll-back restores all"
	}
	if v.Outcome == gate.Pass && v.LosesPackets() {
		says += "; packets are lost on the way"
	}
	t.linef(0, "%s  %s on fabric %s: %s", strings.ToUpper(v.Outcome.String()), v.Candidate, v.Fabric, says)
	if v.Why != "" {
		t.linef(1, "its author says: %s", v.Why)
	}
}

func (t *text) waived() bool {
	return slices.ContainsFunc(t.v.Steps, func(s gate.Step) bool {
		return slices.ContainsFunc(s.Findings, func(f check.Finding) bool { return f.Status == check.Waived })
	})
}

func (t *text) unknowns() {
	if len(t.v.Unknowns) == 0 {
		return
	}
	t.linef(0, "\ncould not tell")
	for _, u := range t.v.Unknowns {
		t.linef(1, "%s", u)
	}
}

// mostCauses is how many causes are shown without verbose.
const mostCauses = 4

// causes returns the harmful causes to show and how many are left out.
func (t *text) causes() (shown []*gate.Cause, more int) {
	shown = t.v.Culprits()
	if len(shown) > mostCauses && !t.verbose {
		return shown[:mostCauses], len(shown) - mostCauses
	}
	return shown, 0
}

func (t *text) why() {
	shown, more := t.causes()
	for i, c := range shown {
		t.section(i == 0, "why")
		t.linef(1, "%s", c.What)
		for _, r := range c.Because {
			t.linef(3, "%s", reason(r))
		}
	}
	if more > 0 {
		t.linef(1, "and %d more of this kind: -v shows them", more)
	}
}

func reason(r check.Reason) string {
	switch {
	case r.Pos.File == "":
		return r.Text
	case r.Term == "":
		return fmt.Sprintf("%s  %s", r.Pos, r.Text)
	}
	return fmt.Sprintf("%s  term %s (%s)", r.Pos, r.Term, r.Text)
}

// mostOf is how many findings of one check are shown without verbose.
const mostOf = 2

func (t *text) broken() {
	for _, step := range t.v.Steps {
		first := true
		all, shown := map[string]int{}, map[string]int{}
		for _, f := range step.Findings {
			if f.Status != check.OK {
				all[f.Check]++
			}
		}
		for _, f := range step.Findings {
			if f.Status == check.OK && !t.verbose {
				continue
			}
			shown[f.Check]++
			switch n := shown[f.Check]; {
			case n <= mostOf || t.verbose:
				t.section(first, step.Name)
				first = false
				t.finding(f)
			case n == mostOf+1:
				t.linef(1, "%-8s %-20s and %d more of these: -v shows them", "", "", all[f.Check]-mostOf)
			}
		}
	}
}

func (t *text) finding(f check.Finding) {
	t.linef(1, "%-8s %-20s %s", f.Status, f.Check, subject(f))
	if f.Status != check.OK && t.verbose {
		t.linef(2, "%27s want %s", "", f.Want)
	}
	if gate.Unpredicted(f) {
		for _, r := range f.Because {
			t.linef(3, "%s", reason(r))
		}
	}
}

// subject is what was got, with its place in front unless it names that itself.
func subject(f check.Finding) string {
	for _, x := range []string{f.Session, f.Node} {
		if x != "" {
			if strings.Contains(f.Got, x) {
				break
			}
			return x + ": " + f.Got
		}
	}
	return f.Got
}

func (t *text) section(first bool, title string) {
	if first {
		t.linef(0, "\n%s", title)
	}
}

func (t *text) advice() {
	var seen []string
	shown, _ := t.causes()
	for _, c := range shown {
		if c.Advice != "" && !slices.Contains(seen, c.Advice) {
			t.section(len(seen) == 0, "what to do")
			seen = append(seen, c.Advice)
			t.linef(1, "%s", c.Advice)
		}
	}
}

func (t *text) static() {
	for i, x := range t.v.Images {
		t.section(i == 0, "images")
		t.linef(1, "%s", x)
	}
	switch {
	case len(t.v.Evidence.Opaque) > 0:
		t.linef(0, "\npolicy\n  not compared where closlab does not read it: %s", list(t.v.Evidence.Opaque))
	case len(t.v.Changes) == 0 && t.v.Baseline != nil:
		t.linef(0, "\npolicy\n  no route at all is treated differently")
	}
	for i, c := range t.v.Changes {
		t.section(i == 0, "policy, for whatever routes there may be")
		Change(t, c, t.verbose)
	}
}

func (t *text) unexercised() {
	for i, u := range t.v.Unexercised {
		t.section(i == 0, "not exercised by any route of the fabric: closlab added one of each and judged that too")
		t.linef(1, "%s", u.Change.Difference.Classes[u.Class].Witness.Route)
	}
	if n := len(t.v.Claims); n > 0 {
		t.linef(0, "\npeers could newly send %d routes to prefixes of our own, such as %s: closlab let them, and judged that too", n, t.v.Claims[0].Route.Prefix)
	}
	t.staged()
	if len(t.v.LeftOut) > 0 {
		t.linef(0, "\nnot judged: the same change on %s, which the candidate leaves out", list(t.v.LeftOut))
	}
}

func (t *text) lint() {
	first := true
	for _, l := range t.v.Lint {
		if l.Severity == place.Warning || t.verbose {
			t.section(first, "lint")
			first = false
			t.linef(1, "%s", l)
		}
	}
}

func (t *text) evidence() {
	restored := "the roll-back brought the baseline back"
	if !t.v.Restored {
		restored = "NOT rolled back to the baseline"
	}
	total := 0.0
	for _, p := range t.v.Timing {
		total += p.Took.Seconds()
	}
	t.linef(0, "\n%s (seed %d); rolled out on %s; %s; %.0f ms", t.v.Evidence, t.v.Evidence.Seed, list(t.v.Order), restored, 1000*total)
	if s := loads(t.v); s != nil && len(s.Loads) > 0 {
		t.linef(0, "loads: %s", cmp.Or(check.Basis(s), "computed from forwarding tables"))
	}
	for i, n := range t.v.Evidence.Notes {
		if i == maxNotes && !t.verbose {
			t.linef(0, "note: and %d more of these: -v shows them", len(t.v.Evidence.Notes)-i)
			break
		}
		t.linef(0, "note: %s", n)
	}
}

// maxNotes is how many notes on the evidence are shown unless all are asked for.
const maxNotes = 2

// Diff writes the static part alone.
func Diff(w io.Writer, c *candidate.Candidate, changes []*gate.Change) {
	if len(c.Files) > 0 {
		fmt.Fprintf(w, "%s changes %s on %s\n", c.Path, list(c.Files), list(c.Order))
	}
	for _, i := range c.Images {
		fmt.Fprintf(w, "  %s\n", i)
	}
	if len(changes) == 0 {
		fmt.Fprintln(w, "  no route at all is treated differently")
	}
	for _, c := range changes {
		Change(w, c, true)
	}
}

// Findings writes the judgement of a fabric without a candidate.
func Findings(w io.Writer, fabric string, fs []check.Finding) error {
	t := &text{}
	t.linef(0, "%s", fabric)
	for _, f := range fs {
		t.finding(f)
	}
	_, err := io.WriteString(w, t.String())
	return err
}
