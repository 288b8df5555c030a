package policy

// Diff compares what two chains do to every route that the model can express, in any
// environment with that direction.
func Diff(before, after Chain, dir Direction) Difference {
	return Difference{Undecided: []string{"the comparison of routing policies is not finished"}}
}
