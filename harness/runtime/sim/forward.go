package sim

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// forward is a forwarding entry; without hops and not drop, the prefix is the node's own.
type forward struct {
	hops []*node // ordered by name
	drop bool
}

// view is the forwarding of all nodes at one moment, worked out as it is asked for.
type view struct {
	sim     *Sim
	entries map[*node][]*forward // by prefix
	owners  map[netip.Addr][]*node
}

func (s *Sim) view() *view {
	v := &view{sim: s, entries: map[*node][]*forward{}, owners: map[netip.Addr][]*node{}}
	for _, n := range s.nodes {
		for a := range n.local {
			if a.IsValid() {
				v.owners[a] = append(v.owners[a], n)
			}
		}
		for _, x := range s.fabric.Services {
			if n.Role == fabric.Server && slices.Contains(x.Colos, n.Colo) {
				v.owners[x.VIP] = append(v.owners[x.VIP], n)
			}
		}
		v.entries[n] = make([]*forward, len(s.prefixes.list))
	}
	return v
}

// entry returns the node's forwarding entry of a prefix that it has an active route to.
func (v *view) entry(n *node, id int32) *forward {
	if e := v.entries[n][id]; e != nil {
		return e
	}
	cs := n.candidates(id, nil)
	rank(cs, n.Paths)
	return v.install(n, id, cs)
}

// install works out the forwarding entry from the ranked routes.
func (v *view) install(n *node, id int32, ranked []candidate) *forward {
	var e forward
	for i := range ranked {
		if c := &ranked[i]; i == 0 || c.equal {
			n.resolve(&e, c.active, id, maxRecursion)
		}
	}
	e.drop = e.drop && len(e.hops) == 0
	slices.SortFunc(e.hops, func(a, b *node) int { return cmp.Compare(a.Name, b.Name) })
	e.hops = slices.Compact(e.hops)
	v.entries[n][id] = &e
	return &e
}

// resolve adds the next nodes of a route to e, or that it discards.
func (n *node) resolve(e *forward, b active, id int32, depth int) {
	switch {
	case b.own != nil:
		near := n.neighbours()
		for _, m := range b.own.via {
			if slices.Contains(near, m) {
				e.hops = append(e.hops, m)
			}
		}
		e.drop = e.drop || b.own.drop
		return
	case b.from == nil:
		return
	case b.attrs.kind != policy.At:
		e.drop = true
		return
	}
	hop := b.from.nextHop(id, b.attrs)
	if l := n.remote[hop]; l != nil && l.up() {
		e.hops = append(e.hops, l.node)
	} else if depth > 0 {
		through, by := n.through(hop, id)
		n.resolve(e, through, by, depth-1)
	}
}

// next returns where a node sends packets to an address: what becomes of them there, or Unknown and the next nodes.
func (v *view) next(n *node, to netip.Addr, sends bool) (observe.Ending, []*node) {
	if n.down {
		return observe.NoRoute, nil
	}
	if slices.Contains(v.owners[to], n) {
		return observe.Delivered, nil
	}
	if n.Role != fabric.Router && !sends {
		return observe.Refused, nil
	}
	b, id := n.through(to, -1)
	if b.attrs == nil {
		return observe.NoRoute, nil
	}
	switch e := v.entry(n, id); {
	case e.drop:
		return observe.Discarded, nil
	case len(e.hops) > 0:
		return observe.Unknown, e.hops
	case b.own != nil && len(b.own.via) == 0:
		return observe.Delivered, nil // to a prefix that is the router's own
	}
	return observe.NoRoute, nil
}
