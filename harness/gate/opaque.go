package gate

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// forgo prepares a verdict that rests on observation alone: what routers send whose configurations closlab does not read cannot be
// predicted, and so nothing is. The error says that nothing can be observed, either.
func (g *gate) forgo() error {
	if g.opt.Start == nil {
		return fmt.Errorf("%s: closlab does not read what they run, so that nothing can be predicted: observe the fabric with --runtime clab",
			strings.Join(g.v.Evidence.Opaque, ", "))
	}
	if states := g.typing().states; len(states) > 0 {
		g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("%s: nothing can be predicted of the states between typed lines: give the file as a whole", states[0].When()))
	}
	for i := range g.cand.Order {
		g.v.Steps = append(g.v.Steps, g.step(i))
	}
	g.v.Steps = append(g.v.Steps, Step{Name: rolledBack})
	return nil
}

// conclude takes what was observed before and with the candidate for what it does, and says what of the policies that closlab reads no
// route has come to. None can be added: what would become of it where policies are not read cannot be told.
func (g *gate) conclude(baseline, now *observe.Snapshot) {
	g.v.Baseline, g.v.Final, g.v.Moved = baseline, now, Movements(baseline, now)
	g.v.Causes = g.causesAt(now, len(g.cand.Order), nil)
	for _, c := range g.v.Changes {
		for _, class := range c.Difference.Classes {
			if class.Kind != policy.CommunitiesDiffer && !g.exercised(baseline, c, class) {
				g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("%s: no route of the fabric comes to it, such as %s", class, class.Witness.Route))
			}
		}
	}
	for _, node := range g.cand.Order {
		if g.base.Fabric.Texts[node] != g.cand.After.Texts[node] && g.base.Fabric.Node(node).Opaque() && !stirred(node, baseline, now) {
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("%s: nothing that was seen of it is otherwise with its new configuration: whether it does what that says cannot be told", node))
		}
	}
	if claims := g.claims(); len(claims) > 0 {
		g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("peers could newly send %d routes to prefixes of our own, such as %s: what then happens cannot be predicted",
			len(claims), claims[0].Route.Prefix))
	}
}

// stirred reports whether anything that was seen of a router is otherwise: its sessions, what crossed them, or its tables.
func stirred(node string, before, after *observe.Snapshot) bool {
	of := func(s *observe.Snapshot) []any {
		var out []any
		for _, x := range s.Sessions {
			if x.Node == node {
				out = append(out, x)
			}
		}
		return append(out, s.Tables[node])
	}
	return !reflect.DeepEqual(of(before), of(after))
}
