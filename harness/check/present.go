package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Present wants the prefixes (groups by name, or prefixes) usable in the routing table of every router that a
// selector means.
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
		if missing := absent(t, wanted); len(missing) > 0 {
			out = append(out, Finding{Status: Broken, Node: n.Name, Prefix: missing[0].String(),
				Got: fmt.Sprintf("%d of %d missing: %s", len(missing), len(wanted), list(missing)), Want: want})
		}
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d prefixes at %d routers", len(wanted), len(at)), want)
	}
	return merge(out)
}

// absent returns the prefixes without an active route.
func absent(t *observe.Table, prefixes []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool {
		e, ok := t.Entry(p)
		return ok && slices.ContainsFunc(e.Paths, func(x observe.Path) bool { return x.Active })
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
