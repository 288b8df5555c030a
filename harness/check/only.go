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
// none means. Longer and shorter prefixes
// than these are others. If a session is down, or nothing at all is sent, it is Unknown.
func Only(prefixes []string, toward ...string) Check {
	return only(fabric.Only{Prefixes: prefixes, Toward: toward})
}

func only(o fabric.Only) Check {
	return Check{Name: "only", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding { return judgeOnly(f, s, o) }}
}

// leak is prefixes that are sent on the same sessions but must not be.
type leak struct {
	sessions []observe.Session
	prefixes []netip.Prefix
	first    policy.Route
}

func judgeOnly(f *fabric.Fabric, s *observe.Snapshot, o fabric.Only) []Finding {
	want := fmt.Sprintf("nothing but %s sent to %s", strings.Join(o.Prefixes, ", "), strings.Join(o.Toward, ", "))
	out := append(meaningless(o.Prefixes, "prefix", prefixes(f), want), meaningless(o.Toward, "node", nodes(f), want)...)
	outside := map[string]bool{}
	for _, n := range f.Select(o.Toward...) {
		outside[n.Name] = true
	}
	var ends []observe.Session
	routes, session := 0, sessions(s)
	for _, end := range f.Sessions {
		if outside[end.Node] || !outside[end.Peer] {
			continue
		}
		seen, found := session(end.Node, end.Peer)
		unseen := Finding{Node: end.Node, Session: observe.SessionName(end.Node, end.Peer), Got: "not observed", Want: want}
		switch {
		case !found:
			out = append(out, unseen)
		case !seen.Up:
			unseen.Got = "down: what it would send was not seen"
			out = append(out, unseen)
		}
		ends = append(ends, seen)
		routes += len(seen.Sent)
	}
	if routes == 0 {
		return append(out, unknown(fmt.Sprintf("no route sent on %d sessions", len(ends)), want)...)
	}
	for _, l := range leaks(ends, f.PrefixesOf(o.Prefixes)) {
		on := l.sessions[0]
		got := fmt.Sprintf("%s sent on %s", list(l.prefixes), list(names(l.sessions, observe.Session.Name)))
		if c := l.first.Communities; len(c) > 0 {
			got += " with communities " + list(c)
		}
		out = append(out, Finding{Status: Broken, Node: on.Node, Session: on.Name(), Prefix: l.prefixes[0].String(), Got: got, Want: want})
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d routes sent on %d sessions, nothing else", routes, len(ends)), want)
	}
	return out
}

// leaks returns what is sent but not allowed, by the set of sessions that it is sent on.
func leaks(ends []observe.Session, allowed []netip.Prefix) []*leak {
	allow := make(map[netip.Prefix]bool, len(allowed))
	for _, p := range allowed {
		allow[p] = true
	}
	byPrefix := map[netip.Prefix]*leak{}
	for _, end := range ends {
		for _, r := range end.Sent {
			if allow[r.Prefix] {
				continue
			}
			if byPrefix[r.Prefix] == nil {
				byPrefix[r.Prefix] = &leak{first: r, prefixes: []netip.Prefix{r.Prefix}}
			}
			byPrefix[r.Prefix].sessions = append(byPrefix[r.Prefix].sessions, end)
		}
	}
	var out []*leak
	bySessions := map[string]*leak{}
	for _, p := range sortedPrefixes(byPrefix) {
		l := byPrefix[p]
		key := strings.Join(names(l.sessions, observe.Session.Name), " ")
		if bySessions[key] == nil {
			bySessions[key] = l
			out = append(out, l)
			continue
		}
		bySessions[key].prefixes = append(bySessions[key].prefixes, p)
	}
	return out
}

func sortedPrefixes[T any](m map[netip.Prefix]T) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(m))
	for p := range m {
		out = append(out, p)
	}
	slices.SortFunc(out, observe.ComparePrefix)
	return out
}
