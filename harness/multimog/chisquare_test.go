package multimog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChiSquareDistribution(t *testing.T) {
	t.Parallel()
	for _, c := range []struct { // any printed table of the distribution
		freedom      int
		p, statistic float64
	}{
		{1, 0.05, 3.841}, {1, 0.001, 10.828}, {6, 0.05, 12.592}, {6, 0.001, 22.458},
		{10, 0.99, 2.558}, {30, 0.01, 50.892}, {100, 0.5, 99.334}, {100, 0.001, 149.449},
	} {
		require.InEpsilon(t, c.p, upperGamma(float64(c.freedom)/2, c.statistic/2), 0.0005, "%+v", c)
	}
}
