//go:build linux

package speaker

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// setOwn replaces the router's own routes. An aggregate route and another one may have the same prefix.
func (r *router) setOwn(list []Own) error {
	type kind struct {
		prefix    netip.Prefix
		aggregate bool
	}
	seen := map[kind]bool{}
	for _, o := range list {
		k := kind{o.Route.Prefix, o.Aggregate}
		if seen[k] {
			return fmt.Errorf("two own routes to %s", o.Route.Prefix)
		}
		seen[k] = true
	}
	r.mu.Lock()
	r.given, r.stale = list, true
	r.nudge()
	r.mu.Unlock()
	r.flush()
	return r.trouble(list)
}

// trouble returns what the router could not do about the routes.
func (r *router) trouble(list []Own) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, o := range list {
		if text, bad := r.problems[o.Route.Prefix]; bad {
			errs = append(errs, errors.New(text))
		}
	}
	return errors.Join(errs...)
}

// renew puts the own routes in force that are to be by now, and takes the others back. The caller holds the lock on writing.
func (r *router) renew() {
	r.mu.Lock()
	if !r.stale {
		r.mu.Unlock()
		return
	}
	r.stale = false
	was, now := r.own, r.inForce()
	r.own = now
	for _, routes := range []map[netip.Prefix]Own{was, now} {
		for p := range routes {
			if !reflect.DeepEqual(was[p], now[p]) {
				r.dirty[p] = true
			}
		}
	}
	r.mu.Unlock()
	for p, o := range was {
		if n, still := now[p]; o.Announce && (!still || !n.Announce) {
			path, err := pathOf(o.Route)
			if err == nil {
				err = r.bgp.DeletePath(apiutil.DeletePathRequest{Paths: []*apiutil.Path{path}})
			}
			r.troubled(p, err)
		}
	}
	for p, o := range now {
		if old := was[p]; o.Announce && !(old.Announce && old.Learned == o.Learned && old.Route.SameAttributes(o.Route) && old.Route.Protocol == o.Route.Protocol) {
			r.troubled(p, r.announce(o))
		}
	}
}

// troubled notes that an own route could not be announced or taken back.
func (r *router) troubled(p netip.Prefix, err error) {
	if err == nil {
		return
	}
	err = fmt.Errorf("own route to %s: %w", p, err)
	r.warn(err)
	r.mu.Lock()
	r.problems[p] = err.Error()
	r.mu.Unlock()
}

// inForce returns the own routes that are in force: those with a link to go over or none to need, and aggregate routes with another
// route inside (Junos). Of two to one prefix it is the one of lower preference. The caller holds the lock.
func (r *router) inForce() map[netip.Prefix]Own {
	out := map[netip.Prefix]Own{}
	var aggregates []Own
	for _, o := range r.given {
		hops := slices.DeleteFunc(slices.Clone(o.Hops), func(a netip.Addr) bool { return !r.links.reach(a) })
		switch {
		case len(o.Hops) > 0 && len(hops) == 0:
			continue
		case o.Aggregate:
			aggregates = append(aggregates, o)
			continue
		}
		o.Hops = hops
		out[o.Route.Prefix] = o
	}
	slices.SortFunc(aggregates, func(a, b Own) int { return b.Route.Prefix.Bits() - a.Route.Prefix.Bits() }) // one can be inside another
	r.aggregates = nil
	for _, o := range aggregates {
		p := o.Route.Prefix
		if !r.contributes(p, out) {
			continue
		}
		r.aggregates = append(r.aggregates, p)
		if other, has := out[p]; !has || o.Route.Preference < other.Route.Preference {
			out[p] = o
		}
	}
	return out
}

// contributes reports whether there is a route inside the prefix, learned or among the own ones.
func (r *router) contributes(to netip.Prefix, own map[netip.Prefix]Own) bool {
	inside := func(q netip.Prefix) bool { return q.Bits() > to.Bits() && to.Contains(q.Addr()) }
	for q := range own {
		if inside(q) {
			return true
		}
	}
	for q := range r.used {
		if inside(q) {
			return true
		}
	}
	return false
}

// announce gives an own route to BGP. Communities are added that tell policies its protocol, and that it is one of last resort:
// such a route gives way to learned ones by the lowest local preference, which it is rid of when it is sent.
func (r *router) announce(o Own) error {
	route := o.Route
	if route.Protocol != policy.BGP {
		route.Communities = route.Communities.With(gobgp.OwnRoute(route.Protocol))
	}
	if o.Learned {
		route.Communities = route.Communities.With(gobgp.LastResort())
	}
	path, err := pathOf(route)
	if err != nil {
		return err
	}
	if o.Learned {
		path.Attrs = append(path.Attrs, bgp.NewPathAttributeLocalPref(0))
	}
	_, err = r.bgp.AddPath(apiutil.AddPathRequest{Paths: []*apiutil.Path{path}})
	return err
}
