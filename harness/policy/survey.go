package policy

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
