//go:build linux

package speaker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/native"
)

// nativeRouter is a vendor's router, as a process beside it in its container has it. What neighbours send it is read off the wire.
type nativeRouter struct {
	Router
	device  *native.Router
	tap     *daemons.Tap
	ns      *kernel.Namespace
	changed func(Glance)
	wake    chan struct{}

	mu    sync.Mutex // of the command line, and of all that follows
	own   []Own
	peers []netip.Addr // whose messages are told of a blind one
}

// commands is where vendors have theirs.
const commands = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/srlinux/bin"

// startNative waits until the router answers. It must not have sessions yet.
func startNative(r Router, changed func(Glance)) (*nativeRouter, error) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGCHLD) // no longer ignored: commands are waited for
	ns, err := kernel.Here(r.Name)
	if err != nil {
		return nil, err
	}
	out := &nativeRouter{Router: r, ns: ns, changed: changed, wake: make(chan struct{}, 1)}
	if out.tap, err = daemons.Listen(out.ring); err != nil {
		return nil, err
	}
	events, err := ns.Watch(context.Background())
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "closlab-")
	if err != nil {
		return nil, err
	}
	if err := os.Setenv("PATH", os.Getenv("PATH")+":"+commands); err != nil {
		return nil, err
	}
	if out.device, err = native.Open(context.Background(), r.Kind, folder, native.Exec); err != nil {
		return nil, err
	}
	go out.run()
	go func() {
		for range events {
			out.ring()
		}
	}()
	return out, nil
}

// ring wakes run.
func (r *nativeRouter) ring() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run tells the parent of changes. What crosses the wire is known before the router has made anything of it: so it is asked until two
// answers are the same.
func (r *nativeRouter) run() {
	const more = 250 * time.Millisecond // to ask takes long
	var told, last Digest
	for range r.wake {
		<-time.After(more)
		r.mu.Lock()
		report, err := r.report(nil)
		r.mu.Unlock()
		if err != nil {
			fmt.Fprintf(os.Stderr, "router %s: %s\n", r.Name, err)
			r.changed(Glance{}) // the report that is asked for then fails, too
			continue
		}
		now := report.Digest()
		if now != last {
			r.ring()
		}
		last = now
		if now == told {
			continue
		}
		told = now
		r.changed(report.glance())
	}
}

func (r *nativeRouter) do(q *request, a *reply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	switch q.Op {
	case opPolicy:
		if !r.Blind { // which has booted with it
			err = r.device.Load(context.Background(), q.Config)
		}
	case opOwn:
		err = r.setOwn(q.Own)
	case opReport:
		a.Report, err = r.report(q.Known)
	case opAdd: // its configuration has them
		for _, p := range q.Peers {
			r.peers = append(r.peers, p.Remote)
		}
	case opDrop:
		err = errors.New("its own configuration has its sessions: put the link down instead")
	case opResend:
		err = errors.New("it cannot be told to")
	default:
		err = errors.New("no such request")
	}
	return err
}

// setOwn notes which routes the router is to have of its own: its configuration has them. Only what follows from links, and leads to a
// neighbour's addresses while nothing else does, is given to the kernel of those that forward by it.
func (r *nativeRouter) setOwn(own []Own) error {
	r.own = own
	if r.Switches {
		return nil
	}
	for _, o := range own {
		if !o.Learned || len(o.Hops) == 0 {
			continue
		}
		k := kernel.Route{Dst: o.Route.Prefix, Spare: true}
		for _, a := range o.Hops {
			k.Hops = append(k.Hops, kernel.Hop{Addr: a})
		}
		if err := r.ns.SetRoute(k); err != nil {
			return err
		}
	}
	return nil
}

// report returns what the router holds, or nil if that is known already.
func (r *nativeRouter) report(known *Digest) (*Report, error) {
	ctx := context.Background()
	out := &Report{}
	states, err := r.device.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	if r.Blind {
		states = map[netip.Addr]string{}
		for _, a := range r.peers {
			states[a] = native.Up // or not: that is for the neighbour to say
		}
	}
	for a, state := range states {
		s := Session{Remote: a, Up: state == native.Up}
		if s.Up {
			routes, err := r.tap.Received(a)
			if err != nil {
				return nil, err
			}
			for p, attrs := range routes {
				route, err := received(p, a, attrs)
				if err != nil {
					return nil, err
				}
				s.Received = append(s.Received, route)
			}
		} else {
			s.State = state
		}
		out.Sessions = append(out.Sessions, s)
	}
	paths, err := r.device.Paths(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		out.Paths = append(out.Paths, Path{p.Route, p.Best})
	}
	if out.Forwards, err = r.device.FIB(ctx); err != nil {
		return nil, err
	}
	if out.Aggregates, err = r.aggregates(out.Forwards); err != nil {
		return nil, err
	}
	out.Sort()
	if known != nil && out.Digest() == *known {
		return nil, nil
	}
	return out, nil
}

// aggregates returns the aggregate routes that are in force: those that the forwarding table has.
func (r *nativeRouter) aggregates(table []native.Forward) ([]netip.Prefix, error) {
	var out []netip.Prefix
	there := func(p netip.Prefix) bool {
		return slices.ContainsFunc(table, func(f native.Forward) bool { return f.Prefix == p })
	}
	if !r.Switches {
		fib, err := r.ns.FIB()
		if err != nil {
			return nil, err
		}
		there = func(p netip.Prefix) bool {
			return slices.ContainsFunc(fib, func(k kernel.Route) bool { return k.Dst == p })
		}
	}
	for _, o := range r.own {
		if o.Aggregate && there(o.Route.Prefix) {
			out = append(out, o.Route.Prefix)
		}
	}
	return out, nil
}
