package multimog

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"slices"
)

// DefaultSize is the usual number of slots of a table: Maglev's small table, a prime.
const DefaultSize = 65537

// Table maps flows to servers. It never changes once built.
type Table struct {
	names []string // servers that have a slot or could have had one, sorted
	slots []int32  // index into names
}

// Table returns the weighted Maglev table of the fleet with a prime number of slots.
//
// It follows Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (NSDI 2016), section 3.4:
// every server prefers the slots in an order of its own, derived from its name alone, and servers take
// turns to claim the first slot they prefer that is free. Weights are added in two places. A server claims
// exactly its quota, which is its share of the slots by weight rounded up or down (largest remainders are
// rounded up), and its turns are spread evenly over the rounds. Servers are sorted by name first, so every node that knows
// the same servers builds the same table, whatever order it learned them in.
//
// It is an error if the size is not prime, a weight is negative or not a number, a name occurs twice, or
// there is nothing with a weight.
func (f Fleet) Table(size int) (*Table, error) {
	if size < 2 || !big.NewInt(int64(size)).ProbablyPrime(0) {
		return nil, fmt.Errorf("table size %d is not a prime number, for example %d", size, DefaultSize)
	}
	servers := slices.SortedFunc(slices.Values(f), func(a, b Server) int { return cmp.Compare(a.Name, b.Name) })
	quota, err := quotas(servers, size)
	if err != nil {
		return nil, err
	}
	t := &Table{slots: make([]int32, size)}
	prefer := make([]permutation, len(servers))
	for i, s := range servers {
		t.names = append(t.names, s.Name)
		prefer[i] = newPermutation(s.Name, size)
	}
	for i := range t.slots {
		t.slots[i] = -1
	}
	t.fill(prefer, quota)
	return t, nil
}

// fill lets the servers claim their quotas. In each round the server of the largest quota claims one slot, and
// one of quota q has claimed ceil(r*q/largest) of them after round r.
func (t *Table) fill(prefer []permutation, quota []int) {
	largest := slices.Max(quota)
	credit := make([]int, len(quota))
	for i := range credit {
		credit[i] = largest - 1
	}
	for range largest {
		for i := range quota {
			if credit[i] += quota[i]; credit[i] < largest {
				continue
			}
			credit[i] -= largest
			slot := prefer[i].next()
			for t.slots[slot] >= 0 {
				slot = prefer[i].next()
			}
			t.slots[slot] = int32(i)
		}
	}
}

// quotas returns how many slots each server gets: its exact share rounded down, and one more for the largest
// remainders until all are given away. Ties go to the first by name.
func quotas(servers []Server, size int) ([]int, error) {
	total := 0.0
	for i, s := range servers {
		if !(s.Weight >= 0) || math.IsInf(s.Weight, 0) {
			return nil, fmt.Errorf("server %s: weight %v is not a number from 0 up", s.Name, s.Weight)
		}
		if i > 0 && servers[i-1].Name == s.Name {
			return nil, fmt.Errorf("server %s: listed twice", s.Name)
		}
		total += s.Weight
	}
	if total == 0 || math.IsInf(total, 0) {
		return nil, fmt.Errorf("the weights of %d servers add up to %v, nothing to share by", len(servers), total)
	}
	quota := make([]int, len(servers))
	rest := make([]float64, len(servers))
	order := make([]int, len(servers))
	left := size
	for i, s := range servers {
		whole, part := math.Modf(s.Weight / total * float64(size))
		quota[i], rest[i], order[i] = int(whole), part, i
		left -= quota[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		quota[i]++
	}
	return quota, nil
}

// permutation is the order in which a server prefers the slots: start, start+skip, ... modulo a prime size.
type permutation struct{ at, skip, size int }

func newPermutation(name string, size int) permutation {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	seed := h.Sum64()
	return permutation{int(mix(seed) % uint64(size)), int(mix(seed+hashMultiplier)%uint64(size-1)) + 1, size}
}

// next returns the slot and moves on.
func (p *permutation) next() int {
	slot := p.at
	p.at = (p.at + p.skip) % p.size
	return slot
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Size returns the number of slots.
func (t *Table) Size() int { return len(t.slots) }

// Lookup returns the server of a flow hash: that of slot hash modulo size.
func (t *Table) Lookup(hash uint32) string { return t.names[t.slots[hash%uint32(len(t.slots))]] }

// Names returns the servers in the order that Slots and Counts number them: sorted.
func (t *Table) Names() []string { return slices.Clone(t.names) }

// Slots returns for every slot the number of its server in Names, as a data plane loads it.
func (t *Table) Slots() []int32 { return slices.Clone(t.slots) }

// Counts returns the number of slots of each server, in the order of Names.
func (t *Table) Counts() []int {
	counts := make([]int, len(t.names))
	for _, s := range t.slots {
		counts[s]++
	}
	return counts
}

// Shares returns the part of the slots that each server has, in the order of Names; they add up to 1.
func (t *Table) Shares() []float64 {
	shares := make([]float64, len(t.names))
	for i, n := range t.Counts() {
		shares[i] = float64(n) / float64(len(t.slots))
	}
	return shares
}
