package sim

import (
	"net/netip"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Observe returns a snapshot. Ask for it once the fabric has settled; before that it shows the fabric in between. The
// error says what cannot be told.
//
// Trips follow every equal-cost path: see observe.Walk. Bundles hash each flow at each router. A routing table has the
// routes that can be used; Hidden has the others.
func (s *Sim) Observe(req observe.Request) (*observe.Snapshot, error) {
	if err := s.problems.Err(); err != nil {
		return nil, err
	}
	snap := &observe.Snapshot{At: s.now, Tables: map[string]*observe.Table{}}
	order, v := s.prefixes.sorted(), s.view()
	for _, p := range s.peers {
		snap.Sessions = append(snap.Sessions, p.observe(order))
	}
	for _, n := range s.nodes {
		if n.Role == fabric.Router {
			snap.Tables[n.Name] = v.table(n, order)
		}
	}
	for _, t := range req.Trips {
		snap.Trips = append(snap.Trips, v.trip(t))
	}
	for _, f := range req.Flows {
		snap.Bundles = append(snap.Bundles, v.bundle(f))
	}
	for _, name := range req.Services {
		loads, err := v.load(name)
		if err != nil {
			return nil, err
		}
		snap.Loads = append(snap.Loads, loads...)
	}
	return snap, nil
}

// observe returns the end of the session with the routes that crossed it.
func (p *peer) observe(order []int32) observe.Session {
	out := observe.Session{Node: p.Node, Peer: p.Peer, Up: p.up, Why: p.why}
	out.Received, out.Sent = room(p.accepted), room(p.sent)
	for _, id := range order {
		if a := at(p.accepted, id); a != nil {
			out.Received = append(out.Received, p.route(id, a))
		}
		if a := at(p.sent, id); a != nil {
			out.Sent = append(out.Sent, p.outgoing(id, a))
		}
	}
	return out
}

// room returns an empty list that the column's routes fit in; nil if it has none.
func room(column []*attrs) []policy.Route {
	count := 0
	for _, a := range column {
		count += yes(a != nil)
	}
	if count == 0 {
		return nil
	}
	return make([]policy.Route, 0, count)
}

// outgoing returns a route of the Adj-RIB-Out with the attributes that go over the wire.
func (p *peer) outgoing(id int32, a *attrs) policy.Route {
	t := &p.node.sim.prefixes
	r := a.route(t.list[id])
	r.Preference = 0
	if p.external {
		r.LocalPref = 0
	}
	if !r.NextHop.IsValid() {
		r.NextHop = p.Local[t.family[id]]
	}
	return r
}

// table returns the routing and forwarding table of a router.
func (v *view) table(n *node, order []int32) *observe.Table {
	t := &observe.Table{}
	for _, id := range order {
		cs := n.candidates(id, v.sim.scratch[:0])
		v.sim.scratch = cs
		if len(cs) == 0 {
			continue
		}
		rank(cs, n.Paths)
		e := observe.Entry{Prefix: v.sim.prefixes.list[id], Paths: make([]observe.Path, 0, len(cs))}
		for i := range cs {
			path := observe.Path{Route: n.activeRoute(id, cs[i].active), Active: i == 0 || cs[i].equal, Reason: reason(cs, i)}
			if cs[i].from != nil {
				path.Peer = cs[i].from.Peer
			}
			e.Paths = append(e.Paths, path)
		}
		t.RIB = append(t.RIB, e)
		if cs[0].forwards() {
			t.FIB = append(t.FIB, v.install(n, id, cs).observe(n, e.Prefix))
		}
	}
	return t
}

func (f *forward) observe(n *node, p netip.Prefix) observe.Forward {
	out := observe.Forward{Prefix: p, Drop: f.drop}
	for _, m := range f.hops {
		out.Hops = append(out.Hops, m.Name)
	}
	if len(out.Hops) == 0 && !f.drop {
		out.Hops = []string{n.Name}
	}
	return out
}

// Hidden is a route that a peer sent but the router does not use.
type Hidden struct {
	Node, Peer string
	Route      policy.Route // as received
	Why        string
}

// Hidden returns the routes that a router's peers sent and that it does not use, by peer and prefix, with the reason: a
// loop, the import policy, or a next hop out of reach.
func (s *Sim) Hidden(name string) []Hidden {
	var out []Hidden
	n := s.byName[name]
	if n == nil {
		return nil
	}
	order := s.prefixes.sorted()
	for _, p := range n.peers {
		for _, id := range order {
			a, why := p.accept(id)
			if a != nil && !p.reaches(id, a) {
				why = noNextHop
			}
			if why == byPolicy {
				why += p.rejectedBy(id)
			}
			if why != "" {
				out = append(out, Hidden{n.Name, p.Peer, p.route(id, p.arrived(id)), why})
			}
		}
	}
	return out
}

// rejectedBy returns which term of the import policy rejects a route.
func (p *peer) rejectedBy(id int32) string {
	r, chain, env := p.importing(id, p.arrived(id))
	res := policy.Apply(chain, r, env)
	if res.Term == nil {
		return " by default"
	}
	return " in " + res.Policy.Name + ", term " + res.Term.Label()
}
