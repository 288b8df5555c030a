package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Only wants nothing but these prefixes (groups by name, or prefixes) sent to the nodes that a selector means, by nodes that
// none means.
func Only(prefixes []string, toward ...string) Check {
	return only(fabric.Only{Prefixes: prefixes, Toward: toward})
}

func only(o fabric.Only) Check {
	want := fmt.Sprintf("nothing but %s sent to %s", strings.Join(o.Prefixes, ", "), strings.Join(o.Toward, ", "))
	return Check{Name: "only", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding {
		allowed := map[netip.Prefix]bool{}
		for _, p := range f.PrefixesOf(o.Prefixes) {
			allowed[p] = true
		}
		outside := map[string]bool{}
		for _, n := range f.Select(o.Toward...) {
			outside[n.Name] = true
		}
		tried := 0
		var out []Finding
		leaks := map[netip.Prefix][]policy.Route{}
		sessions := map[netip.Prefix][]string{}
		var order []netip.Prefix
		for _, end := range f.Sessions {
			if outside[end.Node] || !outside[end.Peer] {
				continue
			}
			tried++
			seen, found := s.Session(end.Node, end.Peer)
			if !found {
				out = append(out, Finding{Status: Unknown, Session: observe.SessionName(end.Node, end.Peer), Got: "not observed", Want: want})
			}
			for _, r := range seen.Sent {
				if allowed[r.Prefix] {
					continue
				}
				if leaks[r.Prefix] == nil {
					order = append(order, r.Prefix)
				}
				leaks[r.Prefix] = append(leaks[r.Prefix], r)
				sessions[r.Prefix] = append(sessions[r.Prefix], seen.Name())
			}
		}
		if tried == 0 {
			return unknown("no session to look at", want)
		}
		slices.SortFunc(order, observe.ComparePrefix)
		for _, p := range order {
			node, _, _ := strings.Cut(sessions[p][0], "→")
			out = append(out, Finding{Status: Broken, Node: node, Session: sessions[p][0], Prefix: p.String(),
				Got: fmt.Sprintf("%s is sent on %s", leaks[p][0], list(sessions[p])), Want: want})
		}
		if len(out) == 0 {
			return ok(fmt.Sprintf("%d sessions send nothing else", tried), want)
		}
		return out
	}}
}
