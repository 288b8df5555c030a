package policy

import "slices"

// survey evaluates one chain symbolically, group by group.
type survey struct {
	compiler  *compiler
	program   program
	selection *selection
	groups    []*group
	classes   *communityClasses
	dir       Direction
	undecided []string
}

func newSurvey(chain Chain, dir Direction) *survey {
	c := newCompiler()
	v := &survey{compiler: c, program: c.compile(chain), groups: c.table.groups(), dir: dir}
	v.selection = c.selection()
	v.classes = newCommunityClasses(c.defs, c.regexes)
	v.undecided = append(c.table.undecided, v.classes.undecided...)
	return v
}

// fresh returns an evaluation of the chosen group in the space.
func (v *survey) fresh(s *space) *symbolic {
	return &symbolic{space: s, selection: v.selection, attributes: newAttributes(s)}
}

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
