//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// Observe returns what is to be seen now; see the package comment for where each part comes from. The error says what
// cannot be told.
func (r *Runtime) Observe(req observe.Request) (*observe.Snapshot, error) {
	if err := r.each(r.look); err != nil {
		return nil, err
	}
	for _, n := range r.nodes {
		if n.speaker != nil && n.speaker.Ended() != nil { // of a node that is no router
			return nil, n.speaker.Ended()
		}
		if n.seen != nil && len(n.seen.report.Problems) > 0 {
			return nil, fmt.Errorf("router %s: %s", n.Name, n.seen.report.Problems[0])
		}
	}
	snap := r.snapshot()
	asked := len(req.Trips)
	req.Trips = append(slices.Clip(req.Trips), r.agents.trips()...)
	traffic, err := r.traffic(req)
	if err != nil {
		return nil, err
	}
	snap.At = time.Since(r.started)
	snap.Bundles, snap.Loads, snap.Trips = traffic.Bundles, traffic.Loads, traffic.Trips[:asked]
	if r.agents == nil {
		return snap, r.try(snap.Trips)
	}
	r.agents.clock.Lock()
	defer r.agents.clock.Unlock()
	if slices.ContainsFunc(r.nodes, func(n *node) bool { return n.Blind() }) { // the tables alone do not tell what arrives
		if err := r.try(traffic.Trips[asked:]); err != nil {
			return nil, err
		}
	}
	down, err := r.agents.know(traffic.Trips[asked:])
	if err == nil {
		err = r.try(snap.Trips)
	}
	if err == nil && req.Sample > 0 {
		err = r.count(req, snap.Loads, down)
	}
	return snap, err
}

// Predict returns what the simulation of the same fabric shows of its state when it was last settled.
func (r *Runtime) Predict(req observe.Request) (*observe.Snapshot, error) {
	return r.model.Observe(req)
}

// traffic works out what becomes of packets by the forwarding tables of all kernels: a simulation of routers that
// have nothing but the routes seen there.
func (r *Runtime) traffic(req observe.Request) (*observe.Snapshot, error) {
	f := r.Fabric.Clone()
	f.Sessions, f.Nodes = nil, slices.Clone(f.Nodes)
	for i, n := range r.nodes {
		routes, err := r.forwarded(n)
		if err != nil {
			return nil, err
		}
		x := *n.Node
		x.Routes = routes
		f.Nodes[i] = &x
	}
	s := sim.New(f, r.opt.Seed)
	if err := r.breakLinks(s); err != nil {
		return nil, err
	}
	if err := s.Settle(context.Background()); err != nil {
		return nil, fmt.Errorf("forwarding tables: %w", err)
	}
	return s.Observe(req)
}

// dark reports whether a router has said that its end of the link has no carrier.
func (e *end) dark() bool {
	return e.node.seen != nil && slices.Contains(e.node.seen.report.Dark, e.name)
}

// forwarded returns a kernel's forwarding table as a node's own routes. The simulation gives every node the routes that follow from
// its links of itself, so it is an error if one of them is missing in the kernel.
func (r *Runtime) forwarded(n *node) ([]fabric.Route, error) {
	var table []observe.Forward
	seen := &shown{}
	if n.Role == fabric.Router {
		if n.Blind() {
			return nil, nil
		}
		table, seen = n.seen.table.FIB, shownBy(n.seen.report)
	} else {
		for _, e := range n.ends {
			if e.far.dark() {
				seen.dark = append(seen.dark, e.name)
			}
		}
		fib, err := n.ns.FIB()
		if err != nil {
			return nil, err
		}
		table = r.fib(n, seen, fib)
	}
	var errs []error
	for _, o := range active(r.usable(n, seen)) {
		if len(o.hops) > 0 && !slices.ContainsFunc(table, func(f observe.Forward) bool { return f.Prefix == o.Prefix }) {
			errs = append(errs, fmt.Errorf("node %s: its kernel has no route to %s, which follows from its links", n.Name, o.Prefix))
		}
	}
	var out []fabric.Route
	for _, x := range table {
		route := fabric.Route{Prefix: x.Prefix, Protocol: policy.Direct, Via: x.Hops, Drop: x.Drop, Pos: n.Pos}
		if slices.Contains(x.Hops, n.Name) {
			route.Via = nil
		}
		out = append(out, route)
	}
	return out, errors.Join(errs...)
}
