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

// Present wants the prefixes (groups by name, or prefixes) usable in the routing table of every router that a
// selector means: each with an active route of exactly that prefix, and none that discards, except at who owns or aggregates it.
func Present(prefixes []string, at ...string) Check {
	return present(fabric.Present{Prefixes: prefixes, At: at})
}

func present(p fabric.Present) Check {
	return Check{Name: "present", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding {
		return judgePresent(f, s, p)
	}}
}

func judgePresent(f *fabric.Fabric, s *observe.Snapshot, p fabric.Present) []Finding {
	want := strings.Join(p.Prefixes, ", ") + " in the routing table"
	wanted, at := f.PrefixesOf(p.Prefixes), f.Select(p.At...)
	out := append(meaningless(p.Prefixes, "prefix", prefixes(f), want), meaningless(p.At, "node", nodes(f), want)...)
	if len(wanted) == 0 || len(at) == 0 {
		return append(out, unknown(fmt.Sprintf("%d prefixes at %d nodes to look for", len(wanted), len(at)), want)...)
	}
	for _, n := range at {
		t := s.Tables[n.Name]
		if t == nil {
			out = append(out, Finding{Node: n.Name, Got: "routing table not observed", Want: want})
			continue
		}
		fails := func(how string, ps []netip.Prefix) {
			if len(ps) > 0 {
				out = append(out, Finding{Status: Broken, Node: n.Name, Prefix: ps[0].String(),
					Got: fmt.Sprintf("%d of %d %s: %s", len(ps), len(wanted), how, list(ps)), Want: want})
			}
		}
		missing, discarded := absent(f, n, t, wanted)
		fails("missing", missing)
		fails("discarded", discarded)
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d prefixes at %d routers", len(wanted), len(at)), want)
	}
	return merge(out)
}

// absent returns the prefixes without an active route, and those whose route discards though it is not n that they are
// routed to.
func absent(f *fabric.Fabric, n *fabric.Node, t *observe.Table, wanted []netip.Prefix) (missing, discarded []netip.Prefix) {
	for _, p := range wanted {
		e, _ := t.Entry(p)
		i := slices.IndexFunc(e.Paths, func(x observe.Path) bool { return x.Active })
		switch {
		case i < 0:
			missing = append(missing, p)
		case drops(t, p) && !(e.Paths[i].Peer == "" && (e.Paths[i].Route.Protocol == policy.Aggregate || owns(f, n, p))):
			discarded = append(discarded, p)
		}
	}
	return missing, discarded
}

// drops reports whether the forwarding table discards what matches exactly this prefix.
func drops(t *observe.Table, p netip.Prefix) bool {
	i, found := slices.BinarySearchFunc(t.FIB, p, func(x observe.Forward, p netip.Prefix) int { return observe.ComparePrefix(x.Prefix, p) })
	return found && t.FIB[i].Drop
}

// owns reports whether the fabric gives a prefix to the node itself, to its colo, or to a service of its colo.
func owns(f *fabric.Fabric, n *fabric.Node, p netip.Prefix) bool {
	return slices.ContainsFunc(f.Prefixes, func(g *fabric.PrefixGroup) bool {
		owner := g.Owner[p]
		return owner != "" && (owner == n.Name || owner == n.Colo)
	}) || slices.ContainsFunc(f.Services, func(s *fabric.Service) bool {
		return s.Prefix == p && slices.Contains(s.Colos, n.Colo)
	})
}

// merge makes one finding of those that differ in their node alone: that of the first node, which names the others.
func merge(fs []Finding) []Finding {
	var out []Finding
	others := map[int][]string{}
	for _, f := range fs {
		i := slices.IndexFunc(out, func(o Finding) bool {
			return o.Status == f.Status && o.Prefix == f.Prefix && o.Got == f.Got && o.Want == f.Want
		})
		if i < 0 {
			out = append(out, f)
			continue
		}
		others[i] = append(others[i], f.Node)
	}
	for i, names := range others {
		out[i].Got += "; so at " + list(names)
	}
	return out
}
