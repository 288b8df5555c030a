package policy

import (
	"math"
	"slices"
)

// maxSteps is how many AS numbers the search for an AS path may try, over all the states it visits.
const maxSteps = 200_000

// pathGoal is a test and the answer that is wanted.
type pathGoal struct {
	pathTest
	want bool
}

// searchResult is what came of a search.
type searchResult uint8

const (
	none searchResult = iota
	found
	tooLong
)

// findPath returns the shortest AS path that meets all goals. It runs their automata together, breadth first,
// and never uses AS 0 (RFC 7607).
func findPath(goals []pathGoal) ([]uint32, searchResult) {
	exprs := make([]*Regex, len(goals))
	for i, g := range goals {
		exprs[i] = g.regex
	}
	search := newSubsetSearch(exprs)
	start := search.start()
	for i, g := range goals {
		for _, asn := range g.op.asns() {
			search.stepOne(i, start, asn)
		}
	}
	met := func(sets []uint64) bool {
		for i, c := range []byte(search.accepts(sets)) {
			if (c == '1') != goals[i].want {
				return false
			}
		}
		return true
	}
	type reached struct {
		sets []uint64
		path []uint32
	}
	asns := tellingASNs(exprs)
	steps := 0
	seen := map[string]bool{}
	for queue := []reached{{start, nil}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if met(at.sets) {
			return at.path, found
		}
		if steps += len(asns); steps > maxSteps {
			return nil, tooLong
		}
		for _, asn := range asns {
			next := slices.Clone(at.sets)
			for i, g := range goals {
				search.stepOne(i, next, asn)
				for range g.op.expand {
					if len(at.path) == 0 {
						search.stepOne(i, next, asn)
					}
				}
			}
			key := search.key(next)
			if seen[key] {
				continue
			}
			seen[key] = true
			queue = append(queue, reached{next, append(slices.Clone(at.path), asn)})
		}
	}
	return nil, none
}

// stepOne reads a symbol in the automaton with that number, in place.
func (s *subsetSearch) stepOne(i int, sets []uint64, symbol uint32) {
	at := 0
	for _, r := range s.exprs[:i] {
		at += r.wordsLen
	}
	cur := sets[at : at+s.exprs[i].wordsLen]
	s.exprs[i].step(slices.Clone(cur), cur, symbol)
}

// asnRanges is where AS numbers for witnesses are taken from, best first: private use (RFC 6996),
// documentation (RFC 5398), then any, AS_TRANS (RFC 6793) and the last ones (RFC 7300) only if nothing else will do.
var asnRanges = []interval{
	{65001, 65534}, {64512, 65000}, {4200000000, 4294967294}, {64496, 64511},
	{1, 23455}, {23457, 64495}, {131072, 4199999999}, {1, math.MaxUint32},
}

// tellingASNs returns one AS number of every set that the expressions cannot tell apart, nicer ones first.
func tellingASNs(exprs []*Regex) []uint32 {
	begins := []uint32{0}
	for _, r := range exprs {
		for i := 1; i < len(r.lo); i++ {
			begins = append(begins, r.lo[i])
			if r.hi[i] < math.MaxUint32 {
				begins = append(begins, r.hi[i]+1)
			}
		}
	}
	slices.Sort(begins)
	begins = slices.Compact(begins)
	byRange := make([][]uint32, len(asnRanges))
	for i, lo := range begins {
		hi := uint32(math.MaxUint32)
		if i+1 < len(begins) {
			hi = begins[i+1] - 1
		}
		for n, nice := range asnRanges {
			if from := max(lo, nice.lo); from <= min(hi, nice.hi) {
				byRange[n] = append(byRange[n], from)
				break
			}
		}
	}
	return slices.Concat(byRange...)
}
