package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// Options are what the caller may choose.
type Options struct {
	Seed     uint64
	Progress func(string) // told what is being done; may be nil
	// Start brings the fabric up where it can be observed; nil leaves it at the prediction.
	Start func(*fabric.Fabric) (*Live, error)
	// Images returns why routers of that runtime cannot have the images that they have in these fabrics; nil if nothing can.
	Images func(...*fabric.Fabric) error
	Keep   bool // leave that fabric up, as the roll-back left it, if the observation came to its end
}

// gate is one run under way.
type gate struct {
	ctx    context.Context
	opt    Options
	base   *candidate.Base
	cand   *candidate.Candidate
	checks []check.Check
	req    observe.Request
	v      *Verdict
	start  time.Time
}

// Run judges the candidate. It always returns a verdict; when ctx ends before it is done, that is Unknown.
func Run(ctx context.Context, base *candidate.Base, cand *candidate.Candidate, opt Options) *Verdict {
	g := &gate{ctx: ctx, opt: opt, base: base, cand: cand, start: time.Now(), v: &Verdict{
		Fabric: base.Fabric.Name, Candidate: cand.Path, Why: cand.Why, Files: cand.Files, Images: cand.Images, Order: cand.Order, LeftOut: cand.LeftOut,
		Evidence: Evidence{Runtime: "sim", Seed: opt.Seed, Opaque: base.Fabric.Opaque()},
	}}
	g.checks = append(check.Of(base.Fabric), check.OfInvariants(cand.Promises)...)
	if len(g.checks) == 0 {
		g.v.Unknowns = append(g.v.Unknowns, "no invariant was judged: the fabric states none")
	}
	g.req = check.RequestOf(base.Fabric, g.checks...)
	g.static()
	err := g.predict()
	if err == nil {
		err = g.images()
	}
	if err == nil && opt.Start != nil {
		err = g.observe()
	}
	if err != nil {
		g.v.Unknowns = append(g.v.Unknowns, err.Error())
	}
	g.v.decide()
	return g.v
}

// phase notes how long the part that just ended took, and says what comes next.
func (g *gate) phase(ended, next string) {
	now := time.Now()
	if ended != "" {
		g.v.Timing = append(g.v.Timing, Phase{ended, now.Sub(g.start)})
	}
	g.start = now
	if g.opt.Progress != nil && next != "" {
		g.opt.Progress(next)
	}
}

// static finds what the candidate changes for whatever routes there may be, and what lint newly says.
func (g *gate) static() {
	g.phase("", "comparing policies")
	old := g.base.Lint()
	for _, f := range g.cand.Lint() {
		if !slices.ContainsFunc(old, func(o place.Finding) bool { return o.Rule == f.Rule && o.Text == f.Text }) {
			g.v.Lint = append(g.v.Lint, f)
		}
	}
	for _, u := range g.cand.Unjudged {
		g.v.Unknowns = append(g.v.Unknowns, u.Error())
	}
	g.v.Changes = Changes(g.base.Fabric, g.cand.After)
	for _, c := range g.v.Changes {
		for _, u := range c.Difference.Undecided {
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("static comparison of %s: %s", c.After, u))
		}
	}
	g.phase("static", "")
}

// predict plays the candidate on the simulated fabric, unless it has routers that cannot be predicted. Its error is what kept closlab
// from telling.
func (g *gate) predict() error {
	if len(g.v.Evidence.Opaque) > 0 {
		return g.forgo()
	}
	l, findings, err := g.baseline()
	if err != nil {
		return err
	}
	if g.amiss(findings) {
		return fmt.Errorf("the baseline fails its own checks: mend it before judging a change of it")
	}
	if err := g.rollOut(l); err != nil {
		return err
	}
	g.phase("roll-out", "rolling back")
	if err := l.Rollback(g.ctx); err != nil {
		return err
	}
	if err := g.judgeRollback(l); err != nil {
		return err
	}
	g.phase("roll-back", "adding routes that the fabric lacks")
	err = g.exercise()
	g.phase("witnesses", "")
	return err
}

// amiss says what is wrong with the baseline, and reports whether something is.
func (g *gate) amiss(findings []check.Finding) (amiss bool) {
	for _, f := range findings {
		if f.Status != check.OK {
			amiss = true
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("baseline already %s: %s: got %s, want %s", f.Status, f.Check, f.Got, f.Want))
		}
	}
	return amiss
}

// Baseline starts the fabric as it is and returns what its own checks find. The error is what kept closlab from
// telling.
func Baseline(ctx context.Context, base *candidate.Base, opt Options) ([]check.Finding, error) {
	g := &gate{ctx: ctx, opt: opt, base: base, v: &Verdict{}}
	g.req = check.RequestOf(base.Fabric, g.baselineChecks()...)
	_, findings, err := g.baseline()
	return findings, err
}

// baseline starts the fabric as it is and judges it.
func (g *gate) baseline() (*lab.Lab, []check.Finding, error) {
	g.phase("", "baseline: "+g.base.Fabric.Name+" in sim")
	l := lab.New(g.base.Fabric, sim.New(g.base.Fabric, g.opt.Seed))
	if err := l.Runtime.Settle(g.ctx); err != nil {
		return nil, nil, fmt.Errorf("baseline: %w", err)
	}
	s, err := l.Runtime.Observe(g.req)
	if err != nil {
		return nil, nil, fmt.Errorf("baseline: %w", err)
	}
	g.v.Baseline = s
	findings := g.judge(g.baselineChecks(), s)
	g.phase("baseline", "")
	return l, findings, nil
}

// baselineChecks are the fabric's own: promises need not hold before the candidate is in.
func (g *gate) baselineChecks() []check.Check { return check.Of(g.base.Fabric) }

// rollOut applies the candidate node by node and judges every state on the way, those between typed lines too. Promises are judged at the end.
func (g *gate) rollOut(l *lab.Lab) error {
	var onTheWay []*Cause
	lines := g.typing()
	for i, node := range g.cand.Order {
		step := g.step(i)
		g.phase("roll-out", strings.TrimSuffix(step.Name, allApplied))
		if err := lines.play(g, l, i); err != nil {
			return err
		}
		if err := l.Apply(g.ctx, g.cand.After, node); err != nil {
			return fmt.Errorf("with the candidate on %s: %w", node, err)
		}
		s, err := l.Runtime.Observe(g.req)
		if err != nil {
			return fmt.Errorf("with the candidate on %s: %w", node, err)
		}
		checks := g.baselineChecks()
		if step.Last {
			checks = g.checks
			g.v.Final, g.v.Moved = s, Movements(g.v.Baseline, s)
		}
		step.Findings = g.waive(g.judge(checks, s))
		g.keep(&step, s)
		switch {
		case step.Last:
			g.v.Causes = g.causesAt(s, i+1, step.Findings)
		case slices.ContainsFunc(step.Findings, harms):
			onTheWay = append(onTheWay, g.causesAt(s, i+1, step.Findings)...)
		}
		g.v.Steps = append(g.v.Steps, step)
	}
	lines.settle(g)
	g.settleCauses(onTheWay)
	return nil
}

// allApplied ends the name of the last step of a roll-out.
const allApplied = ", all applied"

// step returns a step of the roll-out, not judged yet.
func (g *gate) step(i int) Step {
	s := Step{Name: fmt.Sprintf("%s (%d of %d)", g.cand.Order[i], i+1, len(g.cand.Order)), Node: g.cand.Order[i], Last: i == len(g.cand.Order)-1}
	if s.Last {
		s.Name += allApplied
	}
	return s
}

// judgeRollback compares what is there now with the baseline.
func (g *gate) judgeRollback(l *lab.Lab) error {
	s, err := l.Runtime.Observe(g.req)
	if err != nil {
		return fmt.Errorf("after the roll-back: %w", err)
	}
	findings := g.judge([]check.Check{check.Same(g.v.Baseline)}, s)
	g.v.Restored = !slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Status != check.OK })
	step := Step{Name: rolledBack, Findings: findings}
	g.keep(&step, s)
	g.v.Steps = append(g.v.Steps, step)
	return nil
}

// keep keeps the prediction of a step, which can be large, if it is to be observed.
func (g *gate) keep(step *Step, s *observe.Snapshot) {
	if g.opt.Start != nil {
		step.predicted = s
	}
}

func (g *gate) judge(checks []check.Check, s *observe.Snapshot) []check.Finding {
	var out []check.Finding
	for _, c := range checks {
		out = append(out, c.Judge(g.base.Fabric, s)...)
	}
	return out
}

// waive marks what the candidate says it breaks on purpose.
func (g *gate) waive(fs []check.Finding) []check.Finding {
	for i := range fs {
		if fs[i].Status == check.Broken && slices.Contains(g.cand.Waives, fs[i].Check) {
			fs[i].Status = check.Waived
		}
	}
	return fs
}

var _ lab.Runtime = (*sim.Sim)(nil)
