package record

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// mostPairs is how many pairs of nodes are tried to reach each other; in larger fabrics, of the hosts alone.
const mostPairs = 10_000

// Request returns what has to be observed.
func Request(f *fabric.Fabric) observe.Request {
	var out observe.Request
	nodes := ends(f)
	for _, from := range nodes {
		for _, to := range nodes {
			for _, fam := range fabric.Families {
				if from != to && from.Addrs[fam].IsValid() && to.Addrs[fam].IsValid() {
					out.Trips = append(out.Trips, observe.Trip{From: from.Name, To: to.Name, V6: fam == fabric.V6})
				}
			}
		}
	}
	for _, i := range spreads(f) {
		r := check.RequestOf(f, check.OfInvariants([]*fabric.Invariant{i})...)
		out.Flows = append(out.Flows, r.Flows...)
	}
	return out
}

// ends returns the nodes that are tried to reach each other: those of ours with an address that is not one of a link between routers.
func ends(f *fabric.Fabric) []*fabric.Node {
	var hosts, routers []*fabric.Node
	for _, n := range f.Nodes {
		switch {
		case n.External || !n.Addrs[fabric.V4].IsValid() && !n.Addrs[fabric.V6].IsValid():
		case n.Role != fabric.Router:
			hosts = append(hosts, n)
		case !linked(f, n):
			routers = append(routers, n)
		}
	}
	if all := len(hosts) + len(routers); all*all > mostPairs {
		return hosts
	}
	return append(hosts, routers...)
}

// linked reports whether an address of a router is one of a link.
func linked(f *fabric.Fabric, n *fabric.Node) bool {
	return slices.ContainsFunc(f.Links, func(l fabric.Link) bool {
		for _, fam := range fabric.Families {
			a := n.Addrs[fam]
			if a.IsValid() && (l.From == n.Name && l.Addrs[fam][0] == a || l.To == n.Name && l.Addrs[fam][1] == a) {
				return true
			}
		}
		return false
	})
}

// Statement returns the text of a closlab.yaml with what the snapshot shows to hold. from is what it says it was learned from. nothing says that
// there is no invariant in it.
func Statement(f *fabric.Fabric, s *observe.Snapshot, from string) (text []byte, nothing bool) {
	w := &writer{f: f, s: s, names: map[string]bool{}}
	w.sessions()
	w.reach()
	w.present()
	w.only()
	w.spread()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What holds on %s, learned from %s.\n# Read it before you rely on it: what holds today need not be what ought to, and what ought to may not hold.\n", f.Name, from)
	w.tiers(&b)
	if len(w.groups) > 0 {
		b.WriteString("\nprefixes:\n")
		for _, g := range w.groups {
			fmt.Fprintf(&b, "  %s: %s\n", g.name, list(g.members))
		}
	}
	b.WriteString("\ninvariants:\n")
	for _, line := range w.lines {
		b.WriteString(line + "\n")
	}
	return b.Bytes(), len(w.names) == 0
}

// writer collects a statement.
type writer struct {
	f      *fabric.Fabric
	s      *observe.Snapshot
	lines  []string
	names  map[string]bool
	groups []group
}

// group is a prefix group.
type group struct {
	name    string
	members []string
}

// add writes an invariant, under a name like the one that is wanted.
func (w *writer) add(name, format string, args ...any) {
	base := name
	for i := 2; w.names[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	w.names[name] = true
	w.lines = append(w.lines, fmt.Sprintf("  - {name: %s, %s}", name, fmt.Sprintf(format, args...)))
}

func (w *writer) comment(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf("  # "+format, args...))
}

// tiers writes the tiers that the fabric has: a statement can name them otherwise, and say which are not ours.
func (w *writer) tiers(b *bytes.Buffer) {
	var names []string
	members, external := map[string][]string{}, map[string]bool{}
	for _, n := range w.f.Nodes {
		if n.Role != fabric.Router || n.Tier == "" {
			continue
		}
		if members[n.Tier] == nil {
			names = append(names, n.Tier)
		}
		members[n.Tier] = append(members[n.Tier], n.Name)
		external[n.Tier] = external[n.Tier] || n.External
	}
	if len(names) == 0 {
		b.WriteString("\n# tiers:\n#   spine: {nodes: [spine1, spine2]}                # names that invariants can use\n" +
			"#   isp: {nodes: [isp1], external: true}             # not yours: what it gets is worth an invariant (only)\n")
		return
	}
	b.WriteString("\ntiers:\n")
	for _, name := range names {
		also := ""
		if external[name] {
			also = ", external: true"
		}
		fmt.Fprintf(b, "  %s: {nodes: %s%s}\n", name, list(members[name]), also)
	}
}

// sessions writes that sessions are up: all of them, or those of the nodes where all are.
func (w *writer) sessions() {
	var up []string
	down := map[string]bool{}
	for _, x := range w.s.Sessions {
		if !x.Up {
			down[x.Node] = true
		}
	}
	for _, n := range w.f.Nodes {
		if !n.External && len(w.f.SessionsOf(n.Name)) > 0 && !down[n.Name] {
			up = append(up, n.Name)
		}
	}
	switch {
	case len(up) == 0:
	case len(down) == 0:
		w.add("sessions-up", "sessions: all")
	default:
		w.add("sessions-up", "sessions: %s", list(up))
	}
}
