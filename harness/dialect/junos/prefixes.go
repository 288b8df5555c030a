package junos

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// prefixes is all that a term asks of the prefix of a route. Prefix lists, prefix-list filters and
// route filters of one term are alternatives; the route filters among them are one list, of which the
// longest prefix that contains the route decides alone.
type prefixes struct {
	names   []string
	listed  []policy.PrefixRange
	filters []filter
}

// prefixes returns the prefix conditions of a from, or nil if it has none.
func (r *reader) prefixes(from *conf.Node) *prefixes {
	var p prefixes
	var filters []conf.Statement
	for _, s := range from.Leaves() {
		switch s.Words[0] {
		case "prefix-list", "prefix-list-filter":
			r.listed(s, &p)
		case "route-filter":
			filters = append(filters, conf.Statement{Words: s.Words[1:], Pos: s.Pos})
		case "route-filter-list":
			if name, ok := r.value(s); ok {
				list, _ := lookup(r, s.Pos, "route-filter-list", name, r.filterLists)
				p.filters = append(p.filters, list...)
				p.names = append(p.names, strings.Join(s.Words, " "))
				r.warnEmpty(s, len(list))
			}
		default:
			continue
		}
	}
	own := r.filters(filters)
	for _, f := range own {
		if len(f.actions) == 0 {
			p.names = append(p.names, "route-filter "+f.label)
		}
	}
	p.filters = append(p.filters, own...)
	if len(p.names)+len(p.filters)+len(filters) == 0 {
		return nil
	}
	r.divide(&p)
	return &p
}

// listed reads prefix-list NAME and prefix-list-filter NAME TYPE.
func (r *reader) listed(s conf.Statement, p *prefixes) {
	matchType := "exact"
	if s.Words[0] == "prefix-list-filter" && len(s.Words) == 3 {
		matchType = s.Words[2]
	} else if len(s.Words) != 2 || s.Words[0] == "prefix-list-filter" {
		r.problem(s.Pos, "%q is not modelled: want a list, and a match type for a filter, without actions", strings.Join(s.Words, " "))
		return
	}
	p.names = append(p.names, strings.Join(s.Words, " "))
	list, ok := lookup(r, s.Pos, "prefix-list", s.Words[1], r.prefixLists)
	if !ok {
		return
	}
	ranges, err := list.ranges(matchType)
	if err != nil {
		r.problem(s.Pos, "%s: %s", strings.Join(s.Words, " "), err)
	}
	p.listed = append(p.listed, ranges...)
	r.warnEmpty(s, len(list.prefixes))
}

func (r *reader) warnEmpty(s conf.Statement, n int) {
	if n == 0 {
		r.hint(s.Pos, place.Warning, "empty-list", "%s %s is empty, so it matches no route", s.Words[0], s.Words[1])
	}
}

// divide settles which filter decides on a route where some have actions of their own: of filters with the same
// prefix the first that matches. It reports where the guide does not say which action a route gets.
func (r *reader) divide(p *prefixes) {
	if !slices.ContainsFunc(p.filters, func(f filter) bool { return len(f.actions) > 0 }) {
		return
	}
	for j := range p.filters {
		f := &p.filters[j]
		if len(p.listed) > 0 || f.Mask.IsValid() {
			r.problem(f.pos, "a route-filter with its own action beside a prefix list or an address-mask is not modelled: give %s a term of its own", f.label)
		}
		for _, earlier := range p.filters[:j] {
			if f.Base == earlier.Base && !f.yield(earlier) {
				r.problem(f.pos, "route-filter %s overlaps %s, which has other actions: keep one", f.label, earlier.label)
			}
		}
	}
}

// match returns the condition of the routes that get the term's own then.
func (p *prefixes) match() *policy.MatchPrefix {
	return p.build(p.names, p.listed, func(i int) bool { return len(p.filters[i].actions) == 0 })
}

// only returns the condition of the routes that filter i decides.
func (p *prefixes) only(i int) *policy.MatchPrefix {
	return p.build([]string{"route-filter " + p.filters[i].label}, nil, func(j int) bool { return i == j })
}

func (p *prefixes) build(names []string, listed []policy.PrefixRange, counts func(int) bool) *policy.MatchPrefix {
	var longest []policy.RouteFilter
	for i, f := range p.filters {
		f.Skip = !counts(i)
		longest = append(longest, f.RouteFilter)
	}
	return policy.NewMatchPrefix(names, listed, longest)
}
