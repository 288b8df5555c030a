package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// PrefixRange is the prefixes inside Prefix with a length from Min to Max, both included
// (Min >= Prefix.Bits()). Junos: exact, longer, orlonger, upto, prefix-length-range.
type PrefixRange struct {
	Prefix   netip.Prefix
	Min, Max int
}

// Exactly returns the range that holds p alone.
func Exactly(p netip.Prefix) PrefixRange {
	p = p.Masked()
	return PrefixRange{p, p.Bits(), p.Bits()}
}

// OrLonger returns the range of p and all inside it.
func OrLonger(p netip.Prefix) PrefixRange {
	p = p.Masked()
	return PrefixRange{p, p.Bits(), p.Addr().BitLen()}
}

// Contains reports whether p is in the range.
func (pr PrefixRange) Contains(p netip.Prefix) bool {
	return pr.Min <= p.Bits() && p.Bits() <= pr.Max && pr.Prefix.Bits() <= p.Bits() && pr.Prefix.Contains(p.Addr())
}

func (pr PrefixRange) String() string {
	bits, full := pr.Prefix.Bits(), pr.Prefix.Addr().BitLen()
	switch {
	case pr.Min == bits && pr.Max == bits:
		return pr.Prefix.String()
	case pr.Min == bits && pr.Max == full:
		return pr.Prefix.String() + " orlonger"
	case pr.Min == bits+1 && pr.Max == full:
		return pr.Prefix.String() + " longer"
	case pr.Min == bits:
		return fmt.Sprintf("%s upto /%d", pr.Prefix, pr.Max)
	}
	return fmt.Sprintf("%s prefix-length-range /%d-/%d", pr.Prefix, pr.Min, pr.Max)
}

// RouteFilter is one entry of a longest-match list. Of all entries whose Base contains a route,
// those with the longest Base alone decide: the route matches if one of them holds it.
type RouteFilter struct {
	Base   netip.Prefix  // what takes part in the longest match
	Ranges []PrefixRange // what matches, all inside Base; several for `through`
	Mask   netip.Addr    // of address-mask: bits to compare, lengths equal; invalid otherwise
	Skip   bool          // takes part in the longest match but never matches
}

// Matches reports whether the entry itself holds p, the longest match aside.
func (f RouteFilter) Matches(p netip.Prefix) bool {
	if f.Mask.IsValid() {
		return p.Bits() == f.Base.Bits() && MaskedEqual(p.Addr(), f.Base.Addr(), f.Mask)
	}
	return slices.ContainsFunc(f.Ranges, func(r PrefixRange) bool { return r.Contains(p) })
}

// MaskedEqual reports whether a and b have the same family and agree in the bits that are set in mask.
func MaskedEqual(a, b, mask netip.Addr) bool {
	x, y, m := a.AsSlice(), b.AsSlice(), mask.AsSlice()
	if len(x) != len(y) || len(x) != len(m) {
		return false
	}
	for i := range x {
		if (x[i]^y[i])&m[i] != 0 {
			return false
		}
	}
	return true
}

// MatchPrefix matches the prefix of a route: if one of Any holds it, or the longest-match list
// Longest does. Names says what it was called, for people; it has no effect.
//
// For an address-mask filter, Base takes part in the longest match of exactly the routes that it
// matches, since its address is no prefix of them.
type MatchPrefix struct {
	Names   []string
	Any     []PrefixRange
	Longest []RouteFilter

	any, longest prefixIndex
	masks        []int32 // entries of Longest with a Mask
}

// NewMatchPrefix returns the match with its indexes built; it must not be changed afterwards.
func NewMatchPrefix(names []string, anyOf []PrefixRange, longest []RouteFilter) *MatchPrefix {
	m := &MatchPrefix{Names: names, Any: anyOf, Longest: longest}
	for i, r := range anyOf {
		m.any.add(r.Prefix, int32(i))
	}
	for i, f := range longest {
		if f.Mask.IsValid() {
			m.masks = append(m.masks, int32(i))
		} else {
			m.longest.add(f.Base, int32(i))
		}
	}
	return m
}

// Matches reports whether the match holds p.
func (m *MatchPrefix) Matches(p netip.Prefix) bool {
	for _, bits := range m.any.bits {
		for _, i := range m.any.at(p, bits) {
			if m.Any[i].Contains(p) {
				return true
			}
		}
	}
	masked := false
	for _, i := range m.masks {
		if m.Longest[i].Matches(p) {
			if !m.Longest[i].Skip {
				return true
			}
			masked = true
		}
	}
	for _, bits := range m.longest.bits {
		if masked && bits < p.Bits() {
			return false
		}
		if entries := m.longest.at(p, bits); entries != nil {
			return slices.ContainsFunc(entries, func(i int32) bool { return !m.Longest[i].Skip && m.Longest[i].Matches(p) })
		}
	}
	return false
}

func (m *MatchPrefix) matches(r *Route, _ *Env, _ *trace) bool { return m.Matches(r.Prefix) }

// String names the match as the user did; it lists the prefixes where there is no name.
func (m *MatchPrefix) String() string {
	if len(m.Names) > 0 {
		return strings.Join(m.Names, " or ")
	}
	return m.Definition()
}

// Definition lists the prefixes, so that equal strings mean the same routes.
func (m *MatchPrefix) Definition() string {
	var s []string
	for _, r := range m.Any {
		s = append(s, r.String())
	}
	for _, f := range m.Longest {
		t := fmt.Sprintf("route-filter %s %v", f.Base, f.Ranges)
		if f.Mask.IsValid() {
			t = fmt.Sprintf("route-filter %s address-mask %s", f.Base, f.Mask)
		}
		if f.Skip {
			t = "not " + t
		}
		s = append(s, t)
	}
	if len(s) == 0 {
		return "no prefix"
	}
	return strings.Join(s, ", ")
}

// prefixIndex finds entries by their base prefix, longest first.
type prefixIndex struct {
	bits []int // the lengths that occur, longest first
	byID map[netip.Prefix][]int32
}

func (x *prefixIndex) add(p netip.Prefix, i int32) {
	if x.byID == nil {
		x.byID = map[netip.Prefix][]int32{}
	}
	p = p.Masked()
	x.byID[p] = append(x.byID[p], i)
	if at, ok := slices.BinarySearchFunc(x.bits, p.Bits(), func(a, b int) int { return b - a }); !ok {
		x.bits = slices.Insert(x.bits, at, p.Bits())
	}
}

// at returns the entries whose base is the first bits of p.
func (x *prefixIndex) at(p netip.Prefix, bits int) []int32 {
	if bits > p.Bits() {
		return nil
	}
	base, err := p.Addr().Prefix(bits)
	if err != nil {
		return nil
	}
	return x.byID[base]
}
