package policy

import (
	"cmp"
	"net/netip"
	"slices"
)

// cell is prefixes that no prefix match of the chains tells apart: those inside base with a length from
// lo to hi that are not inside a longer prefix which a match names.
type cell struct {
	base    netip.Prefix
	lo, hi  int
	witness netip.Prefix // one of them
}

// comparePrefixes orders by family and address, shorter prefixes first.
func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// freePrefix returns the first prefix of that length inside base and inside none of taken, which are
// sorted.
func freePrefix(base netip.Prefix, taken []netip.Prefix, length int) (netip.Prefix, bool) {
	at := netip.PrefixFrom(base.Addr(), length)
	for _, t := range taken {
		if t.Bits() > length || !t.Contains(at.Addr()) {
			continue
		}
		next := lastAddr(t).Next()
		if !next.IsValid() || !base.Contains(next) {
			return netip.Prefix{}, false
		}
		at = netip.PrefixFrom(next, length)
	}
	return at, true
}

// lastAddr returns the highest address in p.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// ranges returns the cells as few ranges, in order. A range may hold prefixes of other cells.
func ranges(cells []cell) []PrefixRange {
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b cell) int {
		return cmp.Or(comparePrefixes(a.base, b.base), cmp.Compare(a.lo, b.lo))
	})
	var out, around []PrefixRange // around: those that could hold the next one, outermost first
	for _, c := range sorted {
		if n := len(out) - 1; n >= 0 && out[n].Prefix == c.base && out[n].Max+1 == c.lo {
			out[n].Max = c.hi
			around[len(around)-1].Max = c.hi
			continue
		}
		for len(around) > 0 && !around[len(around)-1].Prefix.Contains(c.base.Addr()) {
			around = around[:len(around)-1]
		}
		if slices.ContainsFunc(around, func(r PrefixRange) bool { return r.Min <= c.lo && c.hi <= r.Max }) {
			continue
		}
		r := PrefixRange{c.base, c.lo, c.hi}
		out, around = append(out, r), append(around, r)
	}
	return out
}

// documentation is prefixes reserved for examples (RFC 5737, RFC 3849), as witnesses where any would do.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}

// newCell returns the cell if there is a prefix in it. Inner prefixes are sorted.
func newCell(base netip.Prefix, lo, hi int, inner []netip.Prefix) (cell, bool) {
	if base.Bits() == 0 {
		for _, d := range documentation {
			if base.Contains(d.Addr()) && lo <= d.Bits() && d.Bits() <= hi && !slices.ContainsFunc(inner,
				func(p netip.Prefix) bool { return p.Bits() <= d.Bits() && p.Contains(d.Addr()) }) {
				return cell{base, lo, hi, d}, true
			}
		}
	}
	w, ok := freePrefix(base, inner, lo)
	return cell{base, lo, hi, w}, ok
}
