package multimog_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/multimog"
)

// equal returns a fleet of n servers of weight 1.
func equal(n int) multimog.Fleet {
	f := make(multimog.Fleet, n)
	for i := range f {
		f[i] = multimog.Server{Name: fmt.Sprintf("server%03d", i), Weight: 1}
	}
	return f
}

func weighted(weights ...float64) multimog.Fleet {
	f := equal(len(weights))
	for i, w := range weights {
		f[i].Weight = w
	}
	return f
}

func build(t require.TestingT, f multimog.Fleet, size int) *multimog.Table {
	table, err := f.Table(size)
	require.NoError(t, err)
	return table
}

func TestTableGivesExactQuotas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fleet multimog.Fleet
		size  int
		want  []int
	}{
		"seven equal":        {equal(7), 65537, []int{9363, 9363, 9363, 9362, 9362, 9362, 9362}},
		"colos of 4, 2, 1":   {weighted(4, 2, 1), 65537, []int{37450, 18725, 9362}},
		"exact thirds":       {weighted(1, 2), 3, []int{1, 2}},
		"one has no weight":  {weighted(1, 0, 1), 7, []int{4, 0, 3}},
		"one server":         {equal(1), 2, []int{2}},
		"more than slots":    {equal(5), 3, []int{1, 1, 1, 0, 0}},
		"weight of one half": {weighted(2, 1, 1), 65537, []int{32769, 16384, 16384}},
	} {
		require.Equal(t, c.want, build(t, c.fleet, c.size).Counts(), name)
	}
}

func TestTableRangesOfPeers(t *testing.T) {
	t.Parallel()
	spread := func(f multimog.Fleet) int {
		counts := build(t, f, 65537).Counts()
		return slices.Max(counts) - slices.Min(counts)
	}
	require.Equal(t, 1, spread(equal(400)), "Katran's 400 equal backends differ by one slot")
	require.Equal(t, 16385, spread(weighted(2, 1, 1)), "Katran's MaglevV2 with weights 2, 1, 1")
}

func TestTableRefusals(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		fleet multimog.Fleet
		size  int
	}{
		"table size 65536 is not a prime number, for example 65537":    {equal(2), 65536},
		"table size -7 is not a prime number, for example 65537":       {equal(2), -7},
		"server server001: weight -1 is not a number from 0 up":        {weighted(1, -1), 7},
		"server server000: weight NaN is not a number from 0 up":       {weighted(math.NaN()), 7},
		"server a: listed twice":                                       {multimog.Fleet{{"a", "", 1}, {"b", "", 1}, {"a", "", 1}}, 7},
		"the weights of 0 servers add up to 0, nothing to share by":    {nil, 7},
		"the weights of 2 servers add up to 0, nothing to share by":    {weighted(0, 0), 7},
		"the weights of 2 servers add up to +Inf, nothing to share by": {weighted(math.MaxFloat64, math.MaxFloat64), 7},
		"server server000: weight +Inf is not a number from 0 up":      {weighted(math.Inf(1)), 7},
		"table size 1 is not a prime number, for example 65537":        {equal(1), 1},
	} {
		_, err := c.fleet.Table(c.size)
		require.EqualError(t, err, want)
	}
}

func TestTableIsTheSameForAllNodes(t *testing.T) {
	t.Parallel()
	f := weighted(5, 3, 2, 1, 4, 2, 3)
	shuffled := slices.Clone(f)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	require.Equal(t, build(t, f, 4099), build(t, shuffled, 4099))
}

func TestTableProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := make(multimog.Fleet, rapid.IntRange(1, 30).Draw(t, "servers"))
		total := 0.0
		for i := range f {
			f[i] = multimog.Server{Name: fmt.Sprint(i), Weight: rapid.Float64Range(0, 100).Draw(t, "weight")}
			total += f[i].Weight
		}
		if total == 0 {
			f[0].Weight, total = 1, 1
		}
		size := rapid.SampledFrom([]int{2, 3, 7, 31, 251, 1021, 4099}).Draw(t, "size")
		table := build(t, f, size)

		weight := map[string]float64{}
		for _, s := range f {
			weight[s.Name] = s.Weight
		}
		sum := 0.0
		for i, name := range table.Names() {
			exact := weight[name] / total * float64(size)
			require.InDelta(t, exact, table.Counts()[i], 1, "%s is not within one slot", name)
			sum += table.Shares()[i]
		}
		require.InDelta(t, 1, sum, 1e-9)

		hash := rapid.Uint32().Draw(t, "hash")
		require.Equal(t, table.Names()[table.Slots()[hash%uint32(size)]], table.Lookup(hash))
	})
}

func BenchmarkTable(b *testing.B) {
	for _, n := range []int{7, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := equal(n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Table(multimog.DefaultSize); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
