package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// Why a route that a peer sent is not used (RFC 4271 section 9.1.2, RFC 4456 section 8).
const (
	ownAS         = "the AS path holds the router's own AS"
	ownOriginator = "the originator is the router itself"
	ownCluster    = "the cluster list holds the router's own cluster"
	ownNextHop    = "the next hop is the router itself"
	byPolicy      = "the import policy rejects it"
	noNextHop     = "the next hop cannot be reached"
)

// receive takes an update into the Adj-RIB-In.
func (p *peer) receive(u update) {
	put(&p.received, u.id, u.attrs)
	p.consider(u.id)
}

// consider runs what is in the Adj-RIB-In through the import policy.
func (p *peer) consider(id int32) {
	a, _ := p.accept(id)
	if at(p.accepted, id) != a {
		put(&p.accepted, id, a)
		p.node.mark(id)
	}
}

// considerAll is consider for every prefix: a soft reset inbound.
func (p *peer) considerAll() {
	if p.up {
		for id := range p.node.sim.prefixes.list {
			p.consider(int32(id))
		}
	}
}

// arrived returns what the peer sent, or what was injected in its place.
func (p *peer) arrived(id int32) *attrs {
	if a := p.injected[id]; a != nil {
		return a
	}
	return at(p.received, id)
}

// accept returns the route as the import policy leaves it; nil and the reason if it is not used.
func (p *peer) accept(id int32) (*attrs, string) {
	a, n := p.arrived(id), p.node
	switch {
	case a == nil:
		return nil, ""
	case slices.Contains(a.path, p.LocalAS):
		return nil, ownAS
	case a.originator.IsValid() && a.originator == n.RouterID:
		return nil, ownOriginator
	case slices.Contains(a.clusters, n.RouterID):
		return nil, ownCluster
	case a.nextHop.IsValid() && n.local[a.nextHop]:
		return nil, ownNextHop
	}
	if len(p.In[n.sim.prefixes.family[id]]) == 0 {
		return a, ""
	}
	r, chain, env := p.importing(id, a)
	res := policy.Apply(chain, r, env)
	if res.Decision != policy.Accept {
		return nil, byPolicy
	}
	if res.Route.SameAttributes(r) {
		return a, ""
	}
	return p.store(a, &res.Route), ""
}

// importing returns what the import policy is given.
func (p *peer) importing(id int32, a *attrs) (policy.Route, policy.Chain, policy.Env) {
	f := p.node.sim.prefixes.family[id]
	return p.route(id, a), p.In[f], policy.Env{Direction: policy.Import, Peer: p.Remote[f], Exists: p.node.exists}
}

// store returns the attributes that the import policy made of a.
func (p *peer) store(a *attrs, r *policy.Route) *attrs {
	b := attrsOf(r)
	b.originator, b.clusters = a.originator, a.clusters
	if b.kind == policy.NextHopPeer || b.kind == policy.At && b.nextHop == r.Neighbor {
		b.kind, b.nextHop = policy.At, netip.Addr{}
	}
	return p.node.sim.paths.intern(b)
}

// route returns attributes as a route learned from the peer.
func (p *peer) route(id int32, a *attrs) policy.Route {
	t := &p.node.sim.prefixes
	r := a.route(t.list[id])
	r.Protocol, r.External, r.Neighbor = policy.BGP, p.external, p.Remote[t.family[id]]
	if !r.NextHop.IsValid() {
		r.NextHop = r.Neighbor
	}
	return r
}
