package routemap

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// prefixes writes a match of prefixes as one prefix-list: first what needs no longest match, then that list, longest base
// first, with a deny behind all entries of a base.
func (g *generator) prefixes(m *policy.MatchPrefix) ([]string, truth, steps) {
	var rows []row
	for _, r := range g.ofFamily(m.Any) {
		rows = append(rows, row{text: g.rangeText(r)})
	}
	rows = append(rows, g.longest(m)...)
	if !slices.ContainsFunc(rows, func(r row) bool { return !r.deny }) {
		return nil, no, nil
	}
	name := ""
	if len(m.Names) == 1 {
		name = m.Names[0]
	}
	return []string{g.ip() + " address prefix-list " + g.prefixList(name, rows)}, open, nil
}

// ofFamily returns the ranges that routes of the session can be in.
func (g *generator) ofFamily(ranges []policy.PrefixRange) []policy.PrefixRange {
	return slices.DeleteFunc(slices.Clone(ranges), func(r policy.PrefixRange) bool {
		return r.Prefix.Addr().Is6() != g.session.V6 || r.Min > r.Max
	})
}

// longest returns the rows of a longest-match list.
func (g *generator) longest(m *policy.MatchPrefix) []row {
	filters := slices.DeleteFunc(slices.Clone(m.Longest), func(f policy.RouteFilter) bool { return f.Base.Addr().Is6() != g.session.V6 })
	slices.SortStableFunc(filters, func(a, b policy.RouteFilter) int {
		if c := b.Base.Bits() - a.Base.Bits(); c != 0 {
			return c
		}
		return a.Base.Masked().Addr().Compare(b.Base.Masked().Addr())
	})
	var rows []row
	for i, f := range filters {
		if f.Mask.IsValid() {
			g.refuse("it has no address masks: %s", f.Base)
			continue
		}
		if !f.Skip {
			for _, r := range g.ofFamily(f.Ranges) {
				rows = append(rows, row{text: g.rangeText(r)})
			}
		}
		if i+1 == len(filters) || filters[i+1].Base.Masked() != f.Base.Masked() {
			rows = append(rows, row{deny: true, text: g.rangeText(policy.OrLonger(f.Base))})
		}
	}
	return rows
}

// rangeText writes a range as an entry of a prefix-list: FRR wants the length below ge, and ge no higher than le.
func (g *generator) rangeText(r policy.PrefixRange) string {
	p := netip.PrefixFrom(r.Prefix.Addr(), r.Prefix.Bits()).Masked()
	switch {
	case r.Max == p.Bits():
		return p.String()
	case r.Min <= p.Bits():
		return fmt.Sprintf("%s le %d", p, r.Max)
	case r.Max == p.Addr().BitLen():
		return fmt.Sprintf("%s ge %d", p, r.Min)
	}
	return fmt.Sprintf("%s ge %d le %d", p, r.Min, r.Max)
}
