package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Dead is a term that no route ever matches.
type Dead struct {
	Policy  *Policy
	Term    *Term
	Reached bool    // routes get to it, but none of those that do matches
	By      []*Term // the earlier terms that decide what it would match; none if nothing that enters the policy matches it
}

// Unreachable returns the terms, of all policies of the chain, that no route matches, each policy evaluated
// by itself from its start. A term is on the list only if there is no such route; where that could
// not be settled, undecided says so.
func Unreachable(chain Chain, dir Direction) (dead []Dead, undecided []string) {
	for _, p := range chain.Policies() {
		v := newSurvey(Calls(p), dir)
		r := reachability{survey: v, block: v.compiler.blocks[p], terms: make([]usefulness, len(p.Terms)), at: map[*Term]int{}}
		for i, t := range p.Terms {
			r.at[t] = i
		}
		for _, g := range v.groups {
			r.examine(g)
		}
		for i, t := range p.Terms {
			if u := r.terms[i]; !u.matches {
				dead = append(dead, Dead{Policy: p, Term: t, Reached: u.reached, By: r.inOrder(u.by)})
			}
		}
		undecided = append(undecided, v.undecided...)
	}
	return dead, undecided
}

// reachability looks for the dead terms of one policy.
type reachability struct {
	*survey
	block *block
	terms []usefulness
	at    map[*Term]int // where a term stands
}

// usefulness is what is known of a term so far.
type usefulness struct {
	matches, reached bool
	by               map[*Term]bool
}

// examine looks for routes of the group that match terms of which none is known yet.
func (r *reachability) examine(g *group) {
	r.selection.choose(g)
	var open []int
	for i := range r.terms {
		if !r.terms[i].matches && r.selection.takes(&r.block.steps[i]) {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return
	}
	s := newSpace(r.dir, r.classes, r.compiler.regexes)
	reached, matched := make([]ref, len(r.terms)), make([]ref, len(r.terms))
	run, first := r.fresh(s), r.block.steps[0].id
	run.visit = func(st *step, in, m ref) {
		if i := int(st.id - first); 0 <= i && i < len(r.terms) {
			reached[i], matched[i] = in, m
		}
	}
	override := always(Next)
	outcomes := run.block(r.block, yes, &override)
	entering := make([]ref, len(r.terms))
	for _, i := range open {
		entering[i] = r.matchFirst(s, &r.block.steps[i])
	}
	possible := s.possible()
	for _, i := range open {
		u := &r.terms[i]
		_, result := s.solve(s.and(matched[i], possible), g.cells[0].witness)
		if result == tooLong {
			t := r.block.steps[i].term
			r.undecided = append(r.undecided, fmt.Sprintf("%s: whether any route matches policy %s term %s", t.Pos, r.block.policy.Name, t.Label()))
		}
		if u.matches = result != none; u.matches {
			continue
		}
		u.reached = u.reached || s.and(reached[i], possible) != no
		u.blame(outcomes, func(o outcome) bool {
			at, here := r.at[o.term]
			return here && at < i && s.and(o.when, s.and(entering[i], possible)) != no
		})
	}
}

// matchFirst returns the routes that the step would match if it were the first of its policy.
func (r *reachability) matchFirst(s *space, st *step) ref {
	run, out := r.fresh(s), yes
	for _, m := range st.rest {
		out = s.and(out, run.matching(m, out))
	}
	return out
}

// blame notes the terms of the outcomes that take what this term would match.
func (u *usefulness) blame(outcomes []outcome, takes func(outcome) bool) {
	for _, o := range outcomes {
		if takes(o) {
			if u.by == nil {
				u.by = map[*Term]bool{}
			}
			u.by[o.term] = true
		}
	}
}

func (r *reachability) inOrder(by map[*Term]bool) []*Term {
	out := slices.Collect(maps.Keys(by))
	slices.SortFunc(out, func(a, b *Term) int { return cmp.Compare(r.at[a], r.at[b]) })
	return out
}
