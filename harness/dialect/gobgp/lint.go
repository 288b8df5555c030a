package gobgp

import (
	"cmp"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Lint returns what is suspicious in the configuration, in order of place: what policy.Lint finds, and by the rules unread (a
// policy that nothing runs, or a neighbour, has what is not modelled), ignored, not-enforced and unused. A configuration that assigns no policy
// cannot tell which of them are unused.
func (c *Config) Lint() []place.Finding {
	r := c.reader
	out := append(slices.Clone(r.hints), policy.Lint(c.Policies, func(policy.Match) bool { return false })...)
	for _, n := range c.Neighbors {
		for _, p := range n.Problems {
			out = append(out, place.Finding{Pos: p.Pos, Severity: place.Warning, Rule: "unread", Text: p.Text})
		}
	}
	assigned := len(r.apply[policy.Import].names)+len(r.apply[policy.Export].names) > 0
	for _, d := range r.inOrder {
		for _, p := range d.read[policy.Import].problems {
			out = append(out, place.Finding{Pos: p.Pos, Severity: place.Warning, Rule: "unread", Text: p.Text})
		}
		if assigned && !d.used {
			out = append(out, place.Finding{Pos: r.pos(d.node), Rule: "unused", Text: "policy " + d.name + " is never used"})
		}
	}
	for _, s := range r.sets {
		if !s.used {
			out = append(out, place.Finding{Pos: r.pos(s.node), Rule: "unused", Text: s.String() + " is never used"})
		}
	}
	slices.SortStableFunc(out, func(a, b place.Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(out)
}
