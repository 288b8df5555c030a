package multimog

import (
	"hash/fnv"
	"math"
)

// Bypass returns the fleet's table with the slots of servers that are down given to those that are up, about in proportion
// to weight. Every other slot stays, and a slot that was given away stays where it is, whatever else goes down:
// each slot has an order of its own in which it tries the servers. That is weighted rendezvous hashing
// (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA 2005). With no server up that has a
// weight it returns nil.
func (f Fleet) Bypass(t *Table, up func(name string) bool) *Table {
	out := &Table{names: t.names, slots: t.Slots()}
	weight := map[string]float64{}
	for _, s := range f {
		weight[s.Name] = s.Weight
	}
	var candidates []candidate
	down := make([]bool, len(t.names))
	for i, name := range t.names {
		if down[i] = !up(name); !down[i] && weight[name] > 0 {
			h := fnv.New64a()
			h.Write([]byte(name)) // never fails
			candidates = append(candidates, candidate{int32(i), h.Sum64(), weight[name]})
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	for i, s := range out.slots {
		if down[s] {
			out.slots[i] = first(candidates, uint64(i))
		}
	}
	return out
}

// candidate is a server that slots of others can be given to.
type candidate struct {
	number int32
	seed   uint64
	weight float64
}

// first returns the server that a slot tries first: each draws from an exponential distribution whose rate is its
// weight, and the least wins.
func first(candidates []candidate, slot uint64) int32 {
	least, winner := math.Inf(1), candidates[0].number
	for _, c := range candidates {
		uniform := (float64(mix(c.seed^mix(slot))>>11) + 0.5) / (1 << 53) // above 0, below 1
		if draw := -math.Log(uniform) / c.weight; draw < least {
			least, winner = draw, c.number
		}
	}
	return winner
}
