package swapped_site_locals_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/labtest"
)

// A reorder is not an outage: above the reject, where the site-local terms stand decides nothing.
func TestSwappedSiteLocals(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"six-first", "above-the-reject"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			lab := labtest.Start(t, "mcp")

			lab.Step("at rest all invariants hold")
			before := lab.Expect(lab.Invariants()...)

			lab.Step("with the terms in another order nothing at all is different")
			lab.Apply(order)
			lab.Expect(append(lab.Invariants(), check.Same(before))...)

			lab.Step("rolling back leaves no trace")
			lab.Rollback()
			lab.Expect(check.Same(before))
		})
	}
}

// The gate passes both, and knows that no route there could be would be treated differently.
func TestGatePassesBoth(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"six-first", "above-the-reject"} {
		v := labtest.Gate(t, "mcp", order)
		labtest.Passes(t, v)
		require.Equal(t, []string{"spine1", "spine2"}, v.Order)
		require.Empty(t, v.Changes, "no route at all")
		require.Empty(t, v.Moved)
		require.Empty(t, v.Causes)
		require.Empty(t, v.Lint)
	}
}
