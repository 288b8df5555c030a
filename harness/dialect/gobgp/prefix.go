package gobgp

import (
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// ofFamily returns the ranges that routes of the session can be in.
func (g *generator) ofFamily(ranges []policy.PrefixRange) []policy.PrefixRange {
	return slices.DeleteFunc(slices.Clone(ranges), func(r policy.PrefixRange) bool {
		return r.Prefix.Addr().Is6() != g.session.V6 || r.Min > r.Max
	})
}

// step is the decision of the longest-match list for routes whose longest base is this one.
type step struct {
	base    netip.Prefix
	matches []policy.PrefixRange
}

// steps returns the decisions of the list, longest base first.
func (g *generator) steps(m *policy.MatchPrefix) []step {
	var out []step
	for _, f := range m.Longest {
		base := f.Base.Masked()
		if base.Addr().Is6() != g.session.V6 {
			continue
		}
		if f.Mask.IsValid() {
			g.refuse("it has no address masks: %s", f.Base)
			continue
		}
		i := slices.IndexFunc(out, func(s step) bool { return s.base == base })
		if i < 0 {
			i = len(out)
			out = append(out, step{base: base})
		}
		if !f.Skip {
			out[i].matches = append(out[i].matches, g.ofFamily(f.Ranges)...)
		}
	}
	slices.SortStableFunc(out, func(a, b step) int { return b.base.Bits() - a.base.Bits() })
	return out
}

// nested reports whether a base is inside another.
func nested(steps []step) bool {
	for i, a := range steps {
		for _, b := range steps[i+1:] {
			if b.base.Overlaps(a.base) {
				return true
			}
		}
	}
	return false
}

// plainPrefix returns the match as one set, where no longest match is needed.
func (g *generator) plainPrefix(m *policy.MatchPrefix) (test, truth) {
	ranges, steps := g.ofFamily(m.Any), g.steps(m)
	if nested(steps) {
		return test{}, several
	}
	for _, s := range steps {
		ranges = append(ranges, s.matches...)
	}
	if len(ranges) == 0 {
		return test{}, never
	}
	return g.in(ranges), sometimes
}

func (g *generator) in(ranges []policy.PrefixRange) test {
	return test{prefix: &api.MatchSet{Type: api.MatchSet_TYPE_ANY, Name: g.prefixes(ranges)}}
}

// longest writes the longest match as a ladder: a route that is in a base is decided there.
func (g *generator) longest(m *policy.MatchPrefix, fail label) {
	ok := g.newLabel()
	if any := g.ofFamily(m.Any); len(any) > 0 {
		g.jump(g.in(any), nil, ok)
	}
	for _, s := range g.steps(m) {
		if len(s.matches) > 0 {
			g.jump(g.in(s.matches), nil, ok)
		}
		g.jump(g.in([]policy.PrefixRange{policy.OrLonger(s.base)}), nil, fail)
	}
	g.always(fail, nil)
	g.place(ok)
}
