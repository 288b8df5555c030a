package multimog_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/multimog"
)

func without(down ...string) func(string) bool {
	return func(name string) bool {
		for _, d := range down {
			if d == name {
				return false
			}
		}
		return true
	}
}

func TestBypassGivesSlotsAwayByWeight(t *testing.T) {
	t.Parallel()
	f := weighted(1, 1, 2, 4)
	table := build(t, f, 65537)
	require.Equal(t, table.Slots(), f.Bypass(table, without()).Slots())
	got := f.Bypass(table, without("server003")).Shares()
	require.InDeltaSlice(t, []float64{0.25, 0.25, 0.5, 0}, got, 0.005)
	require.Nil(t, f.Bypass(table, func(string) bool { return false }))
	spare := weighted(0, 1)
	require.Nil(t, spare.Bypass(build(t, spare, 7), without("server001")), "the one that is up has no weight")
}

// A slot moves only if its server goes down, in whatever order servers go, and comes back where it was.
func TestBypassMovesNoSlotOfAServerThatIsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "servers")
		f := make(multimog.Fleet, n)
		for i := range f {
			f[i] = multimog.Server{Name: string(rune('a' + i)), Weight: float64(rapid.IntRange(1, 5).Draw(t, "weight"))}
		}
		table := build(t, f, 251)
		var down []string
		before := table
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}[:n]).Draw(t, "order")[1:] {
			down = append(down, f[i].Name)
			after := f.Bypass(table, without(down...))
			for slot, server := range after.Slots() {
				require.NotContains(t, down, after.Names()[server])
				if was := before.Names()[before.Slots()[slot]]; was != f[i].Name {
					require.Equal(t, was, after.Names()[server])
				}
			}
			before = after
		}
	})
}
