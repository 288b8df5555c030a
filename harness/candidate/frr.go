package candidate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// readFRR returns what an FRR configuration means. A binding's group is a peer-group, its in and out name route-maps.
func readFRR(t *frr.Text) (*Config, error) {
	c, err := t.Read()
	if err != nil {
		return nil, err
	}
	out := &Config{Policies: c.Policies(), Passed: c.Passed, lint: func() []place.Finding { return c.Lint() }}
	out.bound = func(in, send string, v6, external bool) (policy.Chain, policy.Chain, error) {
		s, err := c.NewSession(in, send, v6, external)
		if err != nil {
			return nil, nil, err
		}
		return s.In, s.Out, nil
	}
	out.heard = c.Listens
	for _, s := range c.Sessions {
		name := ""
		if !s.Addr.IsValid() && s.Name != s.Group {
			name = s.Name // of its interface
		}
		fam := map[bool]fabric.Family{false: fabric.V4, true: fabric.V6}[s.V6]
		var limit [2]fabric.Limit
		limit[fam] = fabric.Limit{Routes: s.MostTaken, Rejected: s.MostSent}
		out.Sessions = append(out.Sessions, Session{Addr: s.Addr, Name: name, Group: s.Group, Pos: s.Pos, PeerAS: s.PeerAS, LocalAS: s.LocalAS,
			Type: map[bool]string{false: "internal", true: "external"}[s.External], Families: []string{fam.String() + " unicast"},
			Multipath: s.Multipath, In: s.In, Out: s.Out, Problems: s.Problems,
			Limit: limit, Balances: &Balances{SameAS: s.SameAS, Most: s.MaxPaths}})
	}
	return out, nil
}

// outsideFRR names what an FRR command belongs to if closlab does not judge a change of it, and is "" if it does.
func (b *Base) outsideFRR(file string, words []string, policies map[string]bool) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "no" })
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	lists := []string{"prefix-list", "access-list", "community-list", "large-community-list", "extcommunity-list", "as-path"}
	switch {
	case at(0) == "route-map" && !policies[at(1)]:
		return fmt.Sprintf("route-map %s, which no session of the fabric runs,", at(1))
	case at(0) == "route-map", at(0) == "access-list", slices.Contains(lists, at(1)), at(0) == "frr":
		return ""
	case at(0) != "router" || at(1) != "bgp":
		return first(words, 2)
	}
	rest := words[2:]
	if slices.Contains([]string{"ipv4 unicast", "ipv6 unicast"}, at(2)) {
		rest = words[3:]
	}
	if len(rest) > 2 && rest[0] == "neighbor" {
		if _, err := netip.ParseAddr(rest[1]); err == nil && !b.meets(file, rest[1]) {
			return fmt.Sprintf("BGP neighbor %s, which is none of the fabric's,", rest[1])
		} else if err != nil && !b.runsGroup(file, rest[1]) {
			return fmt.Sprintf("BGP peer-group %s, which no session of the fabric runs,", rest[1])
		}
		if slices.Contains([]string{"route-map", "prefix-list", "filter-list", "distribute-list", "peer-group"}, rest[2]) && b.overrules(file, rest[1]) {
			return fmt.Sprintf(besides, "neighbor "+first(rest[1:], 2))
		}
		judged := []string{"remote-as", "peer-group", "activate", "route-map", "prefix-list", "filter-list", "distribute-list", "send-community", "next-hop-self", "description"}
		if slices.Contains(judged, rest[2]) {
			return ""
		}
		return "neighbor " + rest[2] // not its value, which may be a key
	}
	judged := []string{"network", "redistribute", "address-family", "exit-address-family", "maximum-paths"} // a change of paths is refused
	if len(rest) == 0 || slices.Contains(judged, rest[0]) || len(rest) > 1 && rest[0] == "bgp" &&
		slices.Contains([]string{"ebgp-requires-policy", "default", "bestpath"}, rest[1]) {
		return ""
	}
	return "router bgp " + first(rest, 2)
}
