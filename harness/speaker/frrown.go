//go:build linux

package speaker

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
)

// FRR's administrative distances of own routes: BGP has 20 and 200.
const (
	firmDistance = 1
	lastDistance = 250
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

// static returns the static routes for a route that forwards.
func (o *Own) static() []string {
	kind, distance := "ip", firmDistance
	if o.Route.Prefix.Addr().Is6() {
		kind = "ipv6"
	}
	if o.Learned {
		distance = lastDistance
	}
	if o.Discard {
		return []string{fmt.Sprintf("%s route %s blackhole %d", kind, o.Route.Prefix, distance)}
	}
	var out []string
	for _, hop := range o.Hops {
		out = append(out, fmt.Sprintf("%s route %s %s %d", kind, o.Route.Prefix, hop, distance))
	}
	return out
}

// Originates returns why FRR cannot have the route of its own, if it cannot.
func Originates(route policy.Route) error {
	_, err := (&Own{Route: route}).attributes()
	return err
}

// mapName is the name of the route-map with the attributes of an own route.
func (o *Own) mapName() string { return "own-" + o.Route.Prefix.String() }

// attributes returns the route-map that gives a network statement the attributes of the route. One that gives way to learned routes
// loses FRR's weight of local routes, and has the lowest local preference.
func (o *Own) attributes() ([]string, error) {
	route := o.Route
	lines := []string{"route-map " + o.mapName() + " permit 10"}
	if o.Learned {
		lines = append(lines, "set weight 0", "set local-preference 0")
	} else if route.LocalPref != 0 && route.LocalPref != defaultLocalPref {
		lines = append(lines, fmt.Sprintf("set local-preference %d", route.LocalPref))
	}
	if route.MED != 0 {
		lines = append(lines, fmt.Sprintf("set metric %d", route.MED))
	}
	lines = append(lines, "set origin "+route.Origin.String())
	if len(route.ASPath) > 0 {
		lines = append(lines, "set as-path prepend "+strings.Trim(fmt.Sprint(route.ASPath), "[]"))
	}
	communities, err := setCommunities(routemap.Disguise(route.Protocol, route.Communities))
	return append(append(lines, communities...), "exit"), err
}

// setCommunities returns the set commands for all communities of an own route.
func setCommunities(cs policy.Communities) ([]string, error) {
	byKind := map[policy.CommunityKind][]string{}
	for _, c := range cs {
		byKind[c.Kind] = append(byKind[c.Kind], c.Text())
	}
	var out []string
	if list := byKind[policy.Standard]; len(list) > 0 {
		out = append(out, "set community "+strings.Join(list, " "))
	}
	if list := byKind[policy.Large]; len(list) > 0 {
		out = append(out, "set large-community "+strings.Join(list, " "))
	}
	for _, text := range byKind[policy.Extended] {
		value, ok := strings.CutPrefix(text, "target:")
		if !ok {
			return nil, fmt.Errorf("community %s: FRR sets route targets only", text)
		}
		out = append(out, "set extcommunity rt "+value)
	}
	return out, nil
}
