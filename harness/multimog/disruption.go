package multimog

import "fmt"

// Disruption is how much of a table a change of servers or weights moves, as shares of the slots.
type Disruption struct {
	Changed float64 // slots with another server than before
	Least   float64 // what any table with the new shares must move: the sum of the shares that servers lose
}

// Disrupt compares two tables slot by slot. It is an error if they differ in size, for then every
// flow is looked up elsewhere.
func Disrupt(before, after *Table) (Disruption, error) {
	size := len(before.slots)
	if size != len(after.slots) {
		return Disruption{}, fmt.Errorf("tables of %d and %d slots cannot be compared", size, len(after.slots))
	}
	changed, lost := 0, map[string]int{}
	for i := range size {
		was, is := before.names[before.slots[i]], after.names[after.slots[i]]
		lost[was]++
		lost[is]--
		if was != is {
			changed++
		}
	}
	least := 0
	for _, n := range lost {
		least += max(0, n)
	}
	return Disruption{float64(changed) / float64(size), float64(least) / float64(size)}, nil
}
