package policy

import "slices"

// Exercise returns a route that reaches the term of the policy in the chain and matches it, as Explain
// confirms. It returns false if there is no such route or none was found.
func Exercise(chain Chain, p *Policy, t *Term, dir Direction) (Witness, bool) {
	v := newSurvey(chain, dir)
	b := v.compiler.blocks[p]
	if b == nil {
		return Witness{}, false
	}
	at := slices.IndexFunc(b.steps, func(s step) bool { return s.term == t })
	if at < 0 {
		return Witness{}, false
	}
	for _, g := range v.groups {
		v.selection.choose(g)
		if !v.selection.takes(&b.steps[at]) {
			continue
		}
		s := newSpace(dir, v.classes, v.compiler.regexes)
		run, matched := v.fresh(s), no
		run.visit = func(st *step, _, m ref) {
			if st == &b.steps[at] {
				matched = s.or(matched, m)
			}
		}
		run.run(v.program, yes)
		w, result := s.solve(s.and(matched, s.possible()), g.cells[0].witness)
		if result != found {
			continue
		}
		_, steps := Explain(chain, w.Route, w.Env(dir))
		if slices.ContainsFunc(steps, func(s Step) bool { return s.Policy == p && s.Term == t && s.Failed == nil }) {
			return w, true
		}
	}
	return Witness{}, false
}
