package policy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// maxMasked is how many prefixes an address-mask filter may stand for.
const maxMasked = 4096

// isV4 and isV6 are the numbers of the family matches in a prefixTable; prefix matches follow.
const (
	isV4 int32 = iota
	isV6
	firstMatch
)

// prefixTable numbers the prefix matches of some chains and divides all prefixes into cells.
type prefixTable struct {
	ids       map[*MatchPrefix]int32
	marks     []mark
	undecided []string
}

// mark says what begins at a base prefix, for the match with that number.
type mark struct {
	base   netip.Prefix
	match  int32
	kind   markKind
	bits   int // of holdsIf: the length of the deciding base
	lo, hi int // of holds and holdsIf
}

type markKind uint8

const (
	decides markKind = iota // from here on, entries of the longest-match list with this base decide
	holdsIf                 // the match holds for these lengths where the base with bits decides
	masks                   // a mask filter that never matches decides for this very prefix, unless a base does
	holds                   // the match holds for these lengths
)

// number returns the number of the match.
func (t *prefixTable) number(m *MatchPrefix) int32 {
	if id, ok := t.ids[m]; ok {
		return id
	}
	id := firstMatch + int32(len(t.ids))
	t.ids[m] = id
	for _, r := range m.Any {
		t.mark(mark{base: r.Prefix, match: id, kind: holds, lo: r.Min, hi: r.Max})
	}
	for _, f := range m.Longest {
		if f.Mask.IsValid() {
			t.masked(f, id)
			continue
		}
		t.mark(mark{base: f.Base, match: id, kind: decides})
		for _, r := range f.Ranges {
			if r.Prefix.Bits() < f.Base.Bits() && r.Prefix.Contains(f.Base.Addr()) {
				r.Prefix = f.Base
			}
			if !f.Skip {
				t.mark(mark{base: r.Prefix, match: id, kind: holdsIf, bits: f.Base.Bits(), lo: r.Min, hi: r.Max})
			}
		}
	}
	return id
}

func (t *prefixTable) mark(m mark) {
	m.base = m.base.Masked()
	m.lo, m.hi = max(m.lo, m.base.Bits()), min(m.hi, m.base.Addr().BitLen())
	if m.lo <= m.hi || m.kind == decides || m.kind == masks {
		t.marks = append(t.marks, m)
	}
}

// masked writes an address-mask filter out as the prefixes it stands for.
func (t *prefixTable) masked(f RouteFilter, id int32) {
	base, mask := f.Base.Addr().AsSlice(), f.Mask.AsSlice()
	if len(base) != len(mask) {
		return // matches nothing
	}
	var free []int // bits that do not matter
	for i := range 8 * len(base) {
		bit := byte(0x80 >> (i % 8))
		switch {
		case i < f.Base.Bits() && mask[i/8]&bit == 0:
			free = append(free, i)
			fallthrough
		case mask[i/8]&bit == 0:
			base[i/8] &^= bit
		case i >= f.Base.Bits() && base[i/8]&bit != 0:
			return // asks for a host bit, and routes have none
		}
	}
	if len(free) > 12 {
		t.undecided = append(t.undecided, fmt.Sprintf("route-filter %s address-mask %s: stands for more than %d prefixes", f.Base, f.Mask, maxMasked))
		return
	}
	for n := range 1 << len(free) {
		b := slices.Clone(base)
		for i, bit := range free {
			if n>>i&1 == 1 {
				b[bit/8] |= 0x80 >> (bit % 8)
			}
		}
		a, _ := netip.AddrFromSlice(b)
		m := mark{base: netip.PrefixFrom(a, f.Base.Bits()), match: id, kind: holds, lo: f.Base.Bits(), hi: f.Base.Bits()}
		if f.Skip {
			m.kind = masks
		}
		t.mark(m)
	}
}

// group is cells for which the same matches hold.
type group struct {
	matches []int32 // ascending
	cells   []cell
}

// groups returns all prefixes of both families.
func (t *prefixTable) groups() []*group {
	slices.SortFunc(t.marks, func(a, b mark) int {
		return cmp.Or(comparePrefixes(a.base, b.base), cmp.Compare(a.kind, b.kind))
	})
	d := division{decider: make([]int, int(firstMatch)+len(t.ids)), byKey: map[string]*group{}}
	for i := range d.decider {
		d.decider[i] = -1
	}
	for i, family := range []string{"0.0.0.0/0", "::/0"} {
		all := netip.MustParsePrefix(family)
		is := all.Addr().Is6()
		n := slices.IndexFunc(t.marks, func(m mark) bool { return m.base.Addr().Is6() })
		part := t.marks
		switch {
		case is && n < 0:
			part = nil
		case is:
			part = part[n:]
		case n >= 0:
			part = part[:n]
		}
		root := &region{base: all}
		root.build(part)
		d.walk(root, []span{{match: int32(i), hi: all.Addr().BitLen()}})
	}
	return d.groups
}
