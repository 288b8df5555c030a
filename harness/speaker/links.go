//go:build linux

package speaker

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/closlab/closlab/harness/kernel"
)

// links is what a router knows of its own links. It is guarded by the router's lock.
type links struct {
	subnets map[netip.Prefix]string // the link of each
	lengths []int                   // of the subnets, each once
	dark    map[string]bool         // links without carrier
}

// newLinks returns the links of a namespace, all of which are there already.
func newLinks(ns *kernel.Namespace) (links, error) {
	l := links{subnets: map[netip.Prefix]string{}, dark: map[string]bool{}}
	all, err := ns.Subnets()
	for link, subnets := range all {
		for _, p := range subnets {
			l.subnets[p.Masked()] = link
			if !slices.Contains(l.lengths, p.Bits()) {
				l.lengths = append(l.lengths, p.Bits())
			}
		}
	}
	return l, err
}

// to returns the link that an address is on, if it is on one.
func (l *links) to(a netip.Addr) (string, bool) {
	for _, bits := range l.lengths {
		if p, err := a.Prefix(bits); err == nil {
			if link, ok := l.subnets[p]; ok {
				return link, true
			}
		}
	}
	return "", false
}

// reach reports whether an address is on a link that can carry packets.
func (l *links) reach(a netip.Addr) bool {
	link, near := l.to(a)
	return near && !l.dark[link]
}

// watchLinks has the router follow its links for as long as it lives: what is told once of each at the beginning is that it is up.
func (r *router) watchLinks() error {
	events, err := r.ns.Carriers(context.Background())
	if err != nil {
		return err
	}
	go func() {
		for e := range events {
			if e.Err != nil { // a router that is blind for its links is better dead: its parent then says so
				fmt.Fprintf(os.Stderr, "router %s: %s\n", r.Name, e.Err)
				os.Exit(1)
			}
			if err := r.carrier(e.Link, e.Up); err != nil {
				r.warn(err)
			}
		}
	}()
	return nil
}

// carrier does what a link demands that has gained or lost its carrier: sessions over it end at once, as do routes, and come back.
func (r *router) carrier(link string, up bool) error {
	r.mu.Lock()
	if r.links.dark[link] == !up {
		r.mu.Unlock()
		return nil
	}
	if up {
		delete(r.links.dark, link)
	} else {
		r.links.dark[link] = true
	}
	over := func(h kernel.Hop) bool { l, _ := r.links.to(h.Addr); return l == link }
	for p, f := range r.fib {
		if slices.ContainsFunc(f.Hops, over) {
			r.fib[p] = kernel.Route{} // whether the kernel still has it, and with which hops, is not known
			r.dirty[p] = true
		}
	}
	for p, used := range r.used {
		if slices.ContainsFunc(used, func(u use) bool { return over(kernel.Hop{Addr: u.hop}) }) {
			r.dirty[p] = true
		}
	}
	r.stale = true
	r.nudge()
	r.mu.Unlock()
	return r.meet()
}

// meet has GoBGP speak to the neighbours on links with a carrier, and to no others.
func (r *router) meet() error {
	r.meeting.Lock()
	defer r.meeting.Unlock()
	r.mu.Lock()
	var add, drop []Peer
	for a, p := range r.peers {
		if !r.spoken[a] && r.links.reach(a) {
			add = append(add, p)
		}
	}
	for a := range r.spoken {
		if _, wanted := r.peers[a]; !wanted || !r.links.reach(a) {
			drop = append(drop, Peer{Remote: a})
		}
	}
	r.mu.Unlock()
	if err := r.dropPeers(drop); err != nil {
		return err
	}
	return r.addPeers(add)
}
