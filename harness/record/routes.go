package record

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// present writes at which routers the prefixes that BGP carries can be used: prefixes that are at the same routers in one invariant.
func (w *writer) present() {
	carried := map[netip.Prefix]bool{}
	for _, t := range w.s.Tables {
		for _, e := range t.RIB {
			if slices.ContainsFunc(e.Paths, func(p observe.Path) bool { return p.Peer != "" && p.Active }) {
				carried[e.Prefix] = true
			}
		}
	}
	var order []netip.Prefix
	for p := range carried {
		order = append(order, p)
	}
	slices.SortFunc(order, observe.ComparePrefix)
	type place struct{ prefixes, at []string }
	var places []place
	for _, p := range order {
		var at []string
		for _, n := range w.f.Nodes {
			if n.Role == fabric.Router && !n.External && w.holds(p, n.Name) {
				at = append(at, n.Name)
			}
		}
		i := slices.IndexFunc(places, func(x place) bool { return slices.Equal(x.at, at) })
		switch {
		case len(at) == 0:
		case i >= 0:
			places[i].prefixes = append(places[i].prefixes, p.String())
		default:
			places = append(places, place{[]string{p.String()}, at})
		}
	}
	routers := 0
	for _, n := range w.f.Nodes {
		if n.Role == fabric.Router && !n.External {
			routers++
		}
	}
	for _, x := range places {
		what, at := "present-at-"+name(x.at[0]), w.nodes(x.at)
		if len(x.at) == routers {
			what, at = "present-everywhere", "routers"
		}
		w.add(what, "present: {prefixes: %s, at: %s}", w.prefixes(what, x.prefixes), at)
	}
}

// holds reports whether a prefix is present at a router.
func (w *writer) holds(p netip.Prefix, router string) bool {
	for _, f := range check.Present([]string{p.String()}, router).Judge(w.f, w.s) {
		if f.Status != check.OK {
			return false
		}
	}
	return true
}

// prefixes returns a name for prefixes, or the prefixes themselves if they are few.
func (w *writer) prefixes(name string, members []string) string {
	if len(members) < 4 {
		return list(members)
	}
	name = "prefixes-" + name
	w.groups = append(w.groups, group{name, members})
	return name
}

// mostHints is how many neighbours a hint of what they are sent is given for.
const mostHints = 20

// only writes what routers that are not ours are sent and, as comments, what the others are: who of them is not ours is for a person to say.
func (w *writer) only() {
	hints := 0
	for _, n := range w.f.Nodes {
		if n.Role != fabric.Router {
			continue
		}
		var sent []string
		for _, x := range w.s.Sessions {
			from := w.f.Node(x.Node)
			if x.Peer != n.Name || from == nil || from.External && n.External {
				continue
			}
			for _, r := range x.Sent {
				if p := r.Prefix.String(); !slices.Contains(sent, p) {
					sent = append(sent, p)
				}
			}
		}
		switch {
		case len(sent) == 0:
		case n.External:
			w.add("only-toward-"+name(n.Name), "only: {prefixes: %s, toward: %s}", w.prefixes("sent-to-"+name(n.Name), sent), n.Name)
		case hints < mostHints && external(w.f, n.Name):
			if hints++; hints == 1 {
				w.comment("What routers of another AS are sent. Keep those lines that tell of a leak if more is sent:")
			}
			w.comment("- {name: only-toward-%s, only: {prefixes: %s, toward: %s}}", name(n.Name), list(sent), n.Name)
		}
	}
}

// external reports whether all sessions of a router are external.
func external(f *fabric.Fabric, router string) bool {
	return !slices.ContainsFunc(f.SessionsOf(router), func(s *fabric.Session) bool { return !s.External() })
}

// mostSpreads is how many pairs are tried, for each tier, on whether their flows pass it in equal shares.
const mostSpreads = 4

// spreads returns invariants to try: flows from one node to another over a tier of several.
func spreads(f *fabric.Fabric) []*fabric.Invariant {
	var out []*fabric.Invariant
	var tiers []string
	for _, n := range f.Nodes {
		if n.Role == fabric.Router && n.Tier != "" && !slices.Contains(tiers, n.Tier) && len(f.Select(n.Tier)) > 1 {
			tiers = append(tiers, n.Tier)
		}
	}
	nodes := ends(f)
	if hosts := slices.DeleteFunc(slices.Clone(nodes), func(n *fabric.Node) bool { return n.Role == fabric.Router }); len(hosts) > 1 {
		nodes = hosts
	}
	for _, tier := range tiers {
		tried := 0
		for i, from := range nodes {
			to := nodes[len(nodes)-1-i]
			if from == to || from.Tier == tier || to.Tier == tier || tried == mostSpreads {
				continue
			}
			tried++
			s := &fabric.Spread{From: from.Name, To: to.Name, Over: tier, Within: 10}
			out = append(out, &fabric.Invariant{Name: "even-over-" + tier, Spread: s})
		}
	}
	return out
}

// spread writes which flows pass a tier in equal shares.
func (w *writer) spread() {
	for _, i := range spreads(w.f) {
		good := true
		for _, c := range check.OfInvariants([]*fabric.Invariant{i}) {
			for _, f := range c.Judge(w.f, w.s) {
				good = good && f.Status == check.OK
			}
		}
		if s := i.Spread; good {
			w.add(i.Name, "spread: {from: %s, to: %s, over: %s, within: %g}", s.From, s.To, s.Over, s.Within)
		}
	}
}
