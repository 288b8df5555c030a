package candidate

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// note puts the author's words into the candidate, whose Order holds every node of f that runs a changed file. n may be nil.
func (c *Candidate) note(f *fabric.Fabric, n *fabric.Notes) error {
	if n == nil {
		return nil
	}
	c.Why, c.Waives, c.Promises = n.Why, n.Waives, n.Promises
	if len(n.Nodes) > 0 && len(c.Files) > 0 {
		c.LeftOut = slices.DeleteFunc(slices.Clone(c.Order), func(x string) bool { return slices.Contains(n.Nodes, x) })
		c.Order = slices.DeleteFunc(c.Order, func(x string) bool { return !slices.Contains(n.Nodes, x) })
		if len(c.Order) == 0 {
			return place.Problem{Pos: n.NodesAt, Text: fmt.Sprintf("nodes: none of them runs %v, which the candidate changes", c.Files)}
		}
	}
	if err := c.join(f, n); err != nil || len(n.Order) == 0 {
		return err
	}
	var problems place.Problems
	for _, x := range n.Order {
		if !slices.Contains(c.Order, x) {
			problems.Addf(n.OrderAt, "order: %s does not change: leave it out", x)
		}
	}
	for _, x := range c.Order {
		if !slices.Contains(n.Order, x) {
			problems.Addf(n.OrderAt, "order: %s changes too: say when", x)
		}
	}
	c.Order = n.Order
	return problems.Err()
}
