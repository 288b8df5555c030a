//go:build linux

package speaker

import (
	"context"
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

// over returns the link that an address is on, if it is on one that can carry packets.
func (l *links) over(a netip.Addr) (string, bool) {
	link, near := l.to(a)
	return link, near && !l.dark[link]
}

// reach reports whether an address is on a link that can carry packets.
func (l *links) reach(a netip.Addr) bool {
	_, near := l.over(a)
	return near
}

// turn notes that a link has a carrier or none, and reports whether that is new.
func (l *links) turn(link string, up bool) bool {
	if l.dark[link] == !up {
		return false
	}
	if up {
		delete(l.dark, link)
	} else {
		l.dark[link] = true
	}
	return true
}

// differ returns the neighbours that a router is to begin to speak to, those on links with a carrier, and those that it is to drop.
func (l *links) differ(wanted map[netip.Addr]Peer, spoken map[netip.Addr]bool) (add, drop []Peer) {
	for a, p := range wanted {
		if !spoken[a] && l.reach(a) {
			add = append(add, p)
		}
	}
	for a := range spoken {
		if _, still := wanted[a]; !still || !l.reach(a) {
			drop = append(drop, Peer{Remote: a})
		}
	}
	return add, drop
}

// watchLinks calls carrier when a link of the namespace has gained or lost its carrier, for as long as this process lives: what is told
// once of each at the beginning is that it is up. The error of carrier goes to warn.
func watchLinks(ns *kernel.Namespace, carrier func(link string, up bool) error, warn func(error)) error {
	events, err := ns.Carriers(context.Background())
	if err != nil {
		return err
	}
	go func() {
		for e := range events {
			if e.Err != nil { // a router that is blind for its links is better dead: its parent then says so
				warn(e.Err)
				os.Exit(1)
			}
			if err := carrier(e.Link, e.Up); err != nil {
				warn(err)
			}
		}
	}()
	return nil
}

// carrier does what a link demands that has gained or lost its carrier: sessions over it end at once, as do routes, and come back.
func (r *router) carrier(link string, up bool) error {
	r.mu.Lock()
	if !r.links.turn(link, up) {
		r.mu.Unlock()
		return nil
	}
	over := func(h kernel.Hop) bool { l, _ := r.links.to(h.Addr); return l == link }
	for p, f := range r.fib {
		if slices.ContainsFunc(f.Hops, over) {
			r.fib[p] = kernel.Route{} // whether the kernel still has it, and with which hops, is not known
			r.dirty[p] = true
		}
	}
	for p, o := range r.own {
		if slices.ContainsFunc(o.Hops, func(a netip.Addr) bool { return over(kernel.Hop{Addr: a}) }) {
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
	add, drop := r.links.differ(r.peers, r.spoken)
	r.mu.Unlock()
	if err := r.dropPeers(drop); err != nil {
		return err
	}
	return r.addPeers(add)
}
