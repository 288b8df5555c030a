package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// untouched is the next hop kind of a route on its way into an export policy: any other kind that comes out was
// set by the policy.
const untouched policy.NextHopKind = 0xff

// group is an update group: peers of one family that are sent the same route if they are sent any.
type group struct {
	node     *node
	peers    []*peer
	chain    policy.Chain
	env      policy.Env
	external bool
	localAS  uint32
	selfish  bool // the chain looks at the peer, so nobody else can join
	sendsAll bool // whatever its well-known communities say
	prepend  []uint32
}

// regroup divides the peers into update groups and collects the conditions of their policies.
func (n *node) regroup() {
	n.groups, n.watched = [2][]*group{}, map[int32]bool{}
	for _, p := range n.peers {
		for _, f := range fabric.Families {
			n.conditions(p.In[f])
			n.conditions(p.Out[f])
			if p.carries(f) {
				n.join(p, f)
			}
		}
	}
}

func (n *node) join(p *peer, f fabric.Family) {
	for _, g := range n.groups[f] {
		if !g.selfish && g.sendsAll == p.SendsAll[f] && g.external == p.external && g.localAS == p.LocalAS && sameChain(g.chain, p.Out[f]) {
			g.peers = append(g.peers, p)
			return
		}
	}
	g := &group{node: n, peers: []*peer{p}, chain: p.Out[f], external: p.external, localAS: p.LocalAS, selfish: looksAtPeer(p.Out[f]),
		sendsAll: p.SendsAll[f]}
	g.env = policy.Env{Direction: policy.Export, Exists: n.exists}
	if g.selfish {
		g.env.Peer = p.Remote[f]
	}
	n.groups[f] = append(n.groups[f], g)
}

// export brings the Adj-RIBs-Out up to date for the prefixes, and sends what changes.
func (n *node) export(ids []int32) {
	for _, id := range ids {
		for _, g := range n.groups[n.sim.prefixes.family[id]] {
			g.update(id)
		}
	}
	for _, p := range n.peers {
		p.flush()
	}
}

// update brings the Adj-RIBs-Out of the group up to date for one prefix.
func (g *group) update(id int32) {
	b := g.node.tells(id)
	var shared *attrs
	evaluated := false
	for _, p := range g.peers {
		var out *attrs
		if p.up && b.attrs != nil && g.allows(b, p) {
			if !evaluated {
				shared, evaluated = g.advertise(id, b), true
			}
			out = shared
		}
		if p.up && at(p.sent, id) != out {
			put(&p.sent, id, out)
			p.pending = append(p.pending, update{id, out})
		}
	}
}

// allows reports whether BGP itself lets the route go to the peer: not back to where it came from, not into an AS that it
// has passed, and from one internal peer to another only by a reflector, whose internal peers are all
// clients (RFC 4456 section 6).
func (g *group) allows(b active, p *peer) bool {
	if p == b.from {
		return false
	}
	if g.external {
		return !slices.Contains(b.attrs.path, p.PeerAS)
	}
	return b.from == nil || b.from.external || g.node.Reflects
}

// advertise returns the route as the export policy and BGP leave it; nil if it is not sent.
func (g *group) advertise(id int32, b active) *attrs {
	before := g.node.activeRoute(id, b)
	if b.own != nil && b.own.announced {
		before.Protocol = policy.BGP
	}
	r := before
	r.NextHopKind = untouched
	if len(g.chain) == 0 {
		if g.env.Default(&r) != policy.Accept {
			return nil
		}
	} else {
		res := policy.Apply(g.chain, r, g.env)
		if res.Decision != policy.Accept {
			return nil
		}
		r = res.Route
	}
	if g.held(before.Communities, r.Communities) {
		return nil
	}
	return g.node.sim.paths.intern(g.wire(b, &before, &r))
}

// held reports whether a well-known community keeps the route from the group: see the package comment for the order of
// policy and communities.
func (g *group) held(before, after policy.Communities) bool {
	still := func(c policy.Community) bool { return before.Has(c) && after.Has(c) }
	if len(before) == 0 || g.sendsAll {
		return false
	}
	return still(policy.NoAdvertise) || g.external && (still(policy.NoExport) || still(policy.NoExportSubconfed))
}

// wire returns what goes to the peers, with the receiver's default of local preference on eBGP.
func (g *group) wire(b active, before, r *policy.Route) attrs {
	w := attrs{origin: r.Origin, med: r.MED, localPref: defaultLocalPref, preference: bgpPreference,
		path: r.ASPath, communities: r.Communities}
	switch r.NextHopKind {
	case untouched:
		if !g.external && b.from != nil && before.NextHopKind == policy.At {
			w.nextHop = before.NextHop
		}
	case policy.At:
		w.nextHop = r.NextHop
	case policy.NextHopPeer:
		w.nextHop = g.env.Peer
	}
	if !g.external {
		w.localPref = r.LocalPref
		g.reflect(b, &w)
		return w
	}
	g.prepend = append(append(g.prepend[:0], g.localAS), r.ASPath...)
	w.path = g.prepend
	if learned := b.own == nil || b.own.external; learned && r.MED == before.MED && !g.setsMED(before) {
		w.med = 0 // a neighbour's MED stays in this AS (RFC 4271 section 5.1.4); bgpd and GoBGP keep that of other routers of the AS, too
	}
	return w
}

// setsMED reports whether the policy sets the metric of a route to what it was before.
func (g *group) setsMED(before *policy.Route) bool {
	if before.MED == 0 {
		return false
	}
	_, steps := policy.Explain(g.chain, *before, g.env)
	for _, s := range steps {
		for _, a := range s.Term.Then {
			if x, ok := a.(*policy.SetNumber); ok && s.Failed == nil && x.Field == policy.MED {
				return true
			}
		}
	}
	return false
}

// reflect adds ORIGINATOR_ID and CLUSTER_LIST to a route that goes from one internal peer to another.
func (g *group) reflect(b active, w *attrs) {
	if b.from == nil || b.from.external {
		return
	}
	w.originator = b.attrs.originator
	if !w.originator.IsValid() {
		w.originator = b.from.remote.RouterID
	}
	w.clusters = append([]netip.Addr{g.node.RouterID}, b.attrs.clusters...)
}
