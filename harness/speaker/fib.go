//go:build linux

package speaker

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// maxDepth is how deep next hops may lie behind routes whose next hops lie behind routes.
const maxDepth = 8

// flush writes every marked prefix to the forwarding table, and those that turn out to lean on what has changed there.
func (r *router) flush() {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.renew()
	for range maxDepth {
		if r.round() == 0 {
			return
		}
	}
}

// round writes the prefixes marked now, and returns how many they were.
func (r *router) round() int {
	r.mu.Lock()
	dirty := r.dirty
	r.dirty = map[netip.Prefix]bool{}
	r.mu.Unlock()
	for p := range dirty {
		err := r.write(p)
		r.mu.Lock()
		delete(r.problems, p)
		if err != nil {
			r.problems[p] = err.Error()
		}
		r.mu.Unlock()
		if err != nil {
			r.warn(err)
		}
	}
	return len(dirty)
}

// write brings one prefix of the forwarding table up to date.
func (r *router) write(p netip.Prefix) error {
	var err error
	r.mu.Lock()
	own, has := r.own[p]
	old, written := r.fib[p]
	want, any := r.route(p, own, has, r.used[p])
	r.mu.Unlock()
	switch {
	case !any && !written || any && written && reflect.DeepEqual(old, want):
		return nil
	case !any:
		err = r.ns.DeleteRoute(p)
		if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) {
			err = nil // it went with its link
		}
	default:
		err = r.ns.SetRoute(want)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.fib, p)
	if any {
		r.fib[p] = want
	}
	for q, hops := range r.leans {
		if q != p && slices.ContainsFunc(hops, p.Contains) {
			r.dirty[q] = true
		}
	}
	r.mu.Unlock()
	return nil
}

// route returns the forwarding entry for a prefix, if it is to have one. The caller holds the lock.
func (r *router) route(p netip.Prefix, own Own, has bool, learned []use) (kernel.Route, bool) {
	delete(r.leans, p)
	if has && !(own.Learned && len(learned) > 0) {
		out := kernel.Route{Dst: p, Discard: own.Discard, Protocol: kernel.Static}
		for _, a := range own.Hops {
			if link, near := r.links.over(a); near {
				out.Hops = append(out.Hops, kernel.Hop{Addr: a, Link: link})
			}
		}
		return out, own.forwards()
	}
	out := kernel.Route{Dst: p, Protocol: kernel.BGP}
	for _, x := range learned {
		hops, discard := r.resolve(x.hop, p)
		out.Hops = append(out.Hops, hops...)
		out.Discard = out.Discard || discard
	}
	slices.SortFunc(out.Hops, func(a, b kernel.Hop) int { return a.Addr.Compare(b.Addr) })
	out.Hops = slices.Compact(out.Hops)
	out.Discard = out.Discard && len(out.Hops) == 0
	return out, out.Discard || len(out.Hops) > 0
}

// resolve returns the neighbours on links that lead to a next hop, by the forwarding table as it is, or that the way there discards.
// It notes next hops that are not on a link: when the way there changes, so does the route. The caller holds the lock.
func (r *router) resolve(hop netip.Addr, of netip.Prefix) ([]kernel.Hop, bool) {
	if link, near := r.links.over(hop); near {
		return []kernel.Hop{{Addr: hop, Link: link}}, false
	}
	r.leans[of] = append(r.leans[of], hop)
	var best kernel.Route
	for p, f := range r.fib {
		if p != of && p.Contains(hop) && (!best.Dst.IsValid() || p.Bits() > best.Dst.Bits()) {
			best = f
		}
	}
	return best.Hops, best.Discard
}
