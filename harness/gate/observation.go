package gate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
)

// Live is a runtime on which a fabric is up, to be observed.
type Live struct {
	lab.Runtime
	Name        string          // of runtime and engine with its version: "netns gobgp 4.8.0"
	Version     func() string   // the same with what has been there since; nil if that cannot change
	Differences func() []string // how the state in which it came to rest differs from the predicted one
	Notes       func() []string // what its routers were told besides what production would tell them, and why; nil if that cannot be
	Stop        func() error    // leaves nothing behind
	// Stream probes the trips of every class until stop is called, which says what was lost; nil if the runtime sends no packets.
	Stream func([]observe.Class) (stop func() ([]observe.Loss, error), err error)

	seen time.Duration // when it was last observed
}

// see is Observe; it refuses a snapshot that is no newer than the one before.
func (l *Live) see(req observe.Request) (*observe.Snapshot, error) {
	s, err := l.Observe(req)
	if err != nil {
		return nil, err
	}
	if s.At <= l.seen {
		return nil, fmt.Errorf("%s shows what was seen at %s, again: nothing that came after it was observed", l.Name, s.At)
	}
	l.seen = s.At
	return s, nil
}

// observe plays the roll-out once more, on the live runtime, with the same checks at the same steps, and shows live routers the witnesses.
// What it finds broken that was not predicted joins the findings of the step; every disagreement is said aloud. The error is what kept
// closlab from telling.
func (g *gate) observe() (err error) {
	g.phase("", "observation: bringing "+g.base.Fabric.Name+" up")
	live, err := g.opt.Start(g.base.Fabric)
	if err != nil {
		return fmt.Errorf("observation: %w", err)
	}
	defer func() {
		if err != nil || !g.opt.Keep {
			err = cmp.Or(err, g.tearDown(live))
		}
	}()
	g.v.Evidence.Observed = live.Name
	defer g.unmet()
	p, err := g.raise() // at once: its sessions come up in the same time
	if err != nil {
		return err
	}
	if p != nil {
		defer func() { err = cmp.Or(err, g.tearDown(p.routers)) }()
	}
	if err := live.Settle(g.ctx); err != nil {
		return fmt.Errorf("observation: baseline: %w", err)
	}
	g.phase("observed up", "")
	if err := g.observeRollOut(live); err != nil || p == nil {
		return err
	}
	g.phase("", "observation: witness routes")
	err = p.perform()
	g.phase("observed witnesses", "")
	return err
}

// tearDown ends a live fabric. Its error is what is left behind.
func (g *gate) tearDown(live *Live) error {
	g.phase("", "observation: tearing down")
	if live.Notes != nil {
		g.v.Evidence.Notes = append(g.v.Evidence.Notes, live.Notes()...)
	}
	err := live.Stop()
	g.phase("tear-down", "")
	if err != nil {
		return fmt.Errorf("observation: tearing down: %w", err)
	}
	return nil
}

// observeRollOut watches the baseline, every step of the roll-out and the roll-back.
func (g *gate) observeRollOut(live *Live) error {
	l := lab.New(g.base.Fabric, live.Runtime)
	g.phase("", "observation: baseline")
	atRest := Step{Name: "baseline", predicted: g.v.Baseline}
	if g.v.Baseline != nil {
		atRest.Findings = g.judge(g.baselineChecks(), g.v.Baseline)
	}
	baseline, err := g.watch(live, g.baselineChecks(), &atRest)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(atRest.Findings, func(f check.Finding) bool { return f.Status != check.OK }) {
		if atRest.predicted == nil { // else what disagrees has been said
			g.amiss(atRest.Findings)
		}
		return fmt.Errorf("observation: the live baseline fails its own checks: what the candidate does to it was not observed")
	}
	g.phase("observed baseline", "")
	classes := check.Classes(g.base.Fabric) // all of which arrive, or the checks would have failed
	steps := g.v.observed()
	for i, node := range g.cand.Order {
		step := steps[i]
		g.phase("", "observation: "+step.Name)
		err := g.during(live, g.lasting(classes, node), Transient{Step: step.Name}, func() error { return l.Apply(g.ctx, g.cand.After, node) })
		if err != nil {
			return fmt.Errorf("observation: with the candidate on %s: %w", node, err)
		}
		if live.Version != nil {
			g.v.Evidence.Observed = live.Version()
		}
		checks := g.baselineChecks()
		if i == len(g.cand.Order)-1 {
			checks = g.checks
		}
		known := len(step.Findings)
		now, err := g.watch(live, checks, step)
		if err != nil {
			return err
		}
		g.account(step.Findings[known:], baseline, now, i+1)
		if step.Last && step.predicted == nil {
			g.conclude(baseline, now)
		}
		g.phase("observed roll-out", "")
	}
	g.phase("", "observation: rolling back")
	err = g.during(live, g.lasting(classes, g.cand.Order...), Transient{Step: "rolling back", Back: true}, func() error { return l.Rollback(g.ctx) })
	if err != nil {
		return fmt.Errorf("observation: %w", err)
	}
	back := steps[len(g.cand.Order)] // behind the steps of the roll-out
	_, err = g.watch(live, []check.Check{check.Same(baseline)}, back)
	restored := err == nil && !slices.ContainsFunc(back.Findings, func(f check.Finding) bool { return f.Status != check.OK })
	g.v.Restored = restored && (g.v.Restored || back.predicted == nil)
	g.phase("observed roll-back", "")
	return err
}

// watch observes the state of a step, judges it, and says where that differs from the prediction. Findings that were not predicted join
// the step.
func (g *gate) watch(live *Live, checks []check.Check, step *Step) (*observe.Snapshot, error) {
	s, err := live.see(g.req)
	if err != nil {
		return nil, fmt.Errorf("observation: %s: %w", step.Name, err)
	}
	if step.Last {
		g.v.Seen = s
	}
	seen := g.waive(g.judge(checks, s))
	if step.predicted == nil {
		step.Findings = seen
		if d := live.Differences(); len(d) > 0 {
			g.disagree("%s: %s (%d differences)", step.Name, d[0], len(d))
		}
		return s, nil
	}
	d := g.differences(step.predicted, s)
	if len(d) == 0 {
		d = live.Differences()
	}
	if len(d) > 0 {
		g.disagree("%s: %s (%d differences)", step.Name, d[0], len(d))
	}
	if d := check.Disagreements(step.predicted, s); len(d) > 0 {
		g.disagree("%s: %s (%d such)", step.Name, d[0], len(d))
	}
	was, is := statuses(step.Findings), statuses(seen)
	for _, c := range checks {
		if was[c.Name] != is[c.Name] {
			g.disagree("%s: %s: predicted %s, observed %s", step.Name, c.Name, was[c.Name], is[c.Name])
		}
	}
	predicted := step.Findings
	for _, f := range seen {
		if f.Status != check.OK && !slices.ContainsFunc(predicted, func(p check.Finding) bool { return p.Check == f.Check && p.Status == f.Status }) {
			f.Got = unpredicted + f.Got
			step.Findings = append(step.Findings, f)
		}
	}
	return s, nil
}
