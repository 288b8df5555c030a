package gobgp_test

import (
	"fmt"
	"strings"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// What random GoBGP configurations are made of: all forms that mean something of their own to GoBGP.
var (
	textCommunities = []string{"64500:1", "64500:2", "4227072002", "^64500:.*$", "6450[01]:.", "no-export", "NO_ADVERTISE", ":1$", "(64500|1):1", "", "64.00:1", "1:1"}
	textAdded       = []string{"64500:1", "64500:2", "4227072002", "no-export", "1:1", "65535:65282"}
	textLarge       = []string{"64500:1:2", "^64500:1:", ":3$", "[0-9]+:1:(2|3)"}
	textPaths       = []string{"^65001_", "_65002_", "_7$", "^7$", "_65000_", "^65000$", "_65001_", "^65000_",
		"^65001( |$)", "(?:^| )(7|65002)( |$)", "(^| )6500[0-2]( |$)", "^(65001 )?(7 ?)*$", ""}
	textNeighbors = []string{"127.0.11.2", "127.0.11.0/24", "127.0.11.3", "10.0.0.1/31", "2001:db8::/32"}
)

// some returns up to n of the words, quoted for YAML.
func (w *world) some(n int, from []string) string {
	var out []string
	for range w.N(n + 1) {
		out = append(out, fmt.Sprintf("%q", random.Pick(&w.Shape, from)))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// config returns a random GoBGP configuration in YAML. Statements with next hops are for one family.
func (w *world) config() string {
	var b strings.Builder
	b.WriteString("global:\n  config: {as: 65100}\n  apply-policy:\n    config:\n")
	for _, dir := range []string{"import", "export"} {
		fmt.Fprintf(&b, "      %s-policy-list: [mileposts, %s0, %s1]\n", dir, dir, dir)
		if w.N(3) > 0 {
			fmt.Fprintf(&b, "      default-%s-policy: %s-route\n", dir, random.Pick(&w.Shape, []string{"accept", "reject"}))
		}
	}
	b.WriteString("defined-sets:\n  prefix-sets:\n  - {prefix-set-name: mileposts, prefix-list: [{ip-prefix: 198.51.100.0/24, masklength-range: 32..32}]}\n")
	for i, v6 := range []bool{false, false, true, true} {
		var list []string
		for range w.N(4) {
			base := random.Pick(&w.Shape, random.Bases)
			if base.Addr().Is6() != v6 {
				continue
			}
			entry := fmt.Sprintf("{ip-prefix: %q}", base)
			if r := w.Range(base); w.N(4) > 0 {
				entry = fmt.Sprintf("{ip-prefix: %q, masklength-range: %d..%d}", base, max(0, r.Min-w.N(3)), r.Max)
			}
			list = append(list, entry)
		}
		fmt.Fprintf(&b, "  - {prefix-set-name: p%d, prefix-list: [%s]}\n", i, strings.Join(list, ", "))
	}
	b.WriteString("  neighbor-sets:\n")
	for i := range 3 {
		fmt.Fprintf(&b, "  - {neighbor-set-name: n%d, neighbor-info-list: %s}\n", i, w.some(2, textNeighbors))
	}
	b.WriteString("  bgp-defined-sets:\n")
	for kind, words := range map[string][]string{"community": textCommunities, "large-community": textLarge, "as-path": textPaths} {
		fmt.Fprintf(&b, "    %s-sets:\n", kind)
		for i := range 3 {
			fmt.Fprintf(&b, "    - {%s-set-name: s%d, %s-list: %s}\n", kind, i, kind, w.some(2, words))
		}
	}
	b.WriteString("policy-definitions:\n- name: mileposts\n  statements:\n  - {conditions: {match-prefix-set: {prefix-set: mileposts}}, actions: {route-disposition: accept-route}}\n")
	for _, w.dir = range []policy.Direction{policy.Import, policy.Export} {
		for i := range 2 {
			fmt.Fprintf(&b, "- name: %s%d\n  statements:\n", w.dir, i)
			for range 1 + w.N(4) {
				fmt.Fprintf(&b, "  - {conditions: {%s}, actions: {%s}}\n", w.textConditions(), w.textActions())
			}
		}
	}
	return b.String()
}

// textConditions returns up to three conditions.
func (w *world) textConditions() string {
	option := func(all ...string) string {
		if o := random.Pick(&w.Shape, append(all, "", "any", "invert")); o != "" {
			return ", match-set-options: " + o
		}
		return ""
	}
	plain, bgp := map[string]string{}, map[string]string{}
	w.v6 = w.N(3) == 0
	bgp["afi-safi-in-list"] = "[" + map[bool]string{false: "ipv4-unicast", true: "ipv6-unicast"}[w.v6] + "]"
	if w.N(2) == 0 {
		delete(bgp, "afi-safi-in-list")
	}
	for range w.N(4) {
		switch w.N(9) {
		case 0, 1, 2:
			plain["match-prefix-set"] = fmt.Sprintf("{prefix-set: p%d%s}", w.N(4), option())
		case 3:
			plain["match-neighbor-set"] = fmt.Sprintf("{neighbor-set: n%d%s}", w.N(3), option())
		case 4, 5:
			bgp["match-community-set"] = fmt.Sprintf("{community-set: s%d%s}", w.N(3), option("all"))
		case 6:
			bgp["match-large-community-set"] = fmt.Sprintf("{large-community-set: s%d%s}", w.N(3), option("all"))
		case 7:
			if w.dir == policy.Import {
				bgp["match-as-path-set"] = fmt.Sprintf("{as-path-set: s%d%s}", w.N(3), option("all"))
			}
		case 8:
			switch v := random.Pick(&w.Shape, worldNumbers); {
			case w.N(3) == 0:
				bgp["local-pref-eq"] = fmt.Sprint(v)
			case w.N(2) == 0:
				bgp["route-type"] = random.Pick(&w.Shape, []string{"internal", "external", "local", "none"})
			case w.dir == policy.Import && w.N(2) == 0:
				bgp["med-eq"] = fmt.Sprint(v)
			case w.dir == policy.Import:
				bgp["next-hop-in-list"] = "[" + random.Pick(&w.Shape, worldHops[w.v6]).String() + "]"
			}
		}
	}
	if len(bgp) > 0 {
		plain["bgp-conditions"] = "{" + join(bgp) + "}"
	}
	return join(plain)
}

// textActions returns a disposition, or none, and up to three other actions.
func (w *world) textActions() string {
	plain, bgp := map[string]string{}, map[string]string{}
	if d := random.Pick(&w.Shape, []string{"", "none", "accept-route", "accept-route", "reject-route"}); d != "" {
		plain["route-disposition"] = d
	}
	for range w.N(4) {
		switch w.N(8) {
		case 0, 1:
			option, words := random.Pick(&w.Shape, []string{"add", "remove", "replace"}), textAdded
			if option == "remove" {
				words = textCommunities
			}
			bgp["set-community"] = fmt.Sprintf("{options: %s, set-community-method: {communities-list: %s}}", option, w.some(2, words))
		case 2:
			bgp["set-large-community"] = fmt.Sprintf("{options: %s, set-large-community-method: {communities-list: %s}}",
				random.Pick(&w.Shape, []string{"add", "replace"}), w.some(2, textLarge[:1]))
		case 3:
			bgp["set-large-community"] = fmt.Sprintf("{options: remove, set-large-community-method: {communities-list: %s}}", w.some(2, textLarge))
		case 4:
			bgp["set-med"] = fmt.Sprintf("%q", fmt.Sprint(random.Pick(&w.Shape, worldNumbers)))
		case 5:
			bgp["set-local-pref"] = fmt.Sprint(random.Pick(&w.Shape, worldNumbers))
		case 6:
			as := "65100"
			if w.dir == policy.Import {
				as = random.Pick(&w.Shape, []string{"last-as", "65000", "7"})
			}
			bgp["set-as-path-prepend"] = fmt.Sprintf("{as: %q, repeat-n: %d}", as, 1+w.N(3))
		case 7:
			bgp["set-route-origin"] = random.Pick(&w.Shape, []string{"igp", "egp", "incomplete"})
		}
	}
	if len(bgp) > 0 {
		plain["bgp-actions"] = "{" + join(bgp) + "}"
	}
	return join(plain)
}

// join writes keys and values, as the order does not matter.
func join(m map[string]string) string {
	var out []string
	for k, v := range m {
		out = append(out, k+": "+v)
	}
	return strings.Join(out, ", ")
}
