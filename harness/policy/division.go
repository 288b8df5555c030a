package policy

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// region is the prefixes inside base, divided further by the regions inside it.
type region struct {
	base  netip.Prefix
	marks []mark
	inner []*region
}

// build hangs the marks, sorted by base, into the region.
func (r *region) build(marks []mark) {
	path := []*region{r} // from r inwards to the last region
	for _, m := range marks {
		last := path[len(path)-1]
		for last.base.Bits() > m.base.Bits() || !last.base.Contains(m.base.Addr()) {
			path = path[:len(path)-1]
			last = path[len(path)-1]
		}
		if last.base != m.base {
			next := &region{base: m.base}
			last.inner = append(last.inner, next)
			path = append(path, next)
			last = next
		}
		last.marks = append(last.marks, m)
	}
}

// span is the lengths for which a match holds in a region.
type span struct {
	match   int32
	lo, hi  int
	longest bool // it comes from a longest-match list
}

// division walks the regions, outer ones first, and collects their cells.
type division struct {
	decider []int // by match: the length of the base that decides its longest match here, or -1
	groups  []*group
	byKey   map[string]*group
	key     []byte
}

func (d *division) walk(r *region, outer []span) {
	spans, undo := d.enter(r, outer)
	d.cut(r, spans)
	for _, in := range r.inner {
		d.walk(in, spans)
	}
	for i := len(undo) - 1; i >= 0; i-- {
		d.decider[undo[i].match] = undo[i].bits
	}
}

// enter returns the spans inside r, and the deciders to restore on leaving it.
func (d *division) enter(r *region, outer []span) (spans []span, undo []mark) {
	spans = slices.Clone(outer)
	bits := r.base.Bits()
	for _, m := range r.marks {
		switch m.kind {
		case decides:
			if d.decider[m.match] == bits {
				continue
			}
			undo = append(undo, mark{match: m.match, bits: d.decider[m.match]})
			d.decider[m.match] = bits
			spans = slices.DeleteFunc(spans, func(s span) bool { return s.longest && s.match == m.match })
		case masks:
			for i := range spans {
				if s := &spans[i]; s.longest && s.match == m.match && s.lo <= bits && d.decider[m.match] != bits {
					s.lo = bits + 1
				}
			}
		case holdsIf:
			if d.decider[m.match] == m.bits {
				spans = append(spans, span{m.match, m.lo, m.hi, true})
			}
		case holds:
			spans = append(spans, span{m.match, m.lo, m.hi, false})
		}
	}
	return spans, undo
}

// cut divides the prefixes of r, without those of inner regions, by the lengths at which spans begin and end.
func (d *division) cut(r *region, spans []span) {
	var begins [130]bool
	full := r.base.Addr().BitLen()
	begins[r.base.Bits()], begins[full+1] = true, true
	for _, s := range spans {
		begins[max(s.lo, r.base.Bits())], begins[max(s.hi+1, r.base.Bits())] = true, true
	}
	inner := make([]netip.Prefix, len(r.inner))
	for i, in := range r.inner {
		inner[i] = in.base
	}
	for lo := r.base.Bits(); lo <= full; {
		hi := lo
		for !begins[hi+1] {
			hi++
		}
		if c, ok := newCell(r.base, lo, hi, inner); ok {
			d.add(c, spans)
		}
		lo = hi + 1
	}
}

func (d *division) add(c cell, spans []span) {
	var matches []int32
	for _, s := range spans {
		if s.lo <= c.lo && c.lo <= s.hi {
			matches = append(matches, s.match)
		}
	}
	slices.Sort(matches)
	matches = slices.Compact(matches)
	d.key = d.key[:0]
	for _, m := range matches {
		d.key = binary.AppendUvarint(d.key, uint64(m))
	}
	g := d.byKey[string(d.key)]
	if g == nil {
		g = &group{matches: matches}
		d.byKey[string(d.key)] = g
		d.groups = append(d.groups, g)
	}
	g.cells = append(g.cells, c)
}
