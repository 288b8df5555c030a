package routemap

import (
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// chain writes the expressions one after the other, then the default. Every route ends at yes or no. Depth is 0 for the
// session's chain, 1 for its subroutines, and so on.
func (g *generator) chain(c policy.Chain, depth uint32, yes, no label) {
	defaults := c.SetsDefault()
	if defaults { // an import policy leaves its own on the route
		g.emit(entry{set: []string{"large-comm-list " + g.largeRows("", one(mark(ofDefault, 2*depth)), one(mark(ofDefault, 2*depth+1))) + " delete"}})
	}
	call := func(p *policy.Policy, yes, no, next label) { g.call(p, depth, yes, no, next) }
	for i := range c {
		next := g.newLabel()
		policy.Branch(&c[i], yes, no, next, g.newLabel, g.place, call)
		g.place(next)
	}
	if defaults {
		g.jump("large-community "+g.largeStandard("", mark(ofDefault, 2*depth)), yes)
		g.jump("large-community "+g.largeStandard("", mark(ofDefault, 2*depth+1)), no)
	}
	if g.dir == policy.Export {
		g.jump("large-community "+g.largeRegex("OWN-ROUTES", allow(marks(ofProtocol))), no)
	}
	g.always(yes)
}

// call writes a policy.
func (g *generator) call(p *policy.Policy, depth uint32, yes, no, next label) {
	caller, term := g.policy, g.term
	defer func() { g.policy, g.term = caller, term }()
	g.policy, g.term = p, nil
	if slices.Contains(g.calls, p) {
		g.refuse("it calls itself")
		return
	}
	g.calls = append(g.calls, p)
	starts := make([]label, len(p.Terms)+1)
	for i := range p.Terms {
		starts[i] = g.newLabel()
	}
	starts[len(p.Terms)] = next
	for i, t := range p.Terms {
		g.term = t
		g.place(starts[i])
		to := map[policy.Flow]label{policy.AcceptRoute: yes, policy.RejectRoute: no, policy.NextPolicy: next,
			policy.NextTerm: starts[min(i+1+t.Skip, len(p.Terms))]}[t.Flow]
		g.oneTerm(t, depth, to, starts[i+1])
	}
	g.always(next)
	g.calls = g.calls[:len(g.calls)-1]
}

// oneTerm writes a term; what matches goes to the one label, what does not to the other. Matches are asked for in order, since subroutines
// change routes.
func (g *generator) oneTerm(t *policy.Term, depth uint32, to, fail label) {
	asked := 0
	for i, m := range t.From {
		sub, ok := m.(*policy.MatchPolicy)
		if !ok {
			continue
		}
		match, can := g.demand(t.From[asked:i], fail)
		if !can {
			return
		}
		g.enter(match, fail)
		pass := g.newLabel()
		g.chain(sub.Chain, depth+1, pass, fail)
		g.place(pass)
		asked = i + 1
	}
	match, can := g.demand(t.From[asked:], fail)
	if !can {
		return
	}
	then := g.actions(t.Then)
	if t.Default != policy.Next {
		then = append(then, g.defaults(t.Default, depth)...)
	}
	if len(then) == 0 {
		then = [][]string{nil}
	}
	if len(then) == 1 {
		g.emit(entry{match: match, set: then[0], to: to})
		g.always(fail)
		return
	}
	g.enter(match, fail)
	for i, set := range then {
		e := entry{set: set}
		if i == len(then)-1 {
			e.to = to
		}
		g.emit(e)
	}
}

// demand sends routes that do not meet the matches to fail, but for what one entry can hold together, which it returns. It reports whether
// there can be others.
func (g *generator) demand(from []policy.Match, fail label) (match []string, can bool) {
	match, several, never := g.conditions(from)
	if never {
		g.always(fail)
		return nil, false
	}
	for _, m := range several {
		pass := g.newLabel()
		m(pass, fail)
		g.place(pass)
	}
	return match, true
}

// enter sends routes that do not meet what an entry asks for to fail.
func (g *generator) enter(match []string, fail label) {
	if len(match) == 0 {
		return
	}
	body := g.newLabel()
	g.emit(entry{match: match, to: body})
	g.always(fail)
	g.place(body)
}

// defaults notes what a default-action says about the end of the chain.
func (g *generator) defaults(d policy.Decision, depth uint32) [][]string {
	yes, no := mark(ofDefault, 2*depth), mark(ofDefault, 2*depth+1)
	if d == policy.Reject {
		yes, no = no, yes
	}
	return [][]string{{"large-comm-list " + g.largeRows("", one(no)) + " delete"}, {"large-community " + yes.Text() + " additive"}}
}
