package multimog_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

// moved returns the part of the slots that have another server in the other table of that size.
func moved(before, after *multimog.Table) float64 {
	changed := 0
	for slot := range before.Size() {
		if before.Lookup(uint32(slot)) != after.Lookup(uint32(slot)) {
			changed++
		}
	}
	return float64(changed) / float64(before.Size())
}

// Removing one server moves little more than its own share, which is the least that any table moves. The published figures are 14.41 %, 1.56 %
// and 2.34 %, with other permutations.
func TestDisruptionOfOneServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		servers, size int
		changed       float64
	}{
		{7, 65537, 0.144},
		{100, 65537, 0.0156},
		{100, 16381, 0.0234},
	} {
		mean := 0.0
		full := build(t, equal(c.servers), c.size)
		const tries = 5
		for gone := range tries {
			rest := equal(c.servers)
			rest = append(rest[:gone], rest[gone+1:]...)
			mean += moved(full, build(t, rest, c.size)) / tries
		}
		require.GreaterOrEqual(t, mean, float64(c.size/c.servers)/float64(c.size))
		require.InEpsilon(t, c.changed, mean, 0.15, "%d servers in %d slots", c.servers, c.size)
	}
}

// Of backends of weight 1, 1, 2, 4 one of weight 2 goes. By remainder, 14 of 24 flows move (58.36 % were published for a
// million flows); the table moves little more than the quarter that must.
func TestDisruptionAgainstModulo(t *testing.T) {
	t.Parallel()
	modulo := func(hash uint32, slots string) byte { return slots[hash%uint32(len(slots))] }
	before, after := build(t, weighted(1, 1, 2, 4), 65537), build(t, weighted(1, 1, 0, 4), 65537)
	const flows = 200_000
	byModulo, byTable := 0, 0
	for i := range flows {
		f := flow("198.51.100.1:0", "192.0.2.1:443", 6)
		f.Src = netip.AddrPortFrom(netip.AddrFrom4([4]byte{100, 64, byte(i >> 20), byte(i >> 12)}), uint16(i))
		hash := f.Hash()
		if modulo(hash, "abccdddd") != modulo(hash, "abdddd") {
			byModulo++
		}
		if before.Lookup(hash) != after.Lookup(hash) {
			byTable++
		}
	}
	require.InDelta(t, 14./24, float64(byModulo)/flows, 0.005)
	require.InDelta(t, 0.25, float64(byTable)/flows, 0.03)
	require.Greater(t, float64(byTable)/flows, 0.245)
}
