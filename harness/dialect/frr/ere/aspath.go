package ere

import (
	"fmt"
	"math"

	"github.com/closlab/closlab/harness/policy"
)

// maxRanges is how many ranges of AS numbers an expression may tell apart.
const maxRanges = 4096

// ASPath returns the AS paths in whose text FRR finds the expression. Paths have no sets and no confederations.
func (e *Expr) ASPath() (*policy.Regex, error) {
	w := pathWalk{machine: e.machine, digits: e.machine.blocks(), ids: map[int32]int{}}
	w.state(-1)
	for i := 0; i < len(w.at); i++ {
		from := w.at[i]
		if from < 0 {
			from = 0 // the first AS number has no space in front
		} else {
			from = e.machine.next[from][' ']
		}
		if err := w.numbers(i, from); err != nil {
			return nil, fmt.Errorf("regular expression %q: %w", e.text, err)
		}
	}
	r, err := w.regex(e.text)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", e.text, err)
	}
	return r, nil
}

// pathWalk follows a machine from one AS number to the next. Its states are those of the machine behind an AS number, and
// one for the empty path.
type pathWalk struct {
	graph
	machine *machine
	digits  [][]int32
	ids     map[int32]int
	at      []int32 // by state; -1 for the empty path
	ranges  int
}

func (w *pathWalk) state(s int32) int {
	id, ok := w.ids[s]
	if !ok {
		id = len(w.at)
		w.ids[s] = id
		w.at = append(w.at, s)
		w.accept, w.edges = append(w.accept, w.machine.accept[max(s, 0)]), append(w.edges, nil)
	}
	return id
}

// blocks returns, for a count of digits and a state, the state behind any so many digits; -1 if it depends on them.
func (m *machine) blocks() [][]int32 {
	out := make([][]int32, 10)
	for k := range out {
		out[k] = make([]int32, len(m.accept))
		for s := range out[k] {
			if k == 0 {
				out[k][s] = int32(s)
				continue
			}
			to := out[k-1][m.next[s]['0']]
			for d := byte('1'); d <= '9'; d++ {
				if out[k-1][m.next[s][d]] != to {
					to = -1
				}
			}
			out[k][s] = to
		}
	}
	return out
}

// numbers adds the edges of all AS numbers to state i, whose texts begin at state from.
func (w *pathWalk) numbers(i int, from int32) error {
	w.edge(i, 0, 0, w.machine.next[from]['0'])
	low := uint64(1)
	for k := range 10 {
		for d := uint64(1); d <= 9; d++ {
			w.block(i, d*low, low, k, w.machine.next[from]['0'+d])
		}
		low *= 10
		if w.ranges > maxRanges {
			return fmt.Errorf("it tells more than %d ranges of AS numbers apart: write _ on both sides of an AS number", maxRanges)
		}
	}
	return nil
}

// block adds the AS numbers from lo on that begin with the digits read so far and have k more.
func (w *pathWalk) block(i int, lo, size uint64, k int, s int32) {
	if lo > math.MaxUint32 || w.ranges > maxRanges {
		return
	}
	if to := w.digits[k][s]; to >= 0 {
		w.edge(i, uint32(lo), uint32(min(lo+size-1, math.MaxUint32)), to)
		return
	}
	for d := range uint64(10) {
		w.block(i, lo+d*size/10, size/10, k-1, w.machine.next[s]['0'+d])
	}
}

func (w *pathWalk) edge(i int, lo, hi uint32, to int32) {
	id := w.state(to)
	es := w.edges[i]
	if n := len(es) - 1; n >= 0 && es[n].to == id && es[n].hi+1 == lo {
		es[n].hi = hi
		return
	}
	w.edges[i] = append(es, edge{lo, hi, id})
	w.ranges++
}
