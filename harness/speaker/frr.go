//go:build linux

package speaker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/kernel"
)

// frrRouter is a router of FRR's own daemons, as the process that is their parent has it.
type frrRouter struct {
	Router
	daemons *daemons.Router
	changed func(Glance)
	wake    chan struct{}

	forwarding atomic.Bool // the kernel's table has changed since the parent was told

	mu         sync.Mutex // of all that follows, and of what is configured
	links      links
	maps       *RouteMaps
	peers      map[netip.Addr]Peer
	spoken     map[netip.Addr]bool  // those that bgpd has
	given      []Own                // own routes
	own        map[netip.Prefix]Own // those that the daemons have
	aggregates []netip.Prefix       // aggregate routes with a route inside
}

// startUp is how long the daemons of a router have to start.
const startUp = time.Minute

// startFRR starts the daemons of a router, without neighbours and policies.
func startFRR(r Router, changed func(Glance)) (*frrRouter, error) {
	ns, err := kernel.Here(r.Name)
	if err != nil {
		return nil, err
	}
	links, err := newLinks(ns)
	if err != nil {
		return nil, err
	}
	out := &frrRouter{Router: r, changed: changed, wake: make(chan struct{}, 1), links: links, peers: map[netip.Addr]Peer{},
		spoken: map[netip.Addr]bool{}, own: map[netip.Prefix]Own{}, maps: &RouteMaps{}}
	events, err := ns.Watch(context.Background())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startUp)
	defer cancel()
	if out.daemons, err = daemons.Start(ctx, r.ASN, r.ID, os.Stderr, out.ring); err != nil {
		return nil, err
	}
	if err := watchLinks(ns, out.carrier, out.warn); err != nil {
		return nil, err
	}
	if err := out.daemons.ConfigureBGP(paths(r.Paths)...); err != nil {
		return nil, err
	}
	go out.run()
	go func() {
		for range events {
			out.forwarding.Store(true)
			out.ring()
		}
	}()
	go func() {
		err := <-out.daemons.Ended()
		out.warn(err)
		os.Exit(1) // a router without all of its daemons is dead
	}()
	return out, nil
}

// warn says what went wrong to whoever reads the router's log.
func (r *frrRouter) warn(err error) { fmt.Fprintf(os.Stderr, "router %s: %s\n", r.Name, err) }

// ring wakes run.
func (r *frrRouter) ring() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run tells the parent of changes: not of all that daemons have to say, as of a neighbour that they cannot reach again and again.
func (r *frrRouter) run() {
	const more = 5 * time.Millisecond // changes come in bursts
	var last Digest
	for range r.wake {
		<-time.After(more)
		forwarding := r.forwarding.Swap(false)
		r.mu.Lock()
		report, err := r.report(nil)
		r.mu.Unlock()
		if err != nil {
			r.warn(err)
			r.changed(Glance{}) // the report that is asked for then fails, too
			continue
		}
		now := report.Digest()
		if now == last && !forwarding {
			continue
		}
		last = now
		r.changed(report.glance())
	}
}

func (r *frrRouter) do(q *request, a *reply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	switch q.Op {
	case opPolicy:
		err = r.setPolicy(q.RouteMaps)
	case opAdd:
		for _, p := range q.Peers {
			r.peers[p.Remote] = p
		}
		err = r.meet()
	case opDrop:
		for _, p := range q.Peers {
			delete(r.peers, p.Remote)
		}
		err = r.meet()
	case opOwn:
		err = r.setOwn(q.Own)
	case opResend:
		err = r.resend(q.Peers)
	case opInstall:
		err = r.install()
	case opReport:
		a.Report, err = r.report(q.Known)
	default:
		err = errors.New("no such request")
	}
	return err
}

// report returns what the router holds, or nil if that is known already.
func (r *frrRouter) report(known *Digest) (*Report, error) {
	out, err := r.tables()
	if err != nil {
		return nil, err
	}
	for i := range out.Sessions {
		s := &out.Sessions[i]
		if !s.Up {
			continue
		}
		routes, err := r.daemons.Received(s.Remote)
		if err != nil {
			return nil, err
		}
		for p, attrs := range routes {
			route, err := received(p, s.Remote, attrs)
			if err != nil {
				return nil, err
			}
			s.Received = append(s.Received, route)
		}
	}
	if err := r.renew(out.Paths); err != nil {
		return nil, err
	}
	out.Dark, out.Aggregates = slices.Collect(maps.Keys(r.links.dark)), slices.Clone(r.aggregates)
	out.Sort()
	if known != nil && out.Digest() == *known {
		return nil, nil
	}
	return out, nil
}

// tables returns the sessions and the routing table.
func (r *frrRouter) tables() (*Report, error) {
	out := &Report{}
	states, err := r.daemons.Sessions()
	if err != nil {
		return nil, err
	}
	for a, state := range states {
		s := Session{Remote: a, Up: state == "Established"}
		if !s.Up {
			s.State = state
		}
		out.Sessions = append(out.Sessions, s)
	}
	for _, v6 := range []bool{false, true} {
		paths, err := r.daemons.Paths(v6)
		if err != nil {
			return nil, err
		}
		for i, p := range paths {
			if p.Local {
				continue
			}
			p.Best = p.Best || r.ties(paths, i)
			p.Route.LocalPref = cmp.Or(p.Route.LocalPref, defaultLocalPref)
			p.Route.Communities = routemap.Reveal(p.Route.Communities)
			out.Paths = append(out.Paths, Path{p.Route, p.Best})
		}
	}
	return out, nil
}
