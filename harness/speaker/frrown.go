//go:build linux

package speaker

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// setOwn replaces the router's own routes.
func (r *frrRouter) setOwn(list []Own) error {
	r.given = list
	return r.reconsider()
}

// reconsider puts the own routes in force that are to be by now.
func (r *frrRouter) reconsider() error {
	now := &Report{}
	if slices.ContainsFunc(r.given, func(o Own) bool { return o.Aggregate }) {
		var err error
		if now, err = r.tables(); err != nil {
			return err
		}
	}
	return r.renew(now.Paths)
}

// renew puts the own routes in force that are to be where these routes are learned, and takes the others back.
func (r *frrRouter) renew(paths []Path) error {
	var learned []netip.Prefix
	for _, p := range paths {
		if p.Best {
			learned = append(learned, p.Route.Prefix)
		}
	}
	own, aggregates := inForce(r.given, &r.links, learned)
	if err := r.originate(own); err != nil {
		return err
	}
	r.own, r.aggregates = own, aggregates
	return nil
}

// originate gives the daemons these own routes in place of those that they have: static routes for those that forward, and network
// statements for those that BGP is to announce, with a route-map each for their attributes.
func (r *frrRouter) originate(now map[netip.Prefix]Own) error {
	was := r.own
	var static, maps []string
	networks := map[string][]string{}
	for p, o := range was {
		n, still := now[p]
		if still && same(o, n) {
			continue
		}
		static = append(static, prefixed("no ", o.static())...)
		if o.Announce && !(still && n.Announce) {
			networks[family(p.Addr())] = append(networks[family(p.Addr())], "no network "+p.String())
			maps = append(maps, "no route-map "+o.mapName())
		}
	}
	for p, o := range now {
		if old, there := was[p]; there && same(old, o) {
			continue
		}
		static = append(static, o.static()...)
		if o.Announce {
			lines, err := o.attributes()
			if err != nil {
				return fmt.Errorf("own route to %s: %w", p, err)
			}
			if was[p].Announce { // one commit takes the old map away and defines the new one
				lines = append([]string{"no route-map " + o.mapName()}, lines...)
			}
			if err := r.daemons.BGP.Configure(lines...); err != nil { // ahead of the statement that names it
				return err
			}
			networks[family(p.Addr())] = append(networks[family(p.Addr())], "network "+p.String()+" route-map "+o.mapName())
		}
	}
	if err := r.daemons.Static.Configure(static...); err != nil {
		return err
	}
	for fam, lines := range networks {
		lines = append(append([]string{"address-family " + fam + " unicast"}, lines...), "exit-address-family")
		if err := r.daemons.ConfigureBGP(lines...); err != nil {
			return err
		}
	}
	return r.daemons.BGP.Configure(maps...)
}

// same reports whether two own routes need the same lines.
func same(a, b Own) bool {
	return a.Announce == b.Announce && a.Route.SameAttributes(b.Route) && a.Route.Protocol == b.Route.Protocol && a.Learned == b.Learned &&
		strings.Join(a.static(), "\n") == strings.Join(b.static(), "\n")
}

func prefixed(word string, lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, word+l)
	}
	return out
}
