//go:build linux

package speaker

import (
	"fmt"
	"net/netip"

	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// setOwn replaces the router's own routes.
func (r *router) setOwn(list []Own) error {
	now := map[netip.Prefix]Own{}
	for _, o := range list {
		if _, twice := now[o.Route.Prefix]; twice {
			return fmt.Errorf("two own routes to %s", o.Route.Prefix)
		}
		now[o.Route.Prefix] = o
	}
	r.mu.Lock()
	was := r.own
	r.own = now
	r.mu.Unlock()
	for p, o := range was {
		if n, still := now[p]; o.Announce && (!still || !n.Announce) {
			path, err := pathOf(o.Route)
			if err == nil {
				err = r.bgp.DeletePath(apiutil.DeletePathRequest{Paths: []*apiutil.Path{path}})
			}
			if err != nil {
				return fmt.Errorf("own route to %s: %w", p, err)
			}
		}
	}
	for p, o := range now {
		if old := was[p]; o.Announce && !(old.Announce && old.Route.SameAttributes(o.Route) && old.Route.Protocol == o.Route.Protocol) {
			if err := r.announce(o); err != nil {
				return fmt.Errorf("own route to %s: %w", p, err)
			}
		}
	}
	r.mu.Lock()
	for p := range was {
		r.dirty[p] = true
	}
	for p := range now {
		r.dirty[p] = true
	}
	r.nudge()
	r.mu.Unlock()
	r.flush()
	return nil
}

// announce gives an own route to BGP. Communities are added that tell policies its protocol.
// One that gives way to learned routes has the lowest local preference, which eBGP does not carry.
func (r *router) announce(o Own) error {
	route := o.Route
	if route.Protocol != policy.BGP {
		route.Communities = route.Communities.With(gobgp.OwnRoute(route.Protocol))
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
