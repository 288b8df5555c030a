//go:build linux

package netns

import (
	"errors"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// Break makes the fault happen; the consequences come with Settle. The error says that nothing in the fabric is
// what the fault names, or what the machine refuses. What is broken already stays so.
func (r *Runtime) Break(f fabric.Fault) error { return r.fault(f, true) }

// Mend undoes Break.
func (r *Runtime) Mend(f fabric.Fault) error { return r.fault(f, false) }

func (r *Runtime) fault(f fabric.Fault, broken bool) error {
	change := r.model.Mend
	if broken {
		change = r.model.Break
	}
	if err := change(f); err != nil {
		return err
	}
	a, b := r.byName[f.A], r.byName[f.B]
	if f.Kind == fabric.NodeDown {
		return r.turn(a, broken)
	}
	was := r.passing()
	for _, e := range a.ends {
		switch {
		case e.far.node != b:
		case f.Kind == fabric.LinkDown:
			e.link.down = broken
		default:
			e.link.broken = broken
		}
	}
	return r.carry(was, []*node{a, b}, nil)
}

// turn takes a node down with its links and sessions, or back.
func (r *Runtime) turn(n *node, down bool) error {
	was := r.passing()
	n.down = down
	touched := []*node{n}
	for _, e := range n.ends {
		touched = append(touched, e.far.node)
	}
	return r.carry(was, touched, n)
}

// passing returns which links are up, and on which of them sessions can be.
func (r *Runtime) passing() map[*link][2]bool {
	out := map[*link][2]bool{}
	for _, l := range r.links {
		out[l] = [2]bool{l.up(), l.speaks()}
	}
	return out
}

// speaks reports whether the link's session can be up.
func (l *link) speaks() bool { return l.up() && !l.broken }

// carry brings links, routes and sessions to what they are to be now, after what they were. Routers follow their links by themselves;
// turned is the node that went down or came back, or nil.
func (r *Runtime) carry(was map[*link][2]bool, touched []*node, turned *node) error {
	for _, l := range r.links {
		if up := l.up(); up != was[l][0] {
			for _, e := range l.ends {
				if err := e.node.ns.SetUp(e.name, up); err != nil {
					return err
				}
			}
			if up {
				if err := kernel.Meet(l.ends[0].inKernel(), l.ends[1].inKernel()); err != nil {
					return err
				}
			}
		}
		if was[l][1] && !l.speaks() {
			if err := r.onSession(l, drop, true, true); err != nil {
				return err
			}
		}
	}
	var errs []error
	for _, n := range touched {
		if n.Role != fabric.Router {
			errs = append(errs, r.direct(n))
			continue
		}
		if n == turned && (!n.down || n.speaker.Ended() == nil) {
			errs = append(errs, n.speaker.SetOwn(r.own(n)))
		}
		r.ring(n)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, passive := range []bool{true, false} {
		for _, l := range r.links {
			if !was[l][1] && l.speaks() {
				if err := r.onSession(l, (*speaker.Process).AddPeers, passive, !passive); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// drop has a router forget neighbours, unless it has ended.
func drop(p *speaker.Process, peers ...speaker.Peer) error {
	if p.Ended() != nil {
		return nil
	}
	return p.DropPeers(peers...)
}

// onSession calls f for the ends of a link's session that wait, for those that connect, or for both.
func (r *Runtime) onSession(l *link, f func(*speaker.Process, ...speaker.Peer) error, waiting, connecting bool) error {
	for _, e := range l.ends {
		i := slices.IndexFunc(e.node.sessions, func(s *fabric.Session) bool { return s.Peer == e.far.node.Name })
		if i < 0 {
			continue // a link to a server or host
		}
		s := e.node.sessions[i]
		if waits(s) && !waiting || !waits(s) && !connecting || e.node.Engine == fabric.Native && !l.up() { // which finds out by itself
			continue
		}
		if err := f(e.node.speaker, neighbours(e.node, s)...); err != nil {
			return fmt.Errorf("session %s – %s: %w", s.Node, s.Peer, err)
		}
	}
	return nil
}
