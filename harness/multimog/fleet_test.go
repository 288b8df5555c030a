package multimog_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/multimog"
)

// The site of the 2022-06-21 model: three colos of four, two and one equal servers.
var site = multimog.Fleet{
	{"a1", "A", 1}, {"a2", "A", 1}, {"a3", "A", 1}, {"a4", "A", 1},
	{"b1", "B", 1}, {"b2", "B", 1},
	{"c1", "C", 1},
}

// The routers bring every colo the same share, whatever its size.
var perColo = []float64{1. / 12, 1. / 12, 1. / 12, 1. / 12, 1. / 6, 1. / 6, 1. / 3}

func everywhere(int, int) bool { return true }

func withinColo(f multimog.Fleet) func(from, to int) bool {
	return func(from, to int) bool { return f[from].Colo == f[to].Colo }
}

func TestServeAtRestFollowsWeight(t *testing.T) {
	t.Parallel()
	for _, settled := range []bool{false, true} {
		got := site.Serve(perColo, everywhere, settled)
		require.InDeltaSlice(t, []float64{4. / 7, 2. / 7, 1. / 7}, site.ByColo(got.Share), 1e-12)
		require.Zero(t, got.Lost)
		require.InDelta(t, 2./3, got.Foreign, 1e-12)
	}
}

func TestServeStaleLosesWhatIsMappedElsewhere(t *testing.T) {
	t.Parallel()
	got := site.Serve(perColo, withinColo(site), false)
	require.InDelta(t, 2./3, got.Lost, 1e-12)
	require.InDelta(t, 2./3, got.Foreign, 1e-12)
	require.InDeltaSlice(t, []float64{4. / 21, 2. / 21, 1. / 21}, site.ByColo(got.Share), 1e-12)
}

func TestServeSettledIsWhatTheRoutersBring(t *testing.T) {
	t.Parallel()
	got := site.Serve(perColo, withinColo(site), true)
	require.Zero(t, got.Lost)
	require.Zero(t, got.Foreign)
	share, want := site.ByColo(got.Share), site.ByColo(site.Want())
	for i, factor := range []float64{0.58333, 1.16667, 2.33333} {
		require.InDelta(t, factor, share[i]/want[i], 1e-5, site.Colos()[i])
	}
}

func TestServeKeepsToReachableLocalServers(t *testing.T) {
	t.Parallel()
	f := multimog.Fleet{{"a1", "A", 1}, {"a2", "A", 3}, {"b1", "B", 4}}
	alone := func(from, to int) bool { return false }
	require.Equal(t, []float64{1, 0, 0}, f.Serve([]float64{1, 0, 0}, alone, true).Share, "a server always reaches itself")

	lostA2 := func(from, to int) bool { return to != 1 }
	require.InDeltaSlice(t, []float64{0.5, 0, 0.5}, f.Serve([]float64{1, 0, 0}, lostA2, true).Share, 1e-12)
}

func TestServeWithoutWeight(t *testing.T) {
	t.Parallel()
	spare := multimog.Fleet{{"a1", "A", 0}, {"b1", "B", 1}}
	require.Equal(t, []float64{1, 0}, spare.Serve([]float64{1, 0}, withinColo(spare), true).Share)
	none := multimog.Fleet{{"a1", "A", 0}}
	require.InDelta(t, 1, none.Serve([]float64{1}, everywhere, true).Lost, 0)
	require.Equal(t, []float64{0}, none.Want())
}

func TestServeConservesFlow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "servers")
		f := make(multimog.Fleet, n)
		landed := make([]float64, n)
		brought := 0.0
		for i := range f {
			f[i].Colo = rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "colo")
			f[i].Weight = float64(rapid.IntRange(0, 5).Draw(t, "weight"))
			landed[i] = rapid.Float64Range(0, 1./float64(n)).Draw(t, "landed")
			brought += landed[i]
		}
		up := rapid.SliceOfN(rapid.Bool(), n*n, n*n).Draw(t, "reach")
		settled := rapid.Bool().Draw(t, "settled")
		got := f.Serve(landed, func(from, to int) bool { return up[from*n+to] }, settled)

		sum := got.Lost
		for _, s := range got.Share {
			require.GreaterOrEqual(t, s, 0.)
			sum += s
		}
		require.InDelta(t, brought, sum, 1e-9)
		require.LessOrEqual(t, got.Foreign, brought+1e-9)
		if settled && f.Want()[0]+f.Want()[n-1] > 0 {
			require.Zero(t, got.Lost, "settled servers lose nothing")
		}
	})
}
