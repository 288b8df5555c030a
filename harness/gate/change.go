package gate

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Change is what the candidate does to one pair of chains, whatever routes there are.
type Change struct {
	Direction     policy.Direction
	Sessions      []*fabric.Session // as they are with the candidate, in fabric order
	Families      []fabric.Family
	Before, After policy.Chain
	Difference    policy.Difference // of routes of these families
}

// Changes compares every session's chains. Sessions that share both chains share one Change; chains that
// treat every route alike make none.
func Changes(before, after *fabric.Fabric) []*Change {
	type key struct {
		dir  policy.Direction
		b, a string
	}
	var out []*Change
	byKey := map[key]*Change{}
	add := func(s *fabric.Session, fam fabric.Family, dir policy.Direction, b, a policy.Chain) {
		if head(b) == head(a) {
			return
		}
		k := key{dir, identity(b), identity(a)}
		c := byKey[k]
		if c == nil {
			c = &Change{Direction: dir, Before: b, After: a}
			byKey[k] = c
			out = append(out, c)
		}
		if !slices.Contains(c.Sessions, s) {
			c.Sessions = append(c.Sessions, s)
		}
		if !slices.Contains(c.Families, fam) {
			c.Families = append(c.Families, fam)
		}
	}
	for i, s := range after.Sessions {
		old := before.Sessions[i]
		for _, fam := range fabric.Families {
			add(s, fam, policy.Import, old.In[fam], s.In[fam])
			add(s, fam, policy.Export, old.Out[fam], s.Out[fam])
		}
	}
	for _, c := range out {
		c.Difference = policy.Diff(c.guarded(c.Before), c.guarded(c.After), c.Direction)
	}
	return slices.DeleteFunc(out, func(c *Change) bool { return c.Difference.None() })
}

// identity is equal for chains of the same policies in the same expressions.
func identity(c policy.Chain) string {
	s := c.String()
	for _, p := range c.Policies() {
		s += fmt.Sprintf(" %p", p)
	}
	return s
}

// head tells at once that two chains are the same: sessions of one binding share theirs.
func head(c policy.Chain) *policy.Expr {
	if len(c) == 0 {
		return nil
	}
	return &c[0]
}
