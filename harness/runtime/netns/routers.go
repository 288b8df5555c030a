//go:build linux

package netns

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// speak starts the routers: all of them with their policies and the ends of sessions that wait, then the ends that connect. No router has
// routes yet.
func (r *Runtime) speak(programs map[*node]program) error {
	err := all(r.nodes, func(n *node) error {
		if err := r.start(n, programs[n]); err != nil || n.Role != fabric.Router {
			return err
		}
		return n.speaker.AddPeers(r.peers(n, true)...)
	})
	if err := cmp.Or(err, r.register()); err != nil {
		return err
	}
	return r.each(func(n *node) error { return n.speaker.AddPeers(r.peers(n, false)...) })
}

// start starts the speaker of a node, a router's with its policies.
func (r *Runtime) start(n *node, policies program) error {
	var who *speaker.Router
	if n.Role == fabric.Router {
		who = &speaker.Router{Name: n.Name, Engine: n.Engine, Kind: n.Kind, Switches: n.Switches(), Blind: n.Blind(), ASN: n.ASN, ID: n.RouterID, Paths: n.Paths, Hidden: []string{runFolder}}
	}
	turn := n.turn
	p, err := r.opt.Ground.Start(r.life, n.Node, n.ns, who, r.opt.Log, func(g *speaker.Glance) { r.hear(n, turn, g) })
	if p != nil { // else the one from before says how it ended
		n.speaker = p
	}
	if err != nil || who == nil {
		return err
	}
	return policies.give(n.speaker)
}

// peers returns the neighbours of a router at whose sessions it waits, or connects.
func (r *Runtime) peers(n *node, passive bool) []speaker.Peer {
	var out []speaker.Peer
	for _, s := range n.sessions {
		if waits(s) == passive {
			out = append(out, neighbours(n, s)...)
		}
	}
	return out
}

// waits reports whether this end of a session waits for the other to connect.
func waits(s *fabric.Session) bool { return s.Node < s.Peer }

// neighbours returns the far end of a session, once a family.
func neighbours(n *node, s *fabric.Session) []speaker.Peer {
	var out []speaker.Peer
	for _, fam := range fabric.Families {
		if carries(s, fam) {
			out = append(out, speaker.Peer{Local: s.Local[fam], Remote: s.Remote[fam], LocalAS: s.LocalAS, PeerAS: s.PeerAS,
				Passive: waits(s), Client: n.Reflects && !s.External()})
		}
	}
	return out
}

// register notes the processes of nodes where Clean looks for them. Until then they end with this process or with their standard
// input.
func (r *Runtime) register() error {
	processes := map[string]kernel.Process{}
	for _, n := range r.nodes {
		if n.speaker == nil {
			continue
		}
		p, err := kernel.ProcessOf(n.speaker.Pid())
		switch {
		case errors.Is(err, fs.ErrNotExist): // it has ended: what it is asked next says how
		case err != nil:
			return fmt.Errorf("node %s: %w", n.Name, err)
		default:
			processes[n.Name] = p
		}
	}
	return r.home.change(func() { r.home.Processes, r.home.State = processes, Running })
}

// hear takes what a router tells of itself, or nil when its process has ended. What was replaced is not heard any more.
func (r *Runtime) hear(n *node, turn int, g *speaker.Glance) {
	r.mu.Lock()
	if turn != n.turn {
		r.mu.Unlock()
		return
	}
	n.glance, n.gone = g, g == nil
	r.mu.Unlock()
	if g == nil {
		select {
		case r.lost <- n.Name:
		default:
		}
	}
	r.ring(n)
}

// ring notes that a router has news.
func (r *Runtime) ring(n *node) {
	r.mu.Lock()
	r.changed[n] = true
	r.mu.Unlock()
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

// workers is how many routers, or nodes or links, are dealt with at the same time.
const workers = 8

// each calls f for every router, several at once, and returns the first error in fabric order.
func (r *Runtime) each(f func(*node) error) error {
	var routers []*node
	for _, n := range r.nodes {
		if n.Role == fabric.Router {
			routers = append(routers, n)
		}
	}
	return all(routers, f)
}

// all calls f for every one, several at once, and returns the first error in their order.
func all[T any](list []T, f func(T) error) error {
	return parallel(len(list), func(i int) error { return f(list[i]) })
}

// parallel calls f for every number below n, several at once, and returns the first error in their order.
func parallel(n int, f func(int) error) error {
	errs := make([]error, n)
	turn := make(chan struct{}, workers)
	var wg sync.WaitGroup
	for i := range n {
		turn <- struct{}{}
		wg.Go(func() {
			errs[i] = f(i)
			<-turn
		})
	}
	wg.Wait()
	return cmp.Or(errs...)
}
