package junos

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// declare makes the policy statement known, so that others can call it before it is read.
func (r *reader) declare(n *conf.Node) *policy.Policy {
	p := &policy.Policy{Name: n.Word, Pos: n.Pos}
	r.cfg.Policies = append(r.cfg.Policies, p)
	return p
}

// policy reads the terms of a policy statement. What stands outside of any term is the unnamed term,
// which Junos evaluates last.
func (r *reader) policy(n *conf.Node) {
	p := r.cfg.policies[n.Word]
	name := "policy " + n.Word
	unnamed := &conf.Node{Pos: n.Pos}
	for _, c := range n.Children {
		r.where = name
		switch c.Word {
		case "term":
			for _, t := range c.Children {
				r.where = name + " term " + t.Word
				p.Terms = append(p.Terms, r.term(t)...)
			}
		case "from", "to", "then":
			if len(unnamed.Children) == 0 {
				unnamed.Pos = c.Pos
			}
			unnamed.Children = append(unnamed.Children, c)
		default:
			r.problem(c.Pos, "%s is not modelled: only terms, from, to and then are", c.Word)
		}
	}
	if len(unnamed.Children) > 0 {
		r.where = name + " unnamed term"
		p.Terms = append(p.Terms, r.term(unnamed)...)
	}
}

// term reads one term. It becomes several if route filters have actions of their own: one for
// each of them before the one with the term's own then.
func (r *reader) term(n *conf.Node) []*policy.Term {
	var from, to, then *conf.Node
	for _, c := range n.Children {
		switch c.Word {
		case "from":
			from = c
		case "to":
			to = c
		case "then":
			then = c
		default:
			r.problem(c.Pos, "%s is not understood: want from, to or then", c.Word)
		}
	}
	own := r.actions(n.Word, n.Pos, then.Leaves())
	if from != nil && len(from.Children) == 0 {
		r.hint(from.Pos, place.Warning, "empty-from", "from is empty, so the term matches every route")
	}
	pre := r.prefixes(from)
	matches := append(r.matches("from", fromKinds, from), r.matches("to", toKinds, to)...)
	// A subroutine may change the route even if it does not match, so it comes behind all other conditions.
	slices.SortStableFunc(matches, func(a, b policy.Match) int { return cmp.Compare(rank(a), rank(b)) })
	with := func(t *policy.Term, m *policy.MatchPrefix) *policy.Term {
		if m != nil {
			t.From = append(t.From, m)
		}
		t.From = append(t.From, matches...)
		return t
	}
	if pre == nil {
		return []*policy.Term{with(own, nil)}
	}
	var terms []*policy.Term
	for i, f := range pre.filters {
		if len(f.actions) > 0 {
			terms = append(terms, with(r.actions(n.Word, f.pos, f.actions), pre.only(i)))
		}
	}
	if len(terms) == 0 || len(terms) < len(pre.filters) {
		terms = append(terms, with(own, pre.match()))
	}
	return terms
}

// rank is 1 for a subroutine and 0 for any other condition.
func rank(m policy.Match) int {
	if _, ok := m.(*policy.MatchPolicy); ok {
		return 1
	}
	return 0
}

// anyOf returns one match that holds if one of several does. The model gets it as a
// subroutine that changes nothing.
func anyOf(pos place.Pos, several []policy.Match) policy.Match {
	if len(several) == 1 {
		return several[0]
	}
	p := &policy.Policy{Pos: pos}
	for _, m := range several {
		p.Name = fmt.Sprintf("%s or %s", p.Name, m)
		p.Terms = append(p.Terms, &policy.Term{Name: m.String(), Pos: pos, From: []policy.Match{m}, Flow: policy.AcceptRoute})
	}
	p.Name = p.Name[len(" or "):]
	p.Terms = append(p.Terms, &policy.Term{Name: "none of them", Pos: pos, Flow: policy.RejectRoute})
	return &policy.MatchPolicy{Chain: policy.Calls(p)}
}
