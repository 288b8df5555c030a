package speaker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
)

// Conf returns the whole frr.conf of a router that runs by itself: what startFRR's daemons are told in commands. Its interfaces are to have
// their addresses before zebra starts. A route-map that somebody edits takes effect a second later.
func Conf(r Router, peers []Peer, own []Own, program *routemap.Program) (string, error) {
	const once = 1 // generation of the route-maps
	lines := []string{"frr defaults traditional", "hostname " + r.Name, "service integrated-vtysh-config", "log stdout", "no zebra nexthop kernel enable"}
	for _, o := range own { // all in a row, which vtysh commits at once: staticd 8.4 can lose next hops that two commits share
		lines = append(lines, o.static()...)
	}
	networks := map[string][]string{}
	for _, o := range own {
		if !o.Announce {
			continue
		}
		attributes, err := o.attributes()
		if err != nil {
			return "", fmt.Errorf("own route to %s: %w", o.Route.Prefix, err)
		}
		lines = append(lines, attributes...)
		fam := family(o.Route.Prefix.Addr())
		networks[fam] = append(networks[fam], "network "+o.Route.Prefix.String()+" route-map "+o.mapName())
	}
	lines = slices.Concat(lines, program.Lines(once), daemons.Basics(r.ASN, r.ID), paths(r.Paths))
	for _, p := range peers {
		lines = append(lines, p.lines(r.ASN, program.Attach(p.Remote, once))...)
	}
	for _, fam := range slices.Sorted(maps.Keys(networks)) {
		lines = append(append(append(lines, "address-family "+fam+" unicast"), networks[fam]...), "exit-address-family")
	}
	lines = append(lines, "exit", "bgp route-map delay-timer 1")
	return strings.Join(indented(lines), "\n") + "\n", nil
}

// indented returns the lines as FRR shows them: what stands in a context a blank further in.
func indented(lines []string) []string {
	var out []string
	depth := 0
	for _, l := range lines {
		word, _, _ := strings.Cut(strings.TrimSpace(l), " ")
		if strings.HasPrefix(word, "exit") {
			depth--
		}
		out = append(out, strings.Repeat(" ", depth)+strings.TrimSpace(l))
		switch word {
		case "router", "address-family", "route-map":
			depth++
		}
	}
	return out
}
