package sim

import (
	"net/netip"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// own is a route that a node has of its own.
type own struct {
	attrs        *attrs
	protocol     policy.Protocol
	via          []*node
	drop         bool // discard; with neither via nor drop the prefix is the node's own
	aside        bool // BGP does not know of it
	announced    bool // there is a network statement for the prefix: BGP exports the route as its own
	usable       bool
	contributors int // of an aggregate: active routes inside it
	next         *own

	injected bool // a witness: preferred to all else, and with these marks of where it was learned
	external bool
	neighbor netip.Addr
}

// addOwn gives the node a route, behind those that it has to the same prefix.
func (n *node) addOwn(p netip.Prefix, o *own) {
	id := n.sim.prefixes.id(p)
	last := at(n.own, id)
	if last == nil {
		put(&n.own, id, o)
	} else {
		for ; last.next != nil; last = last.next {
		}
		last.next = o
	}
	if o.protocol == policy.Aggregate {
		n.aggregates = append(n.aggregates, id)
	}
	n.mark(id)
}

// addRoute gives the node a route of the fabric.
func (n *node) addRoute(r fabric.OwnRoute) {
	s := n.sim
	a := attrs{localPref: defaultLocalPref, tag: r.Tag, preference: r.Preference, communities: r.Communities}
	n.apart = n.apart || r.Aside
	o := &own{protocol: r.Protocol, aside: r.Aside, drop: r.Drop || r.Protocol == policy.Aggregate && len(r.Via) == 0}
	for _, name := range r.Via {
		to := s.byName[name]
		if to == nil || len(n.linkedTo(to)) == 0 {
			s.problems.Addf(r.Pos, "node %s: route %s via %s: no link leads there", n.Name, r.Prefix, name)
			continue
		}
		o.via = append(o.via, to)
	}
	o.attrs = s.paths.intern(a)
	n.addOwn(r.Prefix, o)
}

// refresh finds out which of the node's own routes can be used now, and marks those for which that changes.
func (n *node) refresh() {
	for id := range n.own {
		for o := n.own[id]; o != nil; o = o.next {
			usable := !n.down
			switch {
			case o.protocol == policy.Aggregate:
				usable = usable && o.contributors > 0
			case len(o.via) > 0:
				usable = n.lead(int32(id), o) && usable
			}
			if usable != o.usable {
				o.usable = usable
				n.mark(int32(id))
			}
		}
	}
}

// lead gives an own route over other nodes the next hop that it has now, the first one with a link up, and reports whether there is one.
func (n *node) lead(id int32, o *own) bool {
	f := n.sim.prefixes.family[id]
	for _, to := range o.via {
		for _, l := range n.linkedTo(to) {
			if !l.up() {
				continue
			}
			if a := *o.attrs; a.nextHop != l.remote[f] {
				a.nextHop = l.remote[f]
				o.attrs = n.sim.paths.intern(a)
				n.mark(id)
			}
			return true
		}
	}
	return false
}

// announce marks the routes that a network statement covers.
func (n *node) announce() {
	for _, list := range n.own {
		for o := list; o != nil; o = o.next {
			if o.protocol != policy.BGP {
				continue
			}
			for x := list; x != nil; x = x.next {
				x.announced = true
			}
		}
	}
}

// contribute tells the aggregates that hold the prefix that it has become active (+1) or inactive (-1). An aggregate
// is active while a more specific route is (Junos).
func (n *node) contribute(id int32, by int) {
	p := n.sim.prefixes.list[id]
	for _, agg := range n.aggregates {
		q := n.sim.prefixes.list[agg]
		if q.Bits() >= p.Bits() || !q.Contains(p.Addr()) {
			continue
		}
		for o := n.own[agg]; o != nil; o = o.next {
			if o.protocol == policy.Aggregate {
				o.contributors += by
				o.usable = !n.down && o.contributors > 0
			}
		}
		n.mark(agg)
	}
}

// route returns the node's own route as policies and tables show it.
func (o *own) route(p netip.Prefix) policy.Route {
	r := o.attrs.route(p)
	r.Protocol, r.External, r.Neighbor = o.protocol, o.external, o.neighbor
	return r
}
