package speaker

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
)

// Conf returns the whole frr.conf of a router that runs by itself: what startFRR's daemons are told in commands, with the addresses of
// the interfaces, lo among them. A route-map that somebody edits takes effect a second later.
func Conf(r Router, links map[string][]netip.Prefix, peers []Peer, own []Own, program *routemap.Program) (string, error) {
	const once = 1 // generation of the route-maps
	lines := []string{"frr defaults traditional", "hostname " + r.Name, "service integrated-vtysh-config", "log stdout", "no zebra nexthop kernel enable"}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		lines = append(lines, "interface "+name)
		for _, p := range links[name] {
			lines = append(lines, kind(p)+" address "+p.String())
		}
		lines = append(lines, "exit")
	}
	networks := map[string][]string{}
	for _, o := range own {
		lines = append(lines, o.static()...)
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
	lines = append(append(lines, program.Lines(once)...), daemons.Basics(r.ASN, r.ID)...)
	for _, p := range peers {
		lines = append(lines, p.lines(r.ASN, attachment(p.Remote, program.Map(p.Remote, policy.Import, once), program.Map(p.Remote, policy.Export, once)))...)
	}
	for _, fam := range slices.Sorted(maps.Keys(networks)) {
		lines = append(append(append(lines, "address-family "+fam+" unicast"), networks[fam]...), "exit-address-family")
	}
	lines = append(lines, "exit", "bgp route-map delay-timer 1")
	return strings.Join(indented(lines), "\n") + "\n", nil
}

// kind is the word with which commands about a family begin.
func kind(p netip.Prefix) string {
	if p.Addr().Is6() {
		return "ipv6"
	}
	return "ip"
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
		case "interface", "router", "address-family", "route-map":
			depth++
		}
	}
	return out
}
