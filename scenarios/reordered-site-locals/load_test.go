package reordered_site_locals_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

var services = []string{"free", "pro", "biz", "ent", "dns", "traffic-predictor4", "traffic-predictor6"}

// chance is how far a share may be from what it should be: five standard errors of one that was counted, and no more than rounding if it
// was computed.
func chance(l observe.Load) float64 {
	if l.Flows == 0 {
		return 1e-9
	}
	return 5 * math.Sqrt(0.25/float64(l.Flows))
}

// Without site-locals no server can hand a flow to another colo: each gets the third that the routers bring it.
func TestEveryColoGetsAThirdOfTheLoad(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest every colo is as busy as the others")
	for _, l := range lab.Expect(check.Load(services, 10)).Loads {
		require.InDelta(t, 0, l.Lost, 1e-9)
		for _, c := range l.Colos {
			require.InDelta(t, 1./3, c.Landed, chance(l), "what the routers bring to %s", c.Name)
			require.InDelta(t, 0.7, c.Utilisation, 0.7*chance(l)/c.Want)
		}
	}

	lab.Step("with the change two flows of three are lost at first, then the smallest colo drowns")
	lab.Apply("candidate")
	loads := lab.ExpectBroken(check.Load(services, 10)).Loads
	require.Len(t, loads, 2*len(services))
	for _, l := range loads {
		if l.Phase == observe.Stale {
			require.InDelta(t, 2./3, l.Lost, chance(l), l.Service)
			continue
		}
		require.InDelta(t, 0, l.Lost, 1e-9, l.Service)
		for i, factor := range []float64{7. / 12, 7. / 6, 7. / 3} { // a third of the load over 4, 2 and 1 servers of 7
			c := l.Colos[i]
			require.InDelta(t, factor, c.Factor, chance(l)/c.Want, "%s at colo %s", l.Service, c.Name)
		}
	}

	lab.Step("how much is served depends on how busy the site was")
	for _, row := range []struct {
		offered     float64
		utilisation [3]float64
		dropped     [3]float64
		served      float64
	}{
		{0.40, [3]float64{.233, .467, .933}, [3]float64{0, 0, 0}, 1},
		{0.50, [3]float64{.292, .583, 1.167}, [3]float64{0, 0, .143}, .952},
		{0.70, [3]float64{.408, .817, 1.633}, [3]float64{0, 0, .388}, .871},
		{0.80, [3]float64{.467, .933, 1.867}, [3]float64{0, 0, .464}, .845},
		{0.90, [3]float64{.525, 1.05, 2.10}, [3]float64{0, .048, .524}, .810},
	} {
		lab.Offer(row.offered)
		for _, l := range lab.ExpectBroken(check.Load(services, 10)).Loads {
			if l.Phase == observe.Stale {
				continue
			}
			off := chance(l) + 5e-4
			for i, c := range l.Colos {
				require.InDelta(t, row.utilisation[i], c.Utilisation, off*row.offered/c.Want, "colo %s at %g", c.Name, row.offered)
				require.InDelta(t, row.dropped[i], c.Dropped/c.Share, 2*off/c.Want, "colo %s at %g", c.Name, row.offered)
			}
			require.InDelta(t, row.served, 1-l.Lost-l.Dropped, 3*off, "at %g", row.offered)
		}
	}
}
