package multimog_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

func TestAgree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts  []int
		want    []float64
		freedom int
		agree   bool
	}{
		"as predicted":                   {[]int{5700, 2900, 1400}, byColo, 2, true},
		"what the routers bring":         {[]int{3300, 3300, 3400}, byColo, 2, false},
		"lost where nothing should be":   {[]int{5700, 2900, 1399, 1}, append(byColo[:3:3], 0), 2, false},
		"nothing lost where nothing is":  {[]int{5700, 2900, 1400, 0}, append(byColo[:3:3], 0), 2, true},
		"small classes count as one":     {[]int{990, 4, 3, 3}, []float64{0.99, 0.004, 0.003, 0.003}, 1, true},
		"and may be too full together":   {[]int{960, 14, 13, 13}, []float64{0.99, 0.004, 0.003, 0.003}, 1, false},
		"a small one goes with the next": {[]int{3, 500, 497}, []float64{0.003, 0.5, 0.497}, 1, true},
		"one class":                      {[]int{7, 0}, []float64{1, 0}, 0, true},
		"one class and a flow elsewhere": {[]int{7, 1}, []float64{1, 0}, 0, false},
	} {
		fit, err := multimog.Agree(c.counts, c.want)
		require.NoError(t, err, name)
		require.Equal(t, c.freedom, fit.Freedom, name)
		require.Equal(t, c.agree, fit.P > 0.001, "%s: %+v", name, fit)
	}
	for _, few := range [][]int{{0, 0}, {3, 3}} {
		_, err := multimog.Agree(few, []float64{1, 1})
		require.Error(t, err, "%v", few)
	}
}

var byColo = []float64{4. / 7, 2. / 7, 1. / 7}

// Counts that come from the predicted shares disagree as often as the level says, and so do two samples that have the same.
func TestChanceDisagreesAsOftenAsTheLevelSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const rounds, level = 4000, 0.05
	draw := func() []int {
		counts := make([]int, 3)
		for range 500 {
			x := r.Float64() * 7
			switch {
			case x < 4:
				counts[0]++
			case x < 6:
				counts[1]++
			default:
				counts[2]++
			}
		}
		return counts
	}
	wrong, unlike := 0, 0
	for range rounds {
		a, b := draw(), draw()
		fit, err := multimog.Agree(a, byColo)
		require.NoError(t, err)
		if fit.P < level {
			wrong++
		}
		if fit, err = multimog.Alike(a, b); fit.P < level {
			unlike++
		}
		require.NoError(t, err)
	}
	require.InDelta(t, level, float64(wrong)/rounds, 0.01)
	require.InDelta(t, level, float64(unlike)/rounds, 0.01)
}

func TestAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b  []int
		alike bool
	}{
		"equal":                   {[]int{570, 290, 140}, []int{570, 290, 140}, true},
		"of other sizes":          {[]int{570, 290, 140}, []int{5712, 2903, 1385}, true},
		"another distribution":    {[]int{570, 290, 140}, []int{330, 330, 340}, false},
		"one is lost by chance":   {[]int{570, 290, 140, 0}, []int{570, 290, 139, 1}, true},
		"many are lost":           {[]int{570, 290, 140, 0}, []int{540, 270, 120, 70}, false},
		"all in one class":        {[]int{9, 0}, []int{5, 0}, true},
		"all in the other class":  {[]int{90, 0}, []int{0, 90}, false},
		"none in a class of each": {[]int{90, 0, 10}, []int{80, 0, 20}, true},
	} {
		fit, err := multimog.Alike(c.a, c.b)
		require.NoError(t, err, name)
		require.Equal(t, c.alike, fit.P > 0.001, "%s: %+v", name, fit)
	}
	_, err := multimog.Alike([]int{2, 2}, []int{1, 3})
	require.EqualError(t, err, "4 and 4 flows are too few to compare")
	_, err = multimog.Alike([]int{0, 0}, []int{1, 3})
	require.EqualError(t, err, "0 and 4 flows are too few to compare")
}
