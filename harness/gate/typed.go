package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
)

// typed is a state between two typed lines in which some nodes treat routes otherwise than in the one before.
type typed struct {
	*candidate.Halfway
	nodes []string
}

// typing is what came of the states between typed lines.
type typing struct {
	states []typed
	causes []typedCause
}

// typedCause is a cause that was there after a line.
type typedCause struct {
	*Cause
	on *candidate.Halfway
}

// typing returns the states between typed lines that are to be judged; none if the candidate takes effect at once.
func (g *gate) typing() *typing {
	out := &typing{}
	was := g.base.Fabric
	for h, err := range g.base.Halfway(g.cand) {
		if g.ctx.Err() != nil { // the first step says so
			break
		}
		if err != nil {
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("%s: closlab cannot tell what routers do then: %v", h.When(), err))
			continue
		}
		var nodes []string
		for _, c := range Changes(was, h.Fabric) {
			for _, s := range c.Sessions {
				nodes = append(nodes, s.Node)
			}
		}
		if len(nodes) > 0 {
			out.states = append(out.states, typed{h, nodes})
			was = h.Fabric
		}
	}
	return out
}

// play takes node i of the order through the states between typed lines, and judges each.
func (x *typing) play(g *gate, l *lab.Lab, i int) error {
	node := g.cand.Order[i]
	for _, state := range x.states {
		if !slices.Contains(state.nodes, node) {
			continue
		}
		step := Step{Name: strings.TrimSuffix(g.step(i).Name, allApplied) + ", " + state.When()}
		if err := l.Apply(g.ctx, state.Fabric, node); err != nil {
			return fmt.Errorf("%s: %w", step.Name, err)
		}
		s, err := l.Runtime.Observe(g.req)
		if err != nil {
			return fmt.Errorf("%s: %w", step.Name, err)
		}
		step.Findings = g.waive(g.judge(g.baselineChecks(), s))
		if slices.ContainsFunc(step.Findings, harms) {
			x.blame(g.tracer(g.v.Baseline, s, i+1), state.Halfway, step.Findings)
		}
		g.v.Steps = append(g.v.Steps, step)
	}
	return nil
}

// blame explains findings by the line that was typed last.
func (x *typing) blame(t *tracer, h *candidate.Halfway, findings []check.Finding) {
	t.half = h.Fabric
	t.explain(findings)
	at := []check.Reason{{Pos: h.Pos, Text: h.When()}}
	for i, f := range findings {
		if harms(f) {
			findings[i].Because = slices.Concat(at, f.Because)
		}
	}
	for _, c := range t.causes {
		c.Because = slices.Concat(at, c.Because)
		x.causes = append(x.causes, typedCause{c, h})
	}
}

// settle adds the causes that are there only between lines to those of the end, each once.
func (x *typing) settle(g *gate) {
	var once []typedCause
	for _, c := range x.causes {
		same := func(o *Cause) bool { return o.Effect == c.Effect && o.Direction == c.Direction && o.What == c.What }
		if slices.ContainsFunc(g.v.Causes, same) {
			continue
		}
		if i := slices.IndexFunc(once, func(o typedCause) bool { return same(o.Cause) }); i >= 0 {
			once[i].also(c)
			continue
		}
		once = append(once, c)
	}
	so := "this is so while the lines are typed: "
	if !slices.ContainsFunc(g.v.Steps[len(g.v.Steps)-1].Findings, harms) {
		so = "the end holds, the way there does not: "
	}
	for _, c := range once {
		c.What += fmt.Sprintf(", %s", c.on.When())
		c.Advice = so + "define what is new under another name, take it into use and then remove the old; or give the file as a whole, to what puts it in at once"
		g.v.Causes = append(g.v.Causes, c.Cause)
	}
}

// also adds what the same cause did to other sessions, after the same line on another node.
func (c typedCause) also(o typedCause) {
	if c.on != o.on || slices.ContainsFunc(o.Sessions, func(s string) bool { return slices.Contains(c.Sessions, s) }) {
		return
	}
	c.Sessions = append(c.Sessions, o.Sessions...)
	c.Routes += o.Routes
	for _, p := range o.Prefixes {
		if !slices.Contains(c.Prefixes, p) {
			c.Prefixes = append(c.Prefixes, p)
		}
	}
	slices.SortFunc(c.Prefixes, observe.ComparePrefix)
}
