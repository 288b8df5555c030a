package policy

import (
	"math"
	"slices"
)

// clamp is the function x -> min(max(x+shift, lo), hi) on 32-bit numbers. Setting, saturating adding and
// saturating subtracting are such functions, and so is one after the other.
type clamp struct {
	shift  int64
	lo, hi uint32
}

var unchanged = clamp{0, 0, math.MaxUint32}

// then returns the function that does f first and the action afterwards.
func (f clamp) then(a *SetNumber) clamp {
	d := int64(a.Value)
	switch a.Arith {
	case Set:
		return clamp{0, a.Value, a.Value}
	case Sub:
		d = -d
	}
	out := clamp{f.shift + d, saturate(int64(f.lo) + d), saturate(int64(f.hi) + d)}
	if out.lo == out.hi {
		out.shift = 0
	}
	return out
}

func saturate(x int64) uint32 { return uint32(min(max(x, 0), math.MaxUint32)) }

func (f clamp) at(x uint32) uint32 {
	return uint32(min(max(int64(x)+f.shift, int64(f.lo)), int64(f.hi)))
}

// interval is the numbers from lo to hi, both included.
type interval struct{ lo, hi uint32 }

// preimage returns the x whose image is between lo and hi, both included.
func (f clamp) preimage(lo, hi uint32) (interval, bool) {
	if lo > hi || lo > f.hi || hi < f.lo {
		return interval{}, false
	}
	from, to := int64(0), int64(math.MaxUint32)
	if lo > f.lo {
		from = max(from, int64(lo)-f.shift)
	}
	if hi < f.hi {
		to = min(to, int64(hi)-f.shift)
	}
	return interval{saturate(from), saturate(to)}, from <= to
}

// equal returns where f and g are the same. Between the corners of both, each is flat or rises by one.
func (f clamp) equal(g clamp) []interval {
	starts := []int64{0}
	for _, c := range []int64{int64(f.lo) - f.shift, int64(f.hi) - f.shift, int64(g.lo) - g.shift, int64(g.hi) - g.shift} {
		for _, x := range []int64{c, c + 1} {
			if 0 < x && x <= math.MaxUint32 {
				starts = append(starts, x)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var out []interval
	for i, from := range starts {
		to := int64(math.MaxUint32)
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		gap := func(x int64) int64 { return int64(f.at(uint32(x))) - int64(g.at(uint32(x))) }
		slope := int64(0)
		if from < to {
			slope = gap(from+1) - gap(from)
		}
		switch {
		case slope == 0 && gap(from) == 0:
			out = append(out, interval{uint32(from), uint32(to)})
		case slope != 0:
			if x := from - gap(from)/slope; from <= x && x <= to {
				out = append(out, interval{uint32(x), uint32(x)})
			}
		}
	}
	return out
}
