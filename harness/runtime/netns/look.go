//go:build linux

package netns

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/native"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// seen is what was seen of a router when it was last looked at.
type seen struct {
	report *speaker.Report
	table  *observe.Table
}

// look asks a router and its kernel what they hold.
func (r *Runtime) look(n *node) error {
	report, err := n.speaker.Report(n.want.digest)
	if err != nil {
		return err
	}
	if report == nil {
		report = n.want.report
	}
	fib, err := n.ns.FIB()
	if err != nil {
		return err
	}
	if n.Switches() {
		fib = n.switched(report.Forwards)
	}
	if n.Blind() {
		n.seen = &seen{report: report, table: &observe.Table{}}
		return nil
	}
	n.seen = &seen{report: report, table: &observe.Table{RIB: r.rib(n, report), FIB: r.fib(n, shownBy(report), fib)}}
	return nil
}

// switched returns what a router of a forwarding table of its own forwards by, over the links that its next hops are on.
func (n *node) switched(table []native.Forward) []kernel.Route {
	var out []kernel.Route
	for _, f := range table {
		if f.Local {
			continue
		}
		k := kernel.Route{Dst: f.Prefix, Discard: f.Drop, Protocol: kernel.Static}
		for _, a := range f.Hops {
			h := kernel.Hop{Addr: a, Link: a.String()}
			for _, e := range n.ends {
				if e.far.addrs[fabric.FamilyOf(a)] == a {
					h.Link = e.name
				}
			}
			k.Hops = append(k.Hops, h)
		}
		out = append(out, k)
	}
	return out
}

// rib returns the routing table: what BGP learned, and the router's own routes, in the order of preference.
func (r *Runtime) rib(n *node, report *speaker.Report) []observe.Entry {
	var out []observe.Entry
	add := func(p observe.Path) {
		i, found := slices.BinarySearchFunc(out, p, func(e observe.Entry, p observe.Path) int {
			return observe.ComparePrefix(e.Prefix, p.Route.Prefix)
		})
		if !found {
			out = slices.Insert(out, i, observe.Entry{Prefix: p.Route.Prefix})
		}
		out[i].Paths = append(out[i].Paths, p)
	}
	for _, route := range n.injected {
		add(observe.Path{Route: route})
	}
	for _, o := range r.usable(n, shownBy(report)) {
		add(observe.Path{Route: o.route()})
	}
	for _, p := range report.Paths {
		if s := n.session(p.Route); s != nil {
			add(observe.Path{Route: accepted(s, p.Route), Peer: s.Peer, Active: p.Best})
		}
	}
	for _, e := range out {
		slices.SortStableFunc(e.Paths, func(a, b observe.Path) int {
			return cmp.Or(cmp.Compare(a.Route.Preference, b.Route.Preference), cmp.Compare(boolean(a.Peer != ""), boolean(b.Peer != "")))
		})
		if e.Paths[0].Peer == "" { // an own route wins: no other is used
			for i := range e.Paths {
				e.Paths[i].Active = i == 0
			}
		}
	}
	return out
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// session returns the session that a route came over.
func (n *node) session(route policy.Route) *fabric.Session {
	for _, s := range n.sessions {
		if s.Remote[fabric.FamilyOf(route.Prefix.Addr())] == route.Neighbor {
			return s
		}
	}
	return nil
}

// accepted returns a route of the routing table with what BGP does not carry.
func accepted(s *fabric.Session, route policy.Route) policy.Route {
	route.External, route.Preference = s.External(), bgpPreference
	if route.LocalPref == 0 {
		route.LocalPref = defaultLocalPref
	}
	return route
}

// fib returns the forwarding table by the names of the next nodes, and the router's own addresses.
func (r *Runtime) fib(n *node, seen *shown, routes []kernel.Route) []observe.Forward {
	var out []observe.Forward
	for _, x := range routes {
		if x.Protocol == kernel.Connected && !slices.ContainsFunc(n.Routes, func(o fabric.Route) bool {
			return o.Prefix == x.Dst && r.connected(ownRoute{OwnRoute: fabric.OwnRoute{Route: o}})
		}) {
			continue // the links themselves
		}
		f := observe.Forward{Prefix: x.Dst, Drop: x.Discard}
		for _, h := range x.Hops {
			f.Hops = append(f.Hops, n.far(h.Link))
		}
		slices.Sort(f.Hops)
		f.Hops = slices.Compact(f.Hops)
		out = append(out, f)
	}
	for _, o := range active(r.usable(n, seen)) {
		if len(o.Via) == 0 && !o.Drop && o.Protocol != policy.BGP {
			out = append(out, observe.Forward{Prefix: o.Prefix, Hops: []string{n.Name}})
		}
	}
	slices.SortFunc(out, func(a, b observe.Forward) int { return observe.ComparePrefix(a.Prefix, b.Prefix) })
	return out
}

// far returns the node that an interface leads to.
func (n *node) far(link string) string {
	for _, e := range n.ends {
		if e.name == link {
			return e.far.node.Name
		}
	}
	return fmt.Sprintf("(interface %s)", link)
}

// snapshot puts together what was seen of all routers.
func (r *Runtime) snapshot() *observe.Snapshot {
	snap := &observe.Snapshot{Tables: map[string]*observe.Table{}}
	for _, n := range r.nodes {
		if n.Role != fabric.Router || n.seen == nil {
			continue
		}
		snap.Tables[n.Name] = n.seen.table
		for _, s := range n.sessions {
			snap.Sessions = append(snap.Sessions, r.session(n, s))
		}
	}
	slices.SortFunc(snap.Sessions, func(a, b observe.Session) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Peer, b.Peer))
	})
	return snap
}

// session returns one end of a session, both families of it. What it sent is what the other end received.
func (r *Runtime) session(n *node, s *fabric.Session) observe.Session {
	out := observe.Session{Node: s.Node, Peer: s.Peer, Up: true}
	for _, fam := range fabric.Families {
		if !carries(s, fam) {
			continue
		}
		if x := r.told(n, s, fam); !x.Up {
			out.Up = false
			out.Why = cmp.Or(out.Why, x.State)
		}
		if other, back := r.back(s); other.seen != nil {
			for _, route := range r.told(other, back, fam).Received {
				out.Sent = append(out.Sent, sent(s, route))
			}
		}
	}
	for _, p := range n.seen.report.Paths {
		if n.session(p.Route) == s {
			out.Received = append(out.Received, accepted(s, p.Route))
		}
	}
	for _, list := range [][]policy.Route{out.Received, out.Sent} {
		slices.SortFunc(list, func(a, b policy.Route) int { return observe.ComparePrefix(a.Prefix, b.Prefix) })
	}
	return out
}

// back returns the other end of a session.
func (r *Runtime) back(s *fabric.Session) (*node, *fabric.Session) {
	other := r.byName[s.Peer]
	return other, other.sessions[slices.IndexFunc(other.sessions, func(b *fabric.Session) bool { return b.Peer == s.Node })]
}

// told returns a session of one family as its router reports it. Whether that of a blind router is up is what its neighbour reports.
func (r *Runtime) told(n *node, s *fabric.Session, fam fabric.Family) speaker.Session {
	out := n.seen.session(s, fam)
	if !n.Blind() {
		return out
	}
	other, back := r.back(s)
	if other.Blind() || other.seen == nil {
		return speaker.Session{State: "neither end tells"}
	}
	if x := other.seen.session(back, fam); !x.Up {
		return speaker.Session{State: x.State}
	}
	return out
}

// session returns a session of one family as the router reports it.
func (x *seen) session(s *fabric.Session, fam fabric.Family) speaker.Session {
	for _, y := range x.report.Sessions {
		if y.Remote == s.Remote[fam] {
			return y
		}
	}
	return speaker.Session{State: "its link or the session itself is down"}
}

// sent returns a route as it went over the wire.
func sent(s *fabric.Session, route policy.Route) policy.Route {
	route.Neighbor = netip.Addr{}
	switch {
	case s.External():
		route.LocalPref = 0
	case route.LocalPref == 0:
		route.LocalPref = defaultLocalPref
	}
	return route
}
