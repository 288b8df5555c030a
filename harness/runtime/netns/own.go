//go:build linux

package netns

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// What a route of a router's own carries unless it says otherwise.
const (
	defaultLocalPref = 100
	bgpPreference    = 170
)

// ownRoute is a route of a node's own.
type ownRoute struct {
	fabric.OwnRoute
	hops []*end // the node's own ends of the links it leads over
}

func (o *ownRoute) aggregate() bool { return o.Protocol == policy.Aggregate }

// shown is what only looking tells of a node.
type shown struct {
	dark       []string       // links without carrier
	aggregates []netip.Prefix // aggregate routes that are active
}

// shownBy returns what a router says.
func shownBy(report *speaker.Report) *shown { return &shown{report.Dark, report.Aggregates} }

// usable returns the routes of a node's own that can be used, in fabric order: by what was seen or, if nothing was, by the links that the
// lab itself has put down, and then with all aggregate routes.
func (r *Runtime) usable(n *node, seen *shown) []ownRoute {
	var out []ownRoute
	if n.down {
		return nil
	}
	for _, o := range r.Fabric.OwnRoutes(n.Node) {
		x := n.own(o, func(e *end) bool { return e.link.up() && (seen == nil || !slices.Contains(seen.dark, e.name)) })
		idle := x.aggregate() && seen != nil && !slices.Contains(seen.aggregates, o.Prefix)
		if !idle && (len(o.Via) == 0 || len(x.hops) > 0) {
			out = append(out, x)
		}
	}
	return out
}

// own returns a route of the node's own, over those of its ends that pass.
func (n *node) own(o fabric.OwnRoute, passes func(*end) bool) ownRoute {
	out := ownRoute{OwnRoute: o}
	out.Drop = out.Drop || out.aggregate() && len(o.Via) == 0
	for _, via := range o.Via {
		for _, e := range n.ends {
			if e.far.node.Name == via && passes(e) {
				out.hops = append(out.hops, e)
			}
		}
	}
	return out
}

// active returns the most preferred of the routes to each prefix, the first of equals.
func active(usable []ownRoute) []ownRoute {
	var out []ownRoute
	for _, o := range usable {
		i := slices.IndexFunc(out, func(x ownRoute) bool { return x.Prefix == o.Prefix })
		switch {
		case i < 0:
			out = append(out, o)
		case o.Preference < out[i].Preference:
			out[i] = o
		}
	}
	return out
}

// own returns the routes that a router has of its own. Which of them are in force is for the router to find out: it knows its links.
func (r *Runtime) own(n *node) []speaker.Own {
	var out []speaker.Own
	for _, route := range n.injected {
		out = append(out, speaker.Own{Route: route, Discard: true, Announce: true})
	}
	if n.down {
		return out
	}
	for _, o := range r.Fabric.OwnRoutes(n.Node) {
		if _, covered := n.injected[o.Prefix]; covered {
			continue
		}
		o := n.own(o, func(*end) bool { return true })
		x := speaker.Own{Route: o.route(), Discard: o.Drop, Learned: o.Preference > bgpPreference, Aggregate: o.aggregate(), Announce: !o.Aside}
		if network(n, o.Prefix) {
			x.Route.Protocol = policy.BGP
		}
		for _, e := range o.hops {
			if r.connected(o) {
				break // the kernel has it
			}
			x.Hops = append(x.Hops, e.far.addrs[fabric.FamilyOf(o.Prefix.Addr())])
		}
		out = append(out, x)
	}
	return out
}

// connected reports whether a route of a node's own follows in its kernel from an address of a link: where the fabric lists the routes to its subnets.
func (r *Runtime) connected(o ownRoute) bool {
	return r.Fabric.Explicit && o.Protocol == policy.Direct && len(o.Via) > 0
}

// route returns the route as policies and tables show it.
func (o *ownRoute) route() policy.Route {
	out := policy.Route{Prefix: o.Prefix, Protocol: o.Protocol, LocalPref: defaultLocalPref, Tag: o.Tag, Preference: o.Preference,
		Communities: o.Communities}
	if len(o.hops) > 0 {
		out.NextHop = o.hops[0].far.addrs[fabric.FamilyOf(o.Prefix.Addr())]
	}
	return out
}
