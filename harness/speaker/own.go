//go:build linux

package speaker

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"

	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// setOwn replaces the router's own routes.
func (r *router) setOwn(list []Own) error {
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
	was := r.own
	now, aggregates := inForce(r.given, &r.links, slices.Collect(maps.Keys(r.used)))
	r.own, r.aggregates = now, aggregates
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
