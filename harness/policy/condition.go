package policy

import (
	"fmt"
	"slices"
	"strings"
)

// maxConditions is how many alternatives a class lists, and maxWords how many parts one of them has.
const maxConditions, maxWords = 8, 12

// conditions says in words what is common to the routes of the region, among those that are possible: each
// alternative is a conjunction. There is none if all of them are in the region.
func (s *space) conditions(region, possible ref) []string {
	cubes, complete := s.cover(s.and(region, possible), s.or(region, s.not(possible)))
	var out []string
	for _, c := range cubes {
		if len(c) == 0 {
			return nil
		}
		out = append(out, s.words(c))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if !complete || len(out) > maxConditions {
		out = append(out[:min(len(out), maxConditions)], "other combinations of attributes")
	}
	return out
}

// words returns the cube as "protocol static, with community 64500:1".
func (s *space) words(c cube) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	either := func(dim dimension, yes, no string, name func(variable) string) {
		for _, id := range s.asked(dim) {
			switch value, ok := c[id]; {
			case ok && value:
				add("%s%s", yes, name(s.vars[id]))
			case ok:
				add("%s%s", no, name(s.vars[id]))
			}
		}
	}
	prefix := func(v variable) string { return v.prefix.String() }
	either(isProtocol, "protocol ", "protocol not ", func(v variable) string { return Protocol(v.number).String() })
	either(isExternal, "route-type external", "route-type internal", func(variable) string { return "" })
	either(hasCommunity, "with ", "without ", func(v variable) string { return s.classes.list[v.number].words })
	either(pathMatches, "as-path ", "as-path not ", func(v variable) string { return v.path.String() })
	either(isOrigin, "origin ", "origin not ", func(v variable) string { return Origin(v.number).String() })
	for f := range Preference + 1 {
		switch in := s.bounds(f, c); {
		case in == interval{0, unchanged.hi}:
		case in.lo == in.hi:
			add("%s %d", f, in.lo)
		case in.hi == unchanged.hi:
			add("%s at least %d", f, in.lo)
		case in.lo == 0:
			add("%s at most %d", f, in.hi)
		default:
			add("%s %d-%d", f, in.lo, in.hi)
		}
	}
	either(fromNeighbor, "neighbor in ", "neighbor not in ", prefix)
	either(toPeer, "to a neighbor in ", "to a neighbor not in ", prefix)
	either(viaNextHop, "next-hop in ", "next-hop not in ", prefix)
	either(conditionHolds, "while the table holds ", "while the table does not hold ", prefix)
	if more := len(out) - maxWords; more > 1 {
		out = append(out[:maxWords], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

// String returns the test as "matching 65000 .*, after prepending 65001".
func (t pathTest) String() string {
	out := "matching " + t.regex.String()
	if t.op.expand > 0 {
		out += fmt.Sprintf(", after expanding by %d", t.op.expand)
	}
	if asns := t.op.asns(); len(asns) > 0 {
		out += ", after prepending " + strings.Trim(fmt.Sprint(asns), "[]")
	}
	return out
}
