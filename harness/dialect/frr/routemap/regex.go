package routemap

import (
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// never is an expression that no text of FRR's meets.
const never = "[^ -~]"

// posix turns what Notation writes into a POSIX extended expression (regex(7)).
func posix(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "(?:", "("), `[^\x00-\x{10FFFF}]`, never)
}

// communityRegex returns the expression that finds a community of the expression among all of a route's; `_` is FRR's word for a border.
// names are those that FRR writes in words.
func communityRegex(r *policy.Regex, kind policy.CommunityKind) string {
	text := posix(r.TextNotation(func(lo, hi uint32) string {
		var class strings.Builder
		for _, c := range "0123456789:" {
			if lo <= uint32(c) && uint32(c) <= hi {
				class.WriteRune(c)
			}
		}
		switch class.Len() {
		case 0:
			return never
		case 1:
			return class.String()
		case 11:
			return "[0-9:]"
		}
		return "[" + class.String() + "]"
	}))
	if kind == policy.Standard {
		for _, w := range inWords {
			if r.MatchText([]byte(w.community.Text())) {
				text += "|" + w.word
			}
		}
	}
	return "_(" + text + ")_"
}

// inWords are the communities that FRR writes in words (bgpd/bgp_community.c, set_community_string).
var inWords = []struct {
	word      string
	community policy.Community
}{
	{"internet", policy.Std(0, 0)}, {"graceful-shutdown", policy.Std(65535, 0)}, {"accept-own", policy.Std(65535, 1)},
	{"route-filter-translated-v4", policy.Std(65535, 2)}, {"route-filter-v4", policy.Std(65535, 3)},
	{"route-filter-translated-v6", policy.Std(65535, 4)}, {"route-filter-v6", policy.Std(65535, 5)}, {"llgr-stale", policy.Std(65535, 6)},
	{"no-llgr", policy.Std(65535, 7)}, {"accept-own-nexthop", policy.Std(65535, 8)}, {"blackhole", policy.Std(65535, 666)},
	{"no-export", policy.NoExport}, {"no-advertise", policy.NoAdvertise}, {"local-AS", policy.NoExportSubconfed}, {"no-peer", policy.Std(65535, 65284)},
}

// pathRegex returns the expression for FRR's text of a whole AS path, such as "65001 65002".
func pathRegex(r *policy.Regex) string {
	return "^" + posix(r.Notation(func(lo, hi uint32) string { return "(_" + policy.Decimals(lo, hi) + ")" })) + "$"
}

// paths writes a match of AS paths as one access list.
func (g *generator) paths(m *policy.MatchASPath) ([]string, truth, steps) {
	var rows []row
	name := ""
	for _, d := range m.AnyOf {
		name = d.Name
		for _, r := range d.AnyOf {
			text := pathRegex(r)
			if len(text) > longestRegex {
				g.refuse("as-path %s: an expression of %d characters: it takes %d", d.Name, len(text), longestRegex)
				return nil, no, nil
			}
			rows = append(rows, row{text: text})
		}
	}
	if len(rows) == 0 {
		return nil, no, nil
	}
	if len(m.AnyOf) > 1 {
		name = ""
	}
	return []string{"as-path " + g.list("bgp as-path access-list", name, rows)}, open, nil
}

// longestRegex keeps a line below what a vty takes (VTY_BUFSIZ is 4096).
const longestRegex = 3500
