package frr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// unused reads the route-maps and lists that no session uses, for what cannot be read of them.
func (c *Config) unused() {
	use := Use{Direction: policy.Export}
	for _, d := range slices.Clone(c.order) {
		if d.Used || !c.defined(key{d.Kind, d.Name}) {
			continue
		}
		t := c.translator(use)
		if d.Kind == routeMapObject {
			t.policy(d.Name, d.Pos, use.entering())
		} else {
			t.lookup(d.Kind, d.Name, d.Pos)
		}
		d.Used = false
		c.Unread = append(c.Unread, t.problems...)
	}
}

// Policies returns the route-maps that can be read, in order of appearance, as the first session that uses one runs it.
func (c *Config) Policies() []*policy.Policy {
	var out []*policy.Policy
	for _, d := range c.order {
		if p := c.shown[d.Name]; d.Kind == routeMapObject && p != nil {
			out = append(out, p)
		}
	}
	return out
}

// Lint returns what is suspicious in the configuration, in order of place: unread, unknown-line, undefined, unreachable-term, undecided,
// match-all, broad-match, multipath, entry-changed, unused. Bound names the route-maps that something outside the configuration uses;
// without that and without sessions nothing is called unused.
func (c *Config) Lint(bound ...string) []place.Finding {
	out := slices.Clone(c.hints)
	unwritten := c.unwritten()
	for _, f := range policy.Lint(c.Policies(), func(m policy.Match) bool { return c.foreign[m] }) {
		if !slices.ContainsFunc(unwritten[f.Pos], func(begin string) bool { return strings.HasPrefix(f.Text, begin) }) {
			out = append(out, f)
		}
	}
	for _, p := range append(slices.Clone(c.Unread), c.Problems()...) {
		out = append(out, place.Finding{Pos: p.Pos, Severity: place.Warning, Rule: "unread", Text: p.Text})
	}
	for _, d := range c.order {
		isMap := d.Kind == routeMapObject
		if !c.defined(key{d.Kind, d.Name}) || d.Used || isMap && (len(c.Sessions)+len(bound) == 0 || slices.Contains(bound, d.Name)) {
			continue
		}
		out = append(out, finding(d.Pos, place.Note, "unused", "%s is never used", d))
	}
	slices.SortStableFunc(out, func(a, b place.Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return slices.Compact(out)
}

// unwritten returns how findings begin that are about terms which no line of the text says, but which a call or the end of a route-map was written as.
func (c *Config) unwritten() map[place.Pos][]string {
	out := map[place.Pos][]string{}
	for _, p := range c.shown {
		for _, t := range p.Terms {
			if synthetic(t.Name) {
				out[t.Pos] = append(out[t.Pos], fmt.Sprintf("policy %s term %s ", p.Name, t.Name))
			}
		}
	}
	return out
}

func synthetic(term string) bool {
	return term == "implicit deny" || term == "not defined" || strings.HasSuffix(term, " no match") || strings.HasSuffix(term, " denied")
}
