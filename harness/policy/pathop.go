package policy

import (
	"encoding/binary"
	"slices"
)

// pathOp is what prepending and expanding did to an AS path p: front, then the first AS of p expand
// times, then p. An empty p has no first AS and is not expanded. One after the other is again a pathOp.
type pathOp struct {
	front  string // four bytes an AS number, so that pathOp is comparable
	expand int
}

func (o pathOp) prepend(asns []uint32) pathOp {
	var b []byte
	for _, a := range asns {
		b = binary.BigEndian.AppendUint32(b, a)
	}
	o.front = string(b) + o.front
	return o
}

func (o pathOp) repeatFirst(count int) pathOp {
	if first := o.asns(); len(first) > 0 {
		return o.prepend(slices.Repeat(first[:1], count))
	}
	o.expand += count
	return o
}

// asns returns front as AS numbers.
func (o pathOp) asns() []uint32 {
	var out []uint32
	for b := []byte(o.front); len(b) > 0; b = b[4:] {
		out = append(out, binary.BigEndian.Uint32(b))
	}
	return out
}

// pathTest asks whether regex matches the path as op left it.
type pathTest struct {
	regex *Regex
	op    pathOp
}

// pathsDiffer returns the routes whose path two operations make different.
func (s *space) pathsDiffer(x, y pathOp) ref {
	empty := s.path(pathTest{regex: s.regexes.empty()})
	differ := yes // for a path with a first AS
	a, b := x.asns(), y.asns()
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(x.front)/4+x.expand == len(y.front)/4+y.expand && slices.Equal(a[:len(b)], b) {
		// The rest of the longer front stands against the first AS, repeated.
		switch rest := slices.Compact(a[len(b):]); len(rest) {
		case 0:
			differ = no
		case 1:
			differ = s.not(s.path(pathTest{regex: s.regexes.startsWith(rest[0])}))
		}
	}
	if x.front == y.front {
		return s.without(differ, empty)
	}
	return s.or(differ, empty)
}
