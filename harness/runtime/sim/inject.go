package sim

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// Inject adds a witness: a route made up to see what policies do with it. Without a peer it enters the node's own
// table as it is, in place of one injected before, is preferred to every other route there, and discards packets. With a peer it takes the place of
// what that peer sent, ahead of the import policy; local preference is then only believed from an internal peer, and
// an invalid next hop is the peer's address. It takes effect with Settle.
func (s *Sim) Inject(name, from string, r policy.Route) error {
	n := s.byName[name]
	if n == nil || !r.Prefix.IsValid() {
		return fmt.Errorf("inject %s at %s: no such node, or no prefix", r.Prefix, name)
	}
	id := s.prefixes.id(r.Prefix)
	a := attrsOf(&r)
	if from == "" {
		o := &own{attrs: s.paths.intern(a), protocol: r.Protocol, drop: true, usable: true,
			injected: true, external: r.External, neighbor: r.Neighbor}
		o.next = at(n.own, id)
		for o.next != nil && o.next.injected {
			o.next = o.next.next
		}
		put(&n.own, id, o)
		n.mark(id)
		n.wake()
		return nil
	}
	i := slices.IndexFunc(n.peers, func(p *peer) bool { return p.Peer == from })
	if i < 0 {
		return fmt.Errorf("inject %s at %s: no session with %s", r.Prefix, name, from)
	}
	p := n.peers[i]
	a.kind, a.tag, a.preference = policy.At, 0, bgpPreference
	if p.external {
		a.localPref = defaultLocalPref
	}
	if p.injected == nil {
		p.injected = map[int32]*attrs{}
	}
	p.injected[id] = s.paths.intern(a)
	p.consider(id)
	n.wake()
	return nil
}

// Retract removes every witness. It takes effect with Settle.
func (s *Sim) Retract() {
	for _, n := range s.nodes {
		for id, o := range n.own {
			for ; o != nil && o.injected; o = o.next {
				n.own[id] = o.next
				n.mark(int32(id))
			}
		}
		for _, p := range n.peers {
			ids := p.injected
			p.injected = nil
			for id := range s.prefixes.list {
				if ids[int32(id)] != nil {
					p.consider(int32(id))
				}
			}
		}
		if len(n.dirty) > 0 {
			n.wake()
		}
	}
}
