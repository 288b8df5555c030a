package labtest

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Lab is a fabric alive for the length of a test. It is used by one goroutine.
type Lab struct {
	t    testing.TB
	ctx  context.Context
	base *candidate.Base
	live *gate.Live
	lab  *lab.Lab
	step string
}

// Start brings up the fabric of that name below topologies/ on the runtime that the -lab flag names, and settles it.
func Start(t testing.TB, topology string) *Lab {
	t.Helper()
	return start(t, Chosen(t), Load(t, topology))
}

func start(t testing.TB, start Starter, base *candidate.Base) *Lab {
	t.Helper()
	l := &Lab{t: t, ctx: limited(t), base: base, step: "start"}
	var err error
	l.live, err = start(t, base.Fabric)
	l.must(err)
	t.Cleanup(func() {
		if err := l.live.Stop(); err != nil {
			t.Errorf("tear-down: %v", err)
		}
	})
	l.lab = lab.New(base.Fabric, l.live.Runtime)
	l.settle(l.live.Settle(l.ctx))
	return l
}

// settle fails the test unless the fabric has settled, and where it was predicted to.
func (l *Lab) settle(err error) {
	l.t.Helper()
	l.must(err)
	if d := l.live.Differences(); len(d) > 0 {
		l.t.Fatalf("%s: %s is not where it was predicted to be, in %d places:\n%s", l.step, l.live.Name, len(d), strings.Join(d[:min(len(d), 20)], "\n"))
	}
}

// Load reads the fabric of that name below topologies/.
func Load(t testing.TB, topology string) *candidate.Base {
	t.Helper()
	return load(t, Topology(topology))
}

// load reads the fabric in a folder, with the engines that the -engine flag names and images that this machine has.
func load(t testing.TB, folder string) *candidate.Base {
	t.Helper()
	base, err := candidate.Load(folder)
	if err != nil {
		t.Fatalf("load %s:\n%v", folder, err)
	}
	if *engines != "" {
		base.Fabric.RunOn(strings.Split(*engines, ",")...)
	}
	base.Fabric = dress(t, base.Fabric)
	return base
}

// Topology returns the folder of the fabric of that name.
func Topology(name string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "topologies", name)
}

// Step names what the story does next.
func (l *Lab) Step(name string) {
	l.t.Helper()
	l.step = name
	l.t.Log("step:", name)
}

// Apply rolls the candidate out node by node in its order, settling after each: on every node that it changes or, if
// any are named, on these alone.
func (l *Lab) Apply(path string, nodes ...string) {
	l.t.Helper()
	c, err := l.base.With(path)
	l.must(err)
	for _, n := range nodes {
		if !slices.Contains(c.Order, n) {
			l.t.Fatalf("%s: %s does not change %s, only %s", l.step, path, n, strings.Join(c.Order, ", "))
		}
	}
	for _, n := range c.Order {
		if len(nodes) == 0 || slices.Contains(nodes, n) {
			l.settle(l.lab.Apply(l.ctx, c.After, n))
		}
	}
}

// Live returns what the lab runs on, for a story that looks at more than it shows.
func (l *Lab) Live() *gate.Live { return l.live }

// Type gives a router the states that typing a candidate's lines takes it through, one after the other, and settles in each: then is
// told which it is. It is left in the last before the end.
func (l *Lab) Type(path, node string, then func(when string)) {
	l.t.Helper()
	c, err := l.base.With(path)
	l.must(err)
	for h, err := range l.base.Halfway(c) {
		l.must(err)
		l.settle(l.lab.Apply(l.ctx, h.Fabric, node))
		then(h.When())
	}
}

// Break makes the faults happen, and waits until the fabric has settled on them.
func (l *Lab) Break(faults ...fabric.Fault) {
	l.t.Helper()
	for _, f := range faults {
		l.must(l.live.Break(f))
	}
	l.settle(l.live.Settle(l.ctx))
}

// Mend ends the faults, and waits until the fabric has settled.
func (l *Lab) Mend(faults ...fabric.Fault) {
	l.t.Helper()
	for _, f := range faults {
		l.must(l.live.Mend(f))
	}
	l.settle(l.live.Settle(l.ctx))
}

// Inject adds a route to a router, as received from peer or, if peer is "", to its own table, and waits until the fabric has
// settled. It stays to the end of the test.
func (l *Lab) Inject(node, peer string, r policy.Route) {
	l.t.Helper()
	l.must(l.live.Inject(node, peer, r))
	l.settle(l.live.Settle(l.ctx))
}

// Offer changes the load that is offered to every site, as a share of its whole capacity.
func (l *Lab) Offer(load float64) { l.base.Fabric.Offered = load }

// Rollback gives every router its own policies back, last changed first.
func (l *Lab) Rollback() {
	l.t.Helper()
	l.settle(l.lab.Rollback(l.ctx))
}

// Invariants returns the fabric's own checks: those of these names, all of them if none is named.
func (l *Lab) Invariants(names ...string) []check.Check {
	l.t.Helper()
	all := check.Of(l.base.Fabric)
	if len(names) == 0 {
		return all
	}
	var out []check.Check
	for _, name := range names {
		i := slices.IndexFunc(all, func(c check.Check) bool { return c.Name == name })
		if i < 0 {
			l.t.Fatalf("%s: fabric %s has no invariant named %q", l.step, l.base.Fabric.Name, name)
		}
		out = append(out, all[i])
	}
	return out
}

// Expect fails the test unless every check holds now. It returns the snapshot that it judged.
func (l *Lab) Expect(checks ...check.Check) *observe.Snapshot {
	l.t.Helper()
	l.something(checks)
	s := l.Observe(checks...)
	for _, c := range checks {
		for _, f := range c.Judge(l.base.Fabric, s) {
			if f.Status != check.OK {
				l.t.Errorf("%s: %s is %s: %s%s%s got %s, want %s", l.step, f.Check, f.Status, f.Node, f.Session, f.Prefix, f.Got, f.Want)
			}
		}
	}
	if l.t.Failed() {
		l.t.FailNow()
	}
	return s
}

// ExpectBroken fails the test unless every check finds something broken now; that it cannot tell is not enough. It returns
// the snapshot that it judged.
func (l *Lab) ExpectBroken(checks ...check.Check) *observe.Snapshot {
	l.t.Helper()
	l.something(checks)
	s := l.Observe(checks...)
	for _, c := range checks {
		if !slices.ContainsFunc(c.Judge(l.base.Fabric, s), broken) {
			l.t.Errorf("%s: %s is not broken", l.step, c.Name)
		}
	}
	if l.t.Failed() {
		l.t.FailNow()
	}
	return s
}

// Observe returns what is to be seen now, and judges nothing: all that the checks need or, if none is given, the fabric's
// invariants.
func (l *Lab) Observe(checks ...check.Check) *observe.Snapshot {
	l.t.Helper()
	if len(checks) == 0 {
		checks = l.Invariants()
	}
	s, err := l.live.Observe(check.RequestOf(l.base.Fabric, checks...))
	l.must(err)
	return s
}

// something fails the test if there is no check: a story that expects nothing proves nothing.
func (l *Lab) something(checks []check.Check) {
	l.t.Helper()
	if len(checks) == 0 {
		l.t.Fatalf("%s: nothing is expected: name a check", l.step)
	}
}

func broken(f check.Finding) bool { return f.Status == check.Broken }

func (l *Lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("%s: %v", l.step, err)
	}
}
