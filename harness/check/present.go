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
	want := strings.Join(p.Prefixes, ", ") + " in the routing table"
	return Check{Name: "present", judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding {
		prefixes, nodes := f.PrefixesOf(p.Prefixes), f.Select(p.At...)
		if len(prefixes) == 0 || len(nodes) == 0 {
			return unknown(fmt.Sprintf("%d prefixes at %d nodes to look for", len(prefixes), len(nodes)), want)
		}
		var out []Finding
		for _, n := range nodes {
			t := s.Tables[n.Name]
			if t == nil {
				out = append(out, Finding{Status: Unknown, Node: n.Name, Got: "its routing table was not observed", Want: want})
				continue
			}
			if missing := absent(t, prefixes); len(missing) > 0 {
				out = append(out, Finding{Status: Broken, Node: n.Name, Prefix: missing[0].String(),
					Got: fmt.Sprintf("%d of %d missing: %s", len(missing), len(prefixes), list(missing)), Want: want})
			}
		}
		if len(out) == 0 {
			return ok(fmt.Sprintf("%d prefixes at %d routers", len(prefixes), len(nodes)), want)
		}
		return merge(out)
	}}
}

func absent(t *observe.Table, prefixes []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool {
		e, ok := t.Entry(p)
		return ok && slices.ContainsFunc(e.Paths, func(x observe.Path) bool { return x.Active })
	})
}

// merge makes one finding of those that differ in their node alone; it names the first node and counts the others.
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

// list joins up to six things with commas and counts the rest.
func list[T any](xs []T) string {
	var s []string
	for i, x := range xs {
		if i == 6 && len(xs) > 7 {
			s = append(s, fmt.Sprintf("and %d more", len(xs)-i))
			break
		}
		s = append(s, fmt.Sprint(x))
	}
	return strings.Join(s, ", ")
}
