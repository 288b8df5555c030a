package labtest

import (
	"slices"
	"testing"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
)

// Gate returns the verdict on the candidate at path, relative to the test's folder, for the fabric of that name below
// topologies/.
func Gate(t testing.TB, topology, path string) *gate.Verdict {
	t.Helper()
	base := Load(t, topology)
	c, err := base.With(path)
	if err != nil {
		t.Fatalf("candidate:\n%v", err)
	}
	return gate.Run(t.Context(), base, c, gate.Options{Seed: seed})
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
