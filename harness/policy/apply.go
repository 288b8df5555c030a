package policy

import "net/netip"

// Direction is which way routes go through a chain.
type Direction uint8

const (
	Export Direction = iota
	Import
)

func (d Direction) String() string { return [...]string{"export", "import"}[d] }

// Env is what a chain can ask about besides the route. It is read only.
type Env struct {
	Direction Direction
	Peer      netip.Addr              // the session's neighbour
	Exists    func(netip.Prefix) bool // does the router's table hold this prefix; nil: no
}

// Default is the decision at the end of a chain: BGP imports everything, and exports what it
// learned by BGP (Junos "Default Routing Policies").
func (e *Env) Default(r *Route) Decision {
	if e.Direction == Import || r.Protocol == BGP {
		return Accept
	}
	return Reject
}

// Result is what a chain made of one route.
type Result struct {
	Decision Decision // Accept or Reject, never Next
	Route    Route    // with the changes made up to the decision
	Policy   *Policy  // that decided; nil if it was the default
	Term     *Term    // that decided; nil if it was the default, or the ! of a policy without a matching term
}

// Apply returns what the chain decides for r, whose prefix has no host bits. It does not allocate
// unless an action changes the communities or the AS path, or a match has more than 256 states to follow.
func Apply(c Chain, r Route, env Env) Result {
	return finish(c, r, &env, nil)
}

// Step is one term tried: it matched, or Failed is the first match that did not.
type Step struct {
	Policy *Policy
	Term   *Term
	Failed Match // nil if the term matched
	Depth  int   // 0 in the chain itself, 1 in its subroutines, and so on
}

// Explain is Apply with every term that was tried, in order.
func Explain(c Chain, r Route, env Env) (Result, []Step) {
	var tr trace
	return finish(c, r, &env, &tr), tr.steps
}

type trace struct {
	steps []Step
	depth int
}

// verdict is the state of an evaluation under way.
type verdict struct {
	decision Decision
	override Decision // default-action; Next if none
	policy   *Policy
	term     *Term
}

func finish(c Chain, r Route, env *Env, tr *trace) Result {
	v := run(c, &r, env, tr)
	return Result{Decision: v.decision, Route: r, Policy: v.policy, Term: v.term}
}

// run evaluates the chain to Accept or Reject, defaults included.
func run(c Chain, r *Route, env *Env, tr *trace) verdict {
	var v verdict
	for i := range c {
		c[i].eval(r, env, tr, &v)
		if v.decision != Next {
			return v
		}
	}
	v.decision, v.policy, v.term = v.override, nil, nil
	if v.decision == Next {
		v.decision = env.Default(r)
	}
	return v
}

// eval leaves the expression's decision in v.
func (e *Expr) eval(r *Route, env *Env, tr *trace, v *verdict) {
	v.decision = Next
	switch e.Op {
	case Call:
		e.Policy.eval(r, env, tr, v)
	case Not:
		e.Args[0].eval(r, env, tr, v)
		if v.decision == Reject {
			v.decision = Accept
		} else {
			v.decision = Reject
		}
	case Amend:
		e.Args[0].eval(r, env, tr, v)
		if v.decision == Accept {
			by := *v
			if e.Args[1].eval(r, env, tr, v); v.decision != Reject {
				v.decision, v.policy, v.term = Accept, by.policy, by.term
			}
		}
	default:
		for i := range e.Args {
			e.Args[i].eval(r, env, tr, v)
			if (v.decision == Reject) == (e.Op == And) {
				return
			}
		}
	}
}

func (p *Policy) eval(r *Route, env *Env, tr *trace, v *verdict) {
	v.policy, v.term = p, nil
	for i := 0; i < len(p.Terms); i++ {
		t := p.Terms[i]
		if !t.matches(p, r, env, tr) {
			continue
		}
		for _, a := range t.Then {
			apply(a, r)
		}
		if t.Default != Next {
			v.override = t.Default
		}
		if t.Flow == NextTerm {
			i += t.Skip
			continue
		}
		v.term = t
		switch t.Flow {
		case AcceptRoute:
			v.decision = Accept
		case RejectRoute:
			v.decision = Reject
		}
		return
	}
}

func (t *Term) matches(p *Policy, r *Route, env *Env, tr *trace) bool {
	at := -1
	if tr != nil {
		at = len(tr.steps)
		tr.steps = append(tr.steps, Step{Policy: p, Term: t, Depth: tr.depth})
		tr.depth++
		defer func() { tr.depth-- }()
	}
	for _, m := range t.From {
		if !matches(m, r, env, tr) {
			if tr != nil {
				tr.steps[at].Failed = m
			}
			return false
		}
	}
	return true
}
