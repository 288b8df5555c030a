package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// maxRecursion bounds how many routes a next hop may resolve through, one after the other.
const maxRecursion = 8

// decideDirty decides the marked prefixes and returns those whose active route changed.
func (n *node) decideDirty() []int32 {
	var changed []int32
	for i := 0; i < len(n.dirty); i++ { // aggregates may add to it
		id := n.dirty[i]
		n.marked[id] = false
		old, now := at(n.best, id), n.decide(id)
		if told := n.passes(id, now); n.apart && told != at(n.told, id) {
			put(&n.told, id, told)
		} else if old == now {
			continue
		}
		changed = append(changed, id)
		if old == now {
			continue
		}
		put(&n.best, id, now)
		n.follow(id, old.attrs != nil, now.attrs != nil)
	}
	n.dirty = n.dirty[:0]
	return changed
}

// passes returns what BGP passes on of a prefix whose active route is given: that or, if it is an own one that BGP does not know of, the best of
// those that were learned.
func (n *node) passes(id int32, best active) active {
	if best.own == nil || !best.own.aside {
		return best
	}
	learned := slices.DeleteFunc(n.candidates(id, nil), func(c candidate) bool { return c.own != nil })
	if i := decide(learned); i >= 0 {
		return learned[i].active
	}
	return best
}

// tells returns what BGP passes on of a prefix now.
func (n *node) tells(id int32) active {
	if n.apart {
		return at(n.told, id)
	}
	return at(n.best, id)
}

// decide returns the best route of all that the node has to the prefix.
func (n *node) decide(id int32) active {
	cs := n.candidates(id, n.sim.scratch[:0])
	n.sim.scratch = cs
	if i := decide(cs); i >= 0 {
		return cs[i].active
	}
	return active{}
}

// candidates appends the routes to the prefix that can be used.
func (n *node) candidates(id int32, cs []candidate) []candidate {
	if n.down {
		return cs
	}
	f := n.sim.prefixes.family[id]
	for o := at(n.own, id); o != nil; o = o.next {
		if o.usable {
			cs = append(cs, candidate{active: active{attrs: o.attrs, own: o}, id: id})
		}
	}
	for _, p := range n.peers {
		if a := at(p.accepted, id); a != nil && p.reaches(id, a) {
			cs = append(cs, candidate{active: active{attrs: a, from: p}, id: id, peer: p.Remote[f]})
		}
	}
	return cs
}

// follow does what a change of the active route entails in the node itself.
func (n *node) follow(id int32, was, is bool) {
	s := n.sim
	s.watch(n, id)
	if was != is {
		n.contribute(id, yes(is)-yes(was))
		if n.watched[id] {
			n.reimport, n.reexport = true, true
			n.wake()
		}
	}
	p := s.prefixes.list[id]
	for a := range n.recursive {
		if p.Contains(a) {
			n.reresolve = true
			n.wake()
			break
		}
	}
}

// reaches reports whether the next hop of a path from the peer can be reached.
func (p *peer) reaches(id int32, a *attrs) bool {
	if a.kind != policy.At {
		return true // discarded here
	}
	if !a.nextHop.IsValid() && p.onLink {
		return true // the session itself is up
	}
	return p.node.resolves(p.nextHop(id, a), id, maxRecursion)
}

func (p *peer) nextHop(id int32, a *attrs) netip.Addr {
	if a.nextHop.IsValid() {
		return a.nextHop
	}
	return p.Remote[p.node.sim.prefixes.family[id]]
}

// resolves reports whether the node reaches a next hop: over a link, or through its table (RFC 4271 section 5.1.3), in
// which a route does not resolve its own next hop.
func (n *node) resolves(hop netip.Addr, of int32, depth int) bool {
	if l := n.remote[hop]; l != nil && l.up() {
		return true
	}
	if n.recursive == nil {
		n.recursive = map[netip.Addr]bool{}
	}
	n.recursive[hop] = true
	b, id := n.through(hop, of)
	switch {
	case b.own != nil:
		return b.own.drop || len(b.own.via) > 0
	case b.from != nil && depth > 0:
		return b.attrs.kind != policy.At || n.resolves(b.from.nextHop(id, b.attrs), id, depth-1)
	}
	return false
}

// through returns the active route with the longest prefix that holds the address, other than that to prefix except.
func (n *node) through(a netip.Addr, except int32) (active, int32) {
	for _, id := range n.sim.prefixes.covering(a) {
		if b := at(n.best, id); b.forwards() && id != except {
			return b, id
		}
	}
	return active{}, -1
}

// forwards reports whether the route goes into the forwarding table: a network statement alone does not, for it only
// says what BGP is to announce.
func (b active) forwards() bool {
	return b.attrs != nil && (b.own == nil || b.own.protocol != policy.BGP || b.own.drop || len(b.own.via) > 0)
}

// activeRoute returns the active route as policies and tables show it.
func (n *node) activeRoute(id int32, b active) policy.Route {
	if b.own != nil {
		return b.own.route(n.sim.prefixes.list[id])
	}
	return b.from.route(id, b.attrs)
}
