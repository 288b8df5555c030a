//go:build linux

package speaker

import (
	"net/netip"
	"slices"
)

// inForce returns those of a router's own routes that are in force: those with a link to go over or none to need, and aggregate routes
// with another route inside (Junos). Of several to one prefix it is the one of lowest preference, the first of equals. It also returns
// the aggregate routes with a route inside, in force or not. learned are the prefixes of the learned routes in use.
func inForce(given []Own, l *links, learned []netip.Prefix) (map[netip.Prefix]Own, []netip.Prefix) {
	out := map[netip.Prefix]Own{}
	prefer := func(o Own) {
		if other, has := out[o.Route.Prefix]; !has || o.Route.Preference < other.Route.Preference {
			out[o.Route.Prefix] = o
		}
	}
	var aggregates []Own
	for _, o := range given {
		switch {
		case len(o.Hops) > 0 && !slices.ContainsFunc(o.Hops, l.reach): // all its links are dark
		case o.Aggregate:
			aggregates = append(aggregates, o)
		default:
			prefer(o)
		}
	}
	slices.SortFunc(aggregates, func(a, b Own) int { return b.Route.Prefix.Bits() - a.Route.Prefix.Bits() }) // one can be inside another
	var active []netip.Prefix
	for _, o := range aggregates {
		p := o.Route.Prefix
		inside := func(q netip.Prefix) bool { return q.Bits() > p.Bits() && p.Contains(q.Addr()) }
		any := slices.ContainsFunc(learned, inside)
		for q := range out {
			any = any || inside(q)
		}
		if !any {
			continue
		}
		active = append(active, p)
		prefer(o)
	}
	return out, active
}
