package policy

import "slices"

// Branch lays an expression out as a program of jumps, for engines that know no expressions. Every way through it ends at one of three
// labels: yes where it accepts, no where it rejects, next where it decides nothing. fresh returns a new label, place puts it where the program has
// got to, and call writes a policy that ends at one of its three labels.
func Branch[L any](e *Expr, yes, no, next L, fresh func() L, place func(L), call func(p *Policy, yes, no, next L)) {
	branch := func(e *Expr, yes, no, next L) { Branch(e, yes, no, next, fresh, place, call) }
	switch e.Op {
	case Call:
		call(e.Policy, yes, no, next)
	case Not:
		branch(&e.Args[0], no, yes, no)
	case Amend:
		more := fresh()
		branch(&e.Args[0], more, no, next)
		place(more)
		branch(&e.Args[1], yes, no, yes)
	default:
		for i := range e.Args {
			if i == len(e.Args)-1 {
				branch(&e.Args[i], yes, no, next)
				return
			}
			more := fresh()
			if e.Op == And {
				branch(&e.Args[i], more, no, more)
			} else {
				branch(&e.Args[i], yes, more, next)
			}
			place(more)
		}
	}
}

// SetsDefault reports whether a term of the chain itself, subroutines aside, has a default-action.
func (c Chain) SetsDefault() bool {
	return slices.ContainsFunc(c, func(e Expr) bool {
		if e.Op != Call {
			return Chain(e.Args).SetsDefault()
		}
		return slices.ContainsFunc(e.Policy.Terms, func(t *Term) bool { return t.Default != Next })
	})
}
