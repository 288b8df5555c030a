package check

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// SessionsUp wants every session of the selected nodes established; of all nodes if none is selected.
func SessionsUp(at ...string) Check {
	if len(at) == 0 {
		at = []string{"all"}
	}
	want := "every session established"
	return Check{Name: "sessions-up", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding {
		nodes := f.Select(at...)
		var out []Finding
		tried := 0
		for _, end := range f.Sessions {
			if !slices.ContainsFunc(nodes, func(n *fabric.Node) bool { return n.Name == end.Node }) {
				continue
			}
			tried++
			seen, found := s.Session(end.Node, end.Peer)
			name := observe.SessionName(end.Node, end.Peer)
			switch {
			case !found:
				out = append(out, Finding{Status: Unknown, Node: end.Node, Session: name, Got: "not observed", Want: want})
			case !seen.Up:
				out = append(out, Finding{Status: Broken, Node: end.Node, Session: name, Got: "down: " + seen.Why, Want: want})
			}
		}
		switch {
		case tried == 0:
			return unknown(fmt.Sprintf("no session at %v", at), want)
		case len(out) == 0:
			return ok(fmt.Sprintf("%d session ends established", tried), want)
		}
		return out
	}}
}
