package check

import (
	"fmt"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Foretold wants no router that keeps the oldest of equal eBGP paths to have such paths of which it uses one: which one that is depends on what came
// first, so that nothing said of the fabric need hold on another day. Where it has is Unknown.
func Foretold() Check {
	return Check{Name: "foretold", judge: judgeForetold}
}

func judgeForetold(f *fabric.Fabric, s *observe.Snapshot) []Finding {
	const want = "which of equal paths a router uses does not depend on which came first"
	var out []Finding
	for _, n := range f.Nodes {
		t := s.Tables[n.Name]
		if !n.Oldest || t == nil {
			continue
		}
		count := 0
		var first observe.Entry
		for _, e := range t.RIB {
			if tied(e) {
				if count++; count == 1 {
					first = e
				}
			}
		}
		if count > 0 {
			out = append(out, Finding{Status: Unknown, Node: n.Name, Prefix: first.Prefix.String(), Want: want,
				Got: fmt.Sprintf("%d prefixes have equal paths of which it keeps the oldest: bgp bestpath compare-routerid would make it tell by their router ids", count)})
		}
	}
	if len(out) == 0 {
		return ok("no router has to choose between equal paths", want)
	}
	return out
}

// tied reports whether the best of the paths is an eBGP path that another one which is not used equals in all but age and names.
func tied(e observe.Entry) bool {
	best := e.Paths[0]
	if best.Peer == "" || !best.Route.External {
		return false
	}
	for _, p := range e.Paths[1:] {
		a, b := best.Route, p.Route
		sameAS := len(a.ASPath) > 0 && len(b.ASPath) > 0 && a.ASPath[0] == b.ASPath[0]
		if !p.Active && p.Peer != "" && b.External && a.LocalPref == b.LocalPref && len(a.ASPath) == len(b.ASPath) && a.Origin == b.Origin &&
			(!sameAS || a.MED == b.MED) {
			return true
		}
	}
	return false
}
