package speaker

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// FRR's administrative distances of own routes: BGP has 20 and 200.
const (
	firmDistance = 1
	lastDistance = 250
)

// family is the name of an address family in commands.
func family(a netip.Addr) string {
	if a.Is6() {
		return "ipv6"
	}
	return "ipv4"
}

// lines returns the commands for the neighbour of a router with that AS number, with those that give it its route-maps.
func (p *Peer) lines(asn uint32, attach []string) []string {
	n := "neighbor " + p.Remote.String() + " "
	lines := []string{fmt.Sprintf("%sremote-as %d", n, p.PeerAS)}
	if p.LocalAS != asn {
		lines = append(lines, fmt.Sprintf("%slocal-as %d no-prepend replace-as", n, p.LocalAS))
	}
	if p.LocalAS != p.PeerAS {
		lines = append(lines, n+"disable-connected-check")
	}
	if p.Passive {
		lines = append(lines, n+"passive")
	}
	if p.Client { // several in one update group would get back what they have sent
		lines = append(lines, n+"solo")
	}
	lines = append(lines, n+"update-source "+p.Local.String(), n+"timers 30 90", n+"timers connect 1", n+"advertisement-interval 0",
		"address-family "+family(p.Remote)+" unicast", n+"activate", n+"soft-reconfiguration inbound")
	if p.Client {
		lines = append(lines, n+"route-reflector-client")
	}
	return append(append(lines, attach...), "exit-address-family")
}

// static returns the static routes for a route that forwards.
func (o *Own) static() []string {
	word, distance := "ip", firmDistance
	if o.Route.Prefix.Addr().Is6() {
		word = "ipv6"
	}
	if o.Learned {
		distance = lastDistance
	}
	if o.Discard {
		return []string{fmt.Sprintf("%s route %s blackhole %d", word, o.Route.Prefix, distance)}
	}
	var out []string
	for _, hop := range o.Hops {
		out = append(out, fmt.Sprintf("%s route %s %s %d", word, o.Route.Prefix, hop, distance))
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

// paths are the lines for a router that does not balance over all equal paths, as the daemons do from the start.
func paths(m fabric.Multipath) []string {
	switch m {
	case fabric.OneAS:
		return []string{"no bgp bestpath as-path multipath-relax"}
	case fabric.OnePath:
		var out []string
		for _, family := range []string{"ipv4", "ipv6"} {
			out = append(out, "address-family "+family+" unicast", "maximum-paths 1", "maximum-paths ibgp 1", "exit-address-family")
		}
		return out
	}
	return nil
}
