//go:build linux

package netns

import (
	"context"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// quietNative is quiet where there are native routers: SR Linux keeps what it sends back for up to five seconds
// (min-route-advertisement-interval).
const quietNative = 6 * time.Second

// quietBoot is quiet while no session of a blind router is up: it may be booting. Once one is, the others may still wait for their next try.
const (
	quietBoot = 5 * time.Minute
	quietRest = time.Minute
)

// booting returns how long the routers must have been silent because of blind ones that do not speak, or not to all neighbours, as these say; 0
// if there is none.
func (r *Runtime) booting() (time.Duration, error) {
	blind := func(n *node) bool { return n.Blind() }
	if !slices.ContainsFunc(r.nodes, blind) {
		return 0, nil
	}
	if err := r.catchUp(); err != nil {
		return 0, err
	}
	var out time.Duration
	for _, n := range r.nodes {
		if !n.Blind() {
			continue
		}
		if n.seen == nil {
			return quietBoot, nil
		}
		could, speaks := 0, 0
		for _, e := range n.ends {
			i := slices.IndexFunc(n.sessions, func(s *fabric.Session) bool { return s.Peer == e.far.node.Name })
			if i < 0 || !e.link.speaks() || e.far.node.Blind() {
				continue
			}
			for _, fam := range fabric.Families {
				if carries(n.sessions[i], fam) {
					could++
				}
				if r.told(n, n.sessions[i], fam).Up {
					speaks++
				}
			}
		}
		switch {
		case could > 0 && speaks == 0:
			out = quietBoot
		case speaks < could:
			out = max(out, quietRest)
		}
	}
	return out, nil
}

// quiet returns how long the routers must have been silent to have come to rest elsewhere than predicted.
func (r *Runtime) quiet() time.Duration {
	if slices.ContainsFunc(r.nodes, func(n *node) bool { return n.Engine == fabric.Native }) {
		return quietNative
	}
	return quiet
}

// quiesce is Settle where routers run what closlab does not read: it waits until all are silent. What the others make of what those were
// seen to send must then be as predicted, or Differences tells.
func (r *Runtime) quiesce(ctx context.Context) error {
	hoped := r.hoped()
	r.expect(hoped)
	if err := r.announce(ctx); err != nil {
		return r.unsettled(hoped, err)
	}
	if err := r.each(r.tell); err != nil {
		return err
	}
	silent := time.Duration(0)
	for resent := 0; ; {
		patience := r.quiet()
		if r.pending() {
			patience = max(patience, quietPending)
		}
		booting, err := r.booting()
		if err != nil {
			return err
		}
		patience = max(patience, booting)
		rested, ended := r.listen(ctx, patience)
		if ended != nil {
			return r.unsettled(hoped, ended)
		}
		if silent += patience; !rested {
			silent = 0
			continue
		}
		slowest, err := r.lookAround(hoped)
		if err != nil {
			return err
		}
		if silent < slowness*slowest {
			continue
		}
		given, err := r.given(ctx, r.snapshot())
		if err != nil {
			return err
		}
		r.expect(given)
		if r.differences = differences(given, r.snapshot()); len(r.differences) == 0 || resent == maxResends {
			return r.rest()
		}
		silent = 0
		resent++
		if err := r.resend(); err != nil {
			return err
		}
	}
}

// hoped returns a prediction of nothing but that all sessions are up whose links are.
func (r *Runtime) hoped() *observe.Snapshot {
	out := &observe.Snapshot{Tables: map[string]*observe.Table{}}
	for _, n := range r.nodes {
		if n.Role == fabric.Router {
			out.Tables[n.Name] = &observe.Table{}
		}
	}
	for _, l := range r.links {
		for i, e := range l.ends {
			if e.node.speaksTo(l.ends[1-i].node.Name) {
				out.Sessions = append(out.Sessions, observe.Session{Node: e.node.Name, Peer: l.ends[1-i].node.Name, Up: l.speaks()})
			}
		}
	}
	return out
}

// given returns what is predicted of all routers that closlab reads, given what the others were seen to send. Of those it is what was
// seen.
func (r *Runtime) given(ctx context.Context, seen *observe.Snapshot) (*observe.Snapshot, error) {
	f := r.running.Clone()
	f.Nodes = slices.Clone(f.Nodes)
	for i, n := range f.Nodes {
		if n.Opaque() {
			c := *n
			c.Kind, c.Routes = "", nil
			f.Nodes[i] = &c
		}
	}
	for _, s := range f.Sessions {
		if r.byName[s.Node].Opaque() {
			s.Out = [2]policy.Chain{policy.Calls(silence), policy.Calls(silence)}
		}
	}
	s := sim.New(f, r.opt.Seed)
	if err := r.breakLinks(s); err != nil {
		return nil, err
	}
	for _, l := range r.links {
		a, b := l.ends[0].node, l.ends[1].node
		if l.broken || (a.Opaque() || b.Opaque()) && l.speaks() && a.speaksTo(b.Name) && !up(seen, a.Name, b.Name) {
			if err := s.Break(fabric.Fault{Kind: fabric.SessionDown, A: a.Name, B: b.Name}); err != nil {
				return nil, err
			}
		}
	}
	for _, x := range seen.Sessions {
		for _, route := range x.Sent {
			if !r.byName[x.Node].Opaque() || !x.Up {
				continue
			}
			if err := s.Inject(x.Peer, x.Node, route); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range r.nodes {
		for _, route := range n.injected {
			if err := s.Inject(n.Name, "", route); err != nil {
				return nil, err
			}
		}
	}
	if err := s.Settle(ctx); err != nil {
		return nil, err
	}
	out, err := s.Observe(observe.Request{})
	if err != nil {
		return nil, err
	}
	for i, x := range out.Sessions {
		if r.byName[x.Node].Opaque() {
			out.Sessions[i], _ = seen.Session(x.Node, x.Peer)
		}
	}
	for name := range out.Tables {
		if r.byName[name].Opaque() {
			out.Tables[name] = seen.Tables[name]
		}
	}
	return out, nil
}

// up reports whether both ends of a session were seen to be up.
func up(seen *observe.Snapshot, a, b string) bool {
	x, _ := seen.Session(a, b)
	y, _ := seen.Session(b, a)
	return x.Up && y.Up
}

// speaksTo reports whether a node has a session with another.
func (n *node) speaksTo(peer string) bool {
	return slices.ContainsFunc(n.sessions, func(s *fabric.Session) bool { return s.Peer == peer })
}

// runs notes that a router now has the policies that it has in f.
func (r *Runtime) runs(f *fabric.Fabric, name string) {
	if r.running == nil {
		return
	}
	now := f.SessionsOf(name)
	for _, s := range r.running.SessionsOf(name) {
		for _, x := range now {
			if x.Peer == s.Peer {
				s.In, s.Out, s.SendsAll = x.In, x.Out, x.SendsAll
			}
		}
	}
}

// silence sends nothing.
var silence = &policy.Policy{Name: "silence", Terms: []*policy.Term{{Name: "all", Flow: policy.RejectRoute}}}

// breakLinks breaks in a simulation the links and nodes that are broken here.
func (r *Runtime) breakLinks(s *sim.Sim) error {
	for _, l := range r.links {
		if l.down || l.ends[0].dark() || l.ends[1].dark() {
			if err := s.Break(fabric.Fault{Kind: fabric.LinkDown, A: l.ends[0].node.Name, B: l.ends[1].node.Name}); err != nil {
				return err
			}
		}
	}
	for _, n := range r.nodes {
		if n.down {
			if err := s.Break(fabric.Fault{Kind: fabric.NodeDown, A: n.Name}); err != nil {
				return err
			}
		}
	}
	return nil
}
