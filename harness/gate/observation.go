package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
)

// Live is a runtime on which a fabric is up, to be observed.
type Live struct {
	lab.Runtime
	Name        string          // of runtime and engine with its version: "netns gobgp 4.8.0"
	Differences func() []string // how the state in which it came to rest differs from the predicted one
	Stop        func() error    // leaves nothing behind
	// Stream probes the trips of every class until stop is called, which says what was lost; nil if the runtime sends no packets.
	Stream func([]observe.Class) (stop func() ([]observe.Loss, error), err error)
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
	defer func() { err = cmp.Or(err, g.tearDown(live)) }()
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
	baseline, err := g.watch(live, "baseline", g.baselineChecks(), g.judge(g.baselineChecks(), g.v.Baseline), nil)
	if err != nil {
		return err
	}
	g.phase("observed baseline", "")
	classes := g.classes(baseline)
	for i, node := range g.cand.Order {
		step := &g.v.Steps[i]
		g.phase("", "observation: "+step.Name)
		err := g.during(live, classes, Transient{Step: step.Name}, func() error { return l.Apply(g.ctx, g.cand.After, node) })
		if err != nil {
			return fmt.Errorf("observation: with the candidate on %s: %w", node, err)
		}
		checks := g.baselineChecks()
		if i == len(g.cand.Order)-1 {
			checks = g.checks
		}
		known := len(step.Findings)
		now, err := g.watch(live, step.Name, checks, step.Findings, step)
		if err != nil {
			return err
		}
		g.account(step.Findings[known:], baseline, now, i+1)
		g.phase("observed roll-out", "")
	}
	g.phase("", "observation: rolling back")
	err = g.during(live, classes, Transient{Step: "rolling back", Back: true}, func() error { return l.Rollback(g.ctx) })
	if err != nil {
		return fmt.Errorf("observation: %w", err)
	}
	rolledBack := &g.v.Steps[len(g.cand.Order)] // behind the steps of the roll-out
	_, err = g.watch(live, rolledBack.Name, []check.Check{check.Same(baseline)}, rolledBack.Findings, rolledBack)
	g.phase("observed roll-back", "")
	return err
}

// unpredicted begins what is told of a finding that was observed and not predicted.
const unpredicted = "observed, not predicted: "

// Unpredicted reports whether a finding was observed and not predicted. Its reasons are then its own, and no cause tells them.
func Unpredicted(f check.Finding) bool { return strings.HasPrefix(f.Got, unpredicted) }

// watch observes one state, judges it, and says where that differs from the prediction. Findings that were not predicted join the
// step, if there is one.
func (g *gate) watch(live *Live, name string, checks []check.Check, predicted []check.Finding, step *Step) (*observe.Snapshot, error) {
	s, err := live.Observe(g.req)
	if err != nil {
		return nil, fmt.Errorf("observation: %s: %w", name, err)
	}
	if d := live.Differences(); len(d) > 0 {
		g.disagree("%s: %s (%d differences)", name, d[0], len(d))
	}
	seen := g.waive(g.judge(checks, s))
	was, is := statuses(predicted), statuses(seen)
	for _, c := range checks {
		if was[c.Name] != is[c.Name] {
			g.disagree("%s: %s: predicted %s, observed %s", name, c.Name, was[c.Name], is[c.Name])
		}
	}
	if step != nil {
		for _, f := range seen {
			if f.Status != check.OK && !slices.ContainsFunc(predicted, func(p check.Finding) bool { return p.Check == f.Check && p.Status == f.Status }) {
				f.Got = unpredicted + f.Got
				step.Findings = append(step.Findings, f)
			}
		}
	}
	return s, nil
}

func (g *gate) disagree(format string, args ...any) {
	g.v.Unknowns = append(g.v.Unknowns, "prediction and observation disagree: "+fmt.Sprintf(format, args...))
}

// statuses returns for each check which statuses its findings have, in order and each once.
func statuses(fs []check.Finding) map[string]string {
	lists := map[string][]string{}
	for _, f := range fs {
		lists[f.Check] = append(lists[f.Check], f.Status.String())
	}
	out := map[string]string{}
	for name, list := range lists {
		slices.Sort(list)
		out[name] = strings.Join(slices.Compact(list), " and ")
	}
	return out
}
