package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Sim is a fabric of simulated routers. It must not be used by several goroutines at once.
type Sim struct {
	fabric   *fabric.Fabric
	nodes    []*node // in fabric order
	byName   map[string]*node
	links    []*link
	peers    []*peer // both ends of all sessions, ordered by node and peer
	prefixes prefixTable
	paths    attrTable
	problems place.Problems // of the fabric, told by Settle

	queue  queue
	now    time.Duration
	rng    *rand.Rand
	traces map[int32]*trace // by prefix, of those that look like oscillating
	found  *Oscillation

	scratch []candidate
}

// New returns the fabric with every session up and nothing announced yet. The seed draws the delays of messages:
// equal fabrics and seeds give equal runs. What is wrong with the fabric is told by Settle.
func New(f *fabric.Fabric, seed uint64) *Sim {
	s := &Sim{
		fabric: f, byName: map[string]*node{}, rng: rand.New(rand.NewPCG(seed, 0)),
		prefixes: prefixTable{ids: map[netip.Prefix]int32{}, cover: map[netip.Addr][]int32{}},
		paths:    attrTable{byHash: map[uint64]*attrs{}},
	}
	for _, x := range f.Nodes {
		n := &node{Node: x, sim: s, remote: map[netip.Addr]*adjacency{}, local: map[netip.Addr]bool{}}
		n.local[x.Addrs[fabric.V4]], n.local[x.Addrs[fabric.V6]] = true, true
		s.nodes, s.byName[x.Name] = append(s.nodes, n), n
	}
	for i := range f.Links {
		s.addLink(&f.Links[i])
	}
	for _, n := range f.Nodes {
		if n.Opaque() && len(f.SessionsOf(n.Name)) > 0 {
			s.problems.Addf(n.Pos, "%s (%s): closlab does not read what it runs, so that nothing can be predicted: observe the fabric with --runtime clab", n.Name, n.Kind)
		}
	}
	derived := make([][]fabric.OwnRoute, len(s.nodes))
	for i, n := range s.nodes { // before the derived routes, so that what BGP carries has the low numbers
		all := f.OwnRoutes(n.Node)
		for _, r := range all[:len(n.Routes)] {
			n.addRoute(r)
		}
		derived[i] = all[len(n.Routes):]
	}
	s.addSessions()
	for i, n := range s.nodes {
		for _, r := range derived[i] {
			n.addRoute(r)
		}
		n.announce()
		n.refresh()
		n.wake()
	}
	if len(s.problems) == 0 {
		for _, p := range s.peers {
			p.restart()
		}
	}
	return s
}

// Settle runs until nothing is left to do. The error is an *Oscillation if that never comes, a place.Problems if the
// fabric asks for what cannot be, or that of ctx.
func (s *Sim) Settle(ctx context.Context) error {
	if err := s.problems.Err(); err != nil {
		return err
	}
	s.traces, s.found = map[int32]*trace{}, nil
	for _, n := range s.nodes {
		clear(n.flaps)
	}
	for i := 0; s.queue.Len() > 0; i++ {
		if i%64 == 0 && ctx.Err() != nil {
			return fmt.Errorf("fabric %s: not settled after %s of virtual time: %w", s.fabric.Name, s.now, ctx.Err())
		}
		e := s.queue.next()
		s.now = e.at
		if e.msg != nil {
			n := e.msg.to.node
			n.inbox = append(n.inbox, e.msg)
			n.wake()
			continue
		}
		e.node.work()
		if s.found != nil {
			return s.found
		}
	}
	return nil
}

// work takes in what has arrived, decides, and exports.
func (n *node) work() {
	n.awake = false
	for _, m := range n.inbox {
		if m.epoch == m.to.epoch && m.to.up {
			for _, u := range m.updates {
				m.to.receive(u)
			}
		}
	}
	clear(n.inbox)
	n.inbox = n.inbox[:0]
	if n.reimport {
		n.reimport = false
		for _, p := range n.peers {
			p.considerAll()
		}
	}
	if n.reresolve {
		n.reresolve = false
		n.markAll()
	}
	changed := n.decideDirty()
	if n.reexport {
		n.reexport = false
		changed = changed[:0]
		for id := range n.sim.prefixes.list {
			changed = append(changed, int32(id))
		}
	}
	n.export(changed)
}

// Apply gives one node the policies that it has in f, and resets its sessions softly in both directions: its
// neighbours are sent what changes, withdrawals included. The rest of f is ignored. The error is a
// place.Problems if f lacks a session of the node, or a policy asks for what cannot be; then nothing is applied.
func (s *Sim) Apply(f *fabric.Fabric, name string) error {
	n := s.byName[name]
	if n == nil {
		return fmt.Errorf("node %s: not in fabric %s", name, s.fabric.Name)
	}
	ends := map[string]*fabric.Session{}
	for _, x := range f.SessionsOf(name) {
		ends[x.Peer] = x
	}
	kept := s.problems
	s.problems = nil
	for _, p := range n.peers {
		if x := ends[p.Peer]; x != nil {
			s.checkChains(&peer{Session: x})
		} else {
			s.problems.Addf(n.Pos, "session %s – %s: missing in the fabric to apply", p.Node, p.Peer)
		}
	}
	err := s.problems.Err()
	s.problems = kept
	if err != nil {
		return err
	}
	for _, p := range n.peers {
		p.In, p.Out = ends[p.Peer].In, ends[p.Peer].Out
	}
	n.regroup()
	n.reimport, n.reexport = true, true
	n.wake()
	return nil
}
