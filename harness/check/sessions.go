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
	return Check{Name: "sessions-up", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding {
		return judgeSessions(f, s, at)
	}}
}

func judgeSessions(f *fabric.Fabric, s *observe.Snapshot, at []string) []Finding {
	want := "every session established"
	out := meaningless(at, "node", nodes(f), want)
	selected, session := map[string]bool{}, sessions(s)
	for _, n := range f.Select(at...) {
		selected[n.Name] = true
	}
	var down, unseen []observe.Session
	tried := map[string]int{} // by node
	for _, end := range f.Sessions {
		if !selected[end.Node] {
			continue
		}
		tried[end.Node]++
		tried[""]++
		seen, found := session(end.Node, end.Peer)
		switch {
		case !found:
			unseen = append(unseen, observe.Session{Node: end.Node, Peer: end.Peer})
		case !seen.Up:
			down = append(down, seen)
		}
	}
	if tried[""] == 0 {
		return append(out, unknown(fmt.Sprintf("no session at %s", list(at)), want)...)
	}
	if idle := without(f, at, tried); len(idle) > 0 {
		out = append(out, unknown(fmt.Sprintf("no session at %s", list(idle)), want)...)
	}
	if len(unseen) > 0 {
		out = append(out, Finding{Node: unseen[0].Node, Session: unseen[0].Name(), Want: want,
			Got: fmt.Sprintf("%d of %d session ends not observed: %s", len(unseen), tried[""], list(names(unseen, observe.Session.Name)))})
	}
	for len(down) > 0 {
		var of []observe.Session
		node := busiest(down)
		down = slices.DeleteFunc(down, func(x observe.Session) bool {
			if x.Node == node {
				of = append(of, x)
			}
			return x.Node == node || x.Peer == node
		})
		why := ""
		if of[0].Why != "" {
			why = ": " + of[0].Why
		}
		out = append(out, Finding{Status: Broken, Node: node, Session: of[0].Name(), Want: want,
			Got: fmt.Sprintf("%d of %d sessions of %s down, %s%s", len(of), tried[node], node, list(names(of, observe.Session.Name)), why)})
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d session ends established", tried[""]), want)
	}
	return out
}

// without returns the selectors that mean nodes of which none has a session.
func without(f *fabric.Fabric, at []string, tried map[string]int) []string {
	return slices.DeleteFunc(slices.Clone(at), func(w string) bool {
		meant := f.Select(w)
		return len(meant) == 0 || slices.ContainsFunc(meant, func(n *fabric.Node) bool { return tried[n.Name] > 0 })
	})
}

// busiest returns the node with the most ends, the first of equals.
func busiest(ends []observe.Session) string {
	count := map[string]int{}
	best := ""
	for _, x := range ends {
		count[x.Node]++
	}
	for _, x := range ends {
		if count[x.Node] > count[best] {
			best = x.Node
		}
	}
	return best
}

// sessions returns a look-up of the ends of sessions in a snapshot, which may have very many.
func sessions(s *observe.Snapshot) func(node, peer string) (observe.Session, bool) {
	at := make(map[[2]string]int, len(s.Sessions))
	for i, x := range s.Sessions {
		at[[2]string{x.Node, x.Peer}] = i
	}
	return func(node, peer string) (observe.Session, bool) {
		i, ok := at[[2]string{node, peer}]
		if !ok {
			return observe.Session{}, false
		}
		return s.Sessions[i], true
	}
}
