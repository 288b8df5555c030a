package junos

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Lint returns what is suspicious in the configuration, in order of place: what policy.Lint finds, and by the rules unread,
// unknown-section, empty-from, empty-list, wildcard-added, unanchored and unused. Bound names the policies
// that something outside the configuration uses. A configuration without sessions, whose policies nothing
// is bound to, cannot tell which of them are unused.
func (c *Config) Lint(bound ...string) []place.Finding {
	out := append(slices.Clone(c.hints), policy.Lint(c.Policies, func(m policy.Match) bool { return c.foreign[m] })...)
	unread := c.Problems()
	for _, u := range c.Unread {
		unread = append(unread, u.Problems...)
	}
	for _, p := range once(unread) {
		out = append(out, place.Finding{Pos: p.Pos, Severity: place.Warning, Rule: "unread", Text: p.Text})
	}
	for _, d := range c.Definitions {
		isPolicy := d.Kind == "policy-statement"
		if d.Used || isPolicy && (len(c.Groups)+len(bound) == 0 || slices.Contains(bound, d.Name) || c.elsewhere[d.Name]) {
			continue
		}
		out = append(out, place.Finding{Pos: d.Pos, Rule: "unused", Text: fmt.Sprintf("%s %s is never used", d.Kind, d.Name)})
	}
	slices.SortStableFunc(out, func(a, b place.Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return out
}

// title names a term in a sentence.
func title(t *policy.Term) string {
	if t.Name == "" {
		return "unnamed term"
	}
	return "term " + t.Name
}
