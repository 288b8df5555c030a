package record

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
)

// reach writes which nodes reach each other, there and back: hosts each other, hosts the routers, and routers each other. Sources with the same
// targets are in one invariant, and families apart only where they differ.
func (w *writer) reach() {
	host := func(n *fabric.Node) bool { return n.Role != fabric.Router }
	router := func(n *fabric.Node) bool { return n.Role == fabric.Router }
	for _, pair := range [][2]func(*fabric.Node) bool{{host, host}, {host, router}, {router, router}} {
		v4, v6 := w.meetings(false, pair[0], pair[1]), w.meetings(true, pair[0], pair[1])
		switch {
		case sameMeetings(v4, v6), len(v6) == 0:
			w.meet(v4, "")
		case len(v4) == 0:
			w.meet(v6, "")
		default:
			w.meet(v4, fabric.V4.String())
			w.meet(v6, fabric.V6.String())
		}
	}
}

// meeting is a set of nodes and all that each of them reaches; a node is among its own targets where it is of their sort.
type meeting struct{ from, to []string }

// meetings returns which nodes of one sort reach which of another in a family, in fabric order.
func (w *writer) meetings(v6 bool, from, to func(*fabric.Node) bool) []meeting {
	reached := map[[2]string]bool{}
	for _, t := range w.s.Trips {
		reached[[2]string{t.From, t.To}] = reached[[2]string{t.From, t.To}] || t.V6 == v6 && t.Arrived()
	}
	var out []meeting
	for _, n := range ends(w.f) {
		if !from(n) {
			continue
		}
		var targets []string
		others := false
		for _, m := range ends(w.f) {
			if to(m) && (m == n || reached[[2]string{n.Name, m.Name}]) {
				targets = append(targets, m.Name)
				others = others || m != n
			}
		}
		i := slices.IndexFunc(out, func(m meeting) bool { return slices.Equal(m.to, targets) })
		switch {
		case !others:
		case i >= 0:
			out[i].from = append(out[i].from, n.Name)
		default:
			out = append(out, meeting{[]string{n.Name}, targets})
		}
	}
	return out
}

func sameMeetings(a, b []meeting) bool {
	return slices.EqualFunc(a, b, func(x, y meeting) bool { return slices.Equal(x.from, y.from) && slices.Equal(x.to, y.to) })
}

func (w *writer) meet(ms []meeting, family string) {
	if family != "" {
		family = ", family: " + family
	}
	for _, m := range ms {
		w.add("reach-from-"+name(m.from[0])+"-to-"+name(m.to[len(m.to)-1]), "reach: {from: %s, to: %s%s}", w.nodes(m.from), w.nodes(m.to), family)
	}
}

// name makes a name of an invariant out of that of a node.
func name(node string) string { return strings.Trim(node, "-_.") }

// nodes returns selectors for nodes: a tier or hosts where it is all of them.
func (w *writer) nodes(names []string) string {
	var out []string
	left := slices.Clone(names)
	for _, n := range w.f.Nodes {
		if n.Tier == "" || slices.Contains(out, n.Tier) || !slices.Contains(left, n.Name) {
			continue
		}
		var members []string
		for _, m := range w.f.Select(n.Tier) {
			members = append(members, m.Name)
		}
		if len(members) < 2 || slices.ContainsFunc(members, func(m string) bool { return !slices.Contains(left, m) }) {
			continue
		}
		out = append(out, n.Tier)
		left = slices.DeleteFunc(left, func(m string) bool { return slices.Contains(members, m) })
	}
	return list(append(out, left...))
}

// list writes words as YAML: one by itself, several as a list.
func list(words []string) string {
	var quoted []string
	for _, x := range words {
		if strings.ContainsAny(x, ":/") {
			x = `"` + x + `"`
		}
		quoted = append(quoted, x)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
