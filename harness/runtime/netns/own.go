//go:build linux

package netns

import (
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// What a route of a router's own carries unless it says otherwise.
const (
	defaultLocalPref = 100
	bgpPreference    = 170
)

// own returns the routes that a router is to have of its own now.
func (r *Runtime) own(n *node) []speaker.Own {
	var out []speaker.Own
	for _, route := range n.injected {
		out = append(out, speaker.Own{Route: route, Discard: true, Announce: true})
	}
	for _, o := range r.active(n) {
		if _, covered := n.injected[o.Prefix]; covered {
			continue
		}
		x := speaker.Own{Route: o.route(), Discard: o.Drop, Learned: o.Preference > bgpPreference}
		x.Announce = true
		if network(n, o.Prefix) {
			x.Route.Protocol = policy.BGP
		}
		for _, e := range o.hops {
			x.Hops = append(x.Hops, e.far.addrs[fabric.FamilyOf(o.Prefix.Addr())])
		}
		out = append(out, x)
	}
	return out
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
