package multimog_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/multimog"
)

func TestChiSquare(t *testing.T) {
	t.Parallel()
	fit, err := multimog.ChiSquare([]int{50, 50}, []float64{1, 1})
	require.NoError(t, err)
	require.Equal(t, multimog.Fit{Freedom: 1, P: 1}, fit)

	fit, err = multimog.ChiSquare([]int{60, 40, 0}, []float64{2, 2, 0})
	require.NoError(t, err)
	require.InDelta(t, 4, fit.Statistic, 1e-12)
	require.InDelta(t, math.Erfc(math.Sqrt2), fit.P, 1e-12, "one degree of freedom is a normal variable squared")

	fit, err = multimog.ChiSquare([]int{50, 49, 1}, []float64{1, 1, 0})
	require.NoError(t, err)
	require.Zero(t, fit.P, "a flow where none belongs is no chance")
}

func TestChiSquareRefusesWhatItCannotTell(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		counts []int
		want   []float64
	}{
		"0 flows over 2 classes with a share: nothing to test":                 {[]int{0, 0}, []float64{1, 1}},
		"9 flows over 1 classes with a share: nothing to test":                 {[]int{9, 0}, []float64{1, 0}},
		"9 flows are too few: only 4.5 expected in the smallest class, want 5": {[]int{5, 4}, []float64{1, 1}},
	} {
		_, err := multimog.ChiSquare(c.counts, c.want)
		require.EqualError(t, err, want)
	}
}

// The rows of the precision table: seven equal servers, the worst of them, 95 %.
func TestTolerance(t *testing.T) {
	t.Parallel()
	seven := site.Want()
	for flows, percent := range map[int]float64{5000: 9.3, 20000: 4.7, 100000: 2.1, 500000: 0.93} {
		require.InDelta(t, percent, 100*multimog.Tolerance(seven, flows, 0.95), 0.05, "%d flows", flows)
	}
	require.Zero(t, multimog.FlowsFor([]float64{1, 0}, 0.01, 0.95), "one class is certain")
	require.Equal(t, math.MaxInt32, multimog.FlowsFor(seven, 0, 0.95))
	rapid.Check(t, func(t *rapid.T) {
		within := rapid.Float64Range(0.001, 0.5).Draw(t, "within")
		n := multimog.FlowsFor(seven, within, 0.999)
		require.LessOrEqual(t, multimog.Tolerance(seven, n, 0.999), within)
		require.Greater(t, multimog.Tolerance(seven, n-1, 0.999), within)
	})
}

// Each share has an error of its own, the largest of which is the tolerance.
func TestStrays(t *testing.T) {
	t.Parallel()
	got := multimog.Strays([]float64{4, 2, 1, 0}, 10000, 0.99)
	const z = 2.935 // of one in six hundred on either side
	for i, p := range []float64{4. / 7, 2. / 7, 1. / 7} {
		require.InDelta(t, z*math.Sqrt((1-p)/p/10000), got[i], 1e-5)
	}
	require.Zero(t, got[3])
	require.Equal(t, got[2], multimog.Tolerance([]float64{4, 2, 1, 0}, 10000, 0.99))
	require.Equal(t, []float64{0, 0}, multimog.Strays([]float64{1, 0}, 10, 0.99))
}

// The rows of the 2022-06-21 model: colos of 4, 2 and 1 that each get a third of the load.
func TestOverload(t *testing.T) {
	t.Parallel()
	share, want := []float64{1. / 3, 1. / 3, 1. / 3}, []float64{4. / 7, 2. / 7, 1. / 7}
	for _, c := range []struct {
		offered     float64
		utilisation []float64
		dropC       float64
	}{
		{0.40, []float64{0.233, 0.467, 0.933}, 0},
		{0.50, []float64{0.292, 0.583, 1.167}, 0.143},
		{0.70, []float64{0.408, 0.817, 1.633}, 0.388},
		{0.80, []float64{0.467, 0.933, 1.867}, 0.464},
		{0.90, []float64{0.525, 1.05, 2.10}, 0.524},
	} {
		u := multimog.Utilisation(c.offered, share, want)
		require.InDeltaSlice(t, c.utilisation, u, 0.0005, "offered %v", c.offered)
		require.InDelta(t, c.dropC, multimog.Drop(u[2]), 0.0005, "offered %v", c.offered)
	}
	require.InDelta(t, 0.048, multimog.Drop(1.05), 0.0005, "colo B at 0.90")
}

func TestOverloadWithoutCapacity(t *testing.T) {
	t.Parallel()
	require.Equal(t, []float64{math.Inf(1), 0}, multimog.Utilisation(0.5, []float64{1, 0}, []float64{0, 0}))
}
