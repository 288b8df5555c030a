package labtest

import (
	"slices"
	"testing"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
)

// Gate returns the verdict on the candidate at path, relative to the test's folder, for the fabric of that name below
// topologies/. On another runtime than sim the roll-out is observed, too.
func Gate(t testing.TB, topology, path string) *gate.Verdict {
	t.Helper()
	base := Load(t, topology)
	c, err := base.With(path)
	if err != nil {
		t.Fatalf("candidate:\n%v", err)
	}
	return Judge(t, base, c)
}

// Judge is Gate for a candidate that the test has loaded itself.
func Judge(t testing.TB, base *candidate.Base, c *candidate.Candidate) *gate.Verdict {
	t.Helper()
	opt := gate.Options{Seed: seed}
	if start := Chosen(t); *runtimeName != "sim" {
		opt.Start = func(f *fabric.Fabric) (*gate.Live, error) { return start(t, f) }
	}
	if ready := imagers[*runtimeName]; ready != nil {
		opt.Images = func(f ...*fabric.Fabric) error { return ready(t.Context(), f...) }
	}
	return gate.Run(limited(t), base, c, opt)
}

// Broken returns the names of the checks that a verdict found broken, at any step, sorted and each once.
func Broken(v *gate.Verdict) []string {
	var out []string
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Broken {
				out = append(out, f.Check)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
