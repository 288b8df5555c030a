package gobgp

import (
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// chain writes the expressions one after the other, then the default. Every route ends at yes or no. Depth is 0 for the
// session's chain, 1 for its subroutines, and so on.
func (g *generator) chain(c policy.Chain, depth uint32, yes, no label) {
	defaults := c.SetsDefault()
	if defaults && depth > 0 {
		g.emit(test{}, &api.Actions{LargeCommunity: remove(exactly(mark(ofDefault, 2*depth)), exactly(mark(ofDefault, 2*depth+1)))})
	}
	call := func(p *policy.Policy, yes, no, next label) { g.call(p, depth, yes, no, next) }
	for i := range c {
		next := g.newLabel()
		policy.Branch(&c[i], yes, no, next, g.newLabel, g.place, call)
		g.place(next)
	}
	for i, to := range []label{yes, no} {
		if !defaults {
			break
		}
		unset := g.newLabel()
		g.jump(test{without: []string{exactly(mark(ofDefault, 2*depth+uint32(i)))}}, nil, unset)
		g.always(to, nil)
		g.place(unset)
	}
	if g.dir == policy.Export {
		g.jump(test{without: []string{protocolMarks}}, nil, yes)
		g.always(no, nil)
		return
	}
	g.always(yes, nil)
}

func (g *generator) call(p *policy.Policy, depth uint32, yes, no, next label) {
	caller, term := g.policy, g.term
	defer func() { g.policy, g.term = caller, term }()
	g.policy, g.term = p, nil
	if slices.Contains(g.calls, p) {
		g.refuse("it calls itself")
		return
	}
	g.calls = append(g.calls, p)
	landings := map[int]label{} // of skips, by the term they lead to
	for i, t := range p.Terms {
		g.term = t
		if l, ok := landings[i]; ok {
			g.place(l)
		}
		to, jumps := map[policy.Flow]label{policy.AcceptRoute: yes, policy.RejectRoute: no, policy.NextPolicy: next}[t.Flow]
		if at := i + 1 + t.Skip; t.Flow == policy.NextTerm && t.Skip > 0 {
			to, jumps = next, true
			if at < len(p.Terms) {
				if _, ok := landings[at]; !ok {
					landings[at] = g.newLabel()
				}
				to = landings[at]
			}
		}
		g.oneTerm(t, depth, to, jumps)
	}
	g.always(next, nil)
	g.calls = g.calls[:len(g.calls)-1]
}

// oneTerm writes a term; what matches goes to the label if it jumps, and what does not falls through to the next one.
func (g *generator) oneTerm(t *policy.Term, depth uint32, to label, jumps bool) {
	fail := g.newLabel()
	on, truth := g.together(t.From)
	if truth == never {
		return
	}
	if truth == several {
		for _, m := range t.From {
			g.match(m, depth, fail)
		}
	}
	then := g.actions(t.Then)
	if truth == sometimes {
		if t.Default == policy.Next && fits(then, jumps) {
			g.oneStatement(on, then, to, jumps)
			return
		}
		for _, m := range t.From {
			g.match(m, depth, fail)
		}
	}
	g.setDefault(t.Default, depth)
	for _, s := range then {
		g.emit(s.on, s.do)
	}
	if jumps {
		g.always(to, nil)
	}
	g.place(fail)
}

// fits reports whether the actions, and a jump, can be done by the statement that asks for the conditions.
func fits(then []*statement, jumps bool) bool {
	return len(then) == 0 || len(then) == 1 && then[0].on.empty() && !(jumps && then[0].do.LargeCommunity != nil)
}

func (g *generator) oneStatement(on test, then []*statement, to label, jumps bool) {
	var do *api.Actions
	if len(then) == 1 {
		do = then[0].do
	}
	switch {
	case jumps && on.empty():
		g.always(to, do)
	case jumps:
		g.jump(on, do, to)
	case do != nil:
		g.emit(on, do)
	}
}

// setDefault notes what a default-action says about the end of the chain.
func (g *generator) setDefault(d policy.Decision, depth uint32) {
	if d == policy.Next {
		return
	}
	yes, no := mark(ofDefault, 2*depth), mark(ofDefault, 2*depth+1)
	if d == policy.Reject {
		yes, no = no, yes
	}
	g.emit(test{}, &api.Actions{LargeCommunity: remove(exactly(no))})
	g.emit(test{}, &api.Actions{LargeCommunity: add(yes)})
}
