//go:build linux

package speaker

import (
	"fmt"
	"net/netip"
	"strings"
)

// setOwn replaces the router's own routes: static routes for those that forward, and network statements for those that BGP is
// to announce, with a route-map each for their attributes.
func (r *frrRouter) setOwn(list []Own) error {
	now := map[netip.Prefix]Own{}
	for _, o := range list {
		if _, twice := now[o.Route.Prefix]; twice {
			return fmt.Errorf("two own routes to %s", o.Route.Prefix)
		}
		now[o.Route.Prefix] = o
	}
	was := r.own
	r.own = now
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
