package labtest

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// seed of every lab of a test: the same run every time.
const seed = 1

// Lab is a fabric alive for the length of a test. It is used by one goroutine.
type Lab struct {
	t    testing.TB
	base *candidate.Base
	lab  *lab.Lab
	step string
}

// Start brings up the fabric of that name below topologies/ and settles it.
func Start(t testing.TB, topology string) *Lab {
	t.Helper()
	base := Load(t, topology)
	l := &Lab{t: t, base: base, lab: lab.New(base.Fabric, sim.New(base.Fabric, seed)), step: "start"}
	l.must(l.lab.Runtime.Settle(t.Context()))
	return l
}

// Load reads the fabric of that name below topologies/.
func Load(t testing.TB, topology string) *candidate.Base {
	t.Helper()
	base, err := candidate.Load(Topology(topology))
	if err != nil {
		t.Fatalf("load %s:\n%v", topology, err)
	}
	return base
}

// Topology returns the folder of the fabric of that name.
func Topology(name string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "topologies", name)
}

// Step names what the story does next.
func (l *Lab) Step(name string) {
	l.step = name
	l.t.Log("step:", name)
}

// Apply rolls the candidate out node by node in its order, settling after each.
func (l *Lab) Apply(path string) {
	l.t.Helper()
	c, err := l.base.With(path)
	l.must(err)
	for _, node := range c.Order {
		l.must(l.lab.Apply(l.t.Context(), c.After, node))
	}
}

// Rollback gives every router its own policies back, last changed first.
func (l *Lab) Rollback() {
	l.t.Helper()
	l.must(l.lab.Rollback(l.t.Context()))
}

// Expect fails the test unless every check holds now. It returns the snapshot that it judged.
func (l *Lab) Expect(checks ...check.Check) *observe.Snapshot {
	l.t.Helper()
	s, err := l.lab.Runtime.Observe(check.RequestOf(l.base.Fabric, checks...))
	l.must(err)
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

func (l *Lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("%s: %v", l.step, err)
	}
}
