package policy

import "net/netip"

// symbolic evaluates programs for all routes of a space at once: where Apply follows one route, it carries
// the set of the routes that are still undecided, and attributes as functions of the route. Its steps
// are those of Apply.
type symbolic struct {
	*space
	*selection
	*attributes
	visit func(st *step, reached, matched ref) // told of every step whose prefixes hold; may be nil
}

// outcome is routes that were decided alike.
type outcome struct {
	when     ref
	decision Decision
	policy   *Policy
	term     *Term
}

// run is the symbolic form of run in apply.go, for the routes in under.
func (s *symbolic) run(p program, under ref) []outcome {
	var out []outcome
	override := always(Next)
	for i := range p {
		var next ref
		for _, o := range s.call(&p[i], under, &override) {
			if o.decision == Next {
				next = s.or(next, o.when)
			} else {
				out = append(out, o)
			}
		}
		if under = next; under == no {
			return out
		}
	}
	for _, br := range override {
		when := s.and(under, br.when)
		switch {
		case when == no:
		case br.value != Next:
			out = append(out, outcome{when: when, decision: br.value})
		case s.dir == Import:
			out = append(out, outcome{when: when, decision: Accept})
		default:
			bgp := s.protocol(BGP)
			out = append(out, outcome{when: s.and(when, bgp), decision: Accept}, outcome{when: s.without(when, bgp), decision: Reject})
		}
	}
	return out
}

func (s *symbolic) call(c *call, under ref, override *guarded[Decision]) []outcome {
	switch c.op {
	case Call:
		return s.block(c.block, under, override)
	case Not:
		out := s.call(&c.args[0], under, override)
		for i := range out {
			if out[i].decision == Reject {
				out[i].decision = Accept
			} else {
				out[i].decision = Reject
			}
		}
		return out
	}
	var out []outcome
	if c.op == Amend {
		for _, o := range s.call(&c.args[0], under, override) {
			if o.decision == Accept {
				out = append(out, s.amend(&c.args[1], o, override)...)
			} else {
				out = append(out, o)
			}
		}
		return out
	}
	for i := range c.args {
		var next ref
		for _, o := range s.call(&c.args[i], under, override) {
			if (o.decision == Reject) == (c.op == And) || i == len(c.args)-1 {
				out = append(out, o)
			} else {
				next = s.or(next, o.when)
			}
		}
		under = next
	}
	return out
}

// amend returns what comes of routes that were accepted.
func (s *symbolic) amend(c *call, accepted outcome, override *guarded[Decision]) []outcome {
	out := s.call(c, accepted.when, override)
	for i := range out {
		if out[i].decision != Reject {
			out[i].decision, out[i].policy, out[i].term = Accept, accepted.policy, accepted.term
		}
	}
	return out
}

func (s *symbolic) block(b *block, live ref, override *guarded[Decision]) []outcome {
	var out []outcome
	skipping := map[int]ref{} // by the step they land at
	for i := range b.steps {
		st := &b.steps[i]
		if landed, ok := skipping[i]; ok {
			live = s.or(live, landed)
			delete(skipping, i)
		}
		if live == no && len(skipping) == 0 || s.full {
			return out
		}
		if live == no || !s.takes(st) {
			continue
		}
		matched := live
		for _, m := range st.rest {
			if matched != no {
				matched = s.and(matched, s.matching(m, matched))
			}
		}
		if s.visit != nil {
			s.visit(st, live, matched)
		}
		if matched == no {
			continue
		}
		for _, a := range st.term.Then {
			s.do(s.space, a, matched)
		}
		if d := st.term.Default; d != Next {
			*override = override.change(s.bdd, matched, func(Decision) Decision { return d })
		}
		if flow := st.term.Flow; flow != NextTerm {
			decision := [...]Decision{NextPolicy: Next, AcceptRoute: Accept, RejectRoute: Reject}[flow]
			out = append(out, outcome{matched, decision, b.policy, st.term})
			live = s.without(live, matched)
		} else if to := st.lands(i, len(b.steps)); to > i+1 {
			skipping[to] = s.or(skipping[to], matched)
			live = s.without(live, matched)
		}
	}
	if live = s.or(live, skipping[len(b.steps)]); live != no {
		out = append(out, outcome{live, Next, b.policy, nil})
	}
	return out
}

// matching returns the routes that the match holds. Only those in under are evaluated, which matters
// for a subroutine, since what it changes stays changed.
func (s *symbolic) matching(m Match, under ref) ref {
	if holds, ok := s.match(m); ok {
		return truth(holds)
	}
	out := no
	switch m := m.(type) {
	case *MatchPolicy:
		for _, o := range s.run(s.compiler.subs[m], under) {
			if o.decision == Accept {
				out = s.or(out, o.when)
			}
		}
	case *MatchCommunity:
		for _, d := range m.AnyOf {
			out = s.or(out, s.carries(d))
		}
	case *MatchASPath:
		for _, d := range m.AnyOf {
			for _, x := range d.AnyOf {
				out = s.or(out, s.attributes.path.holds(s.bdd, func(o pathOp) ref { return s.space.path(pathTest{s.regexes.one(x), o}) }))
			}
		}
	case *MatchProtocol:
		for _, p := range m.AnyOf {
			out = s.or(out, s.protocol(p))
		}
	case *MatchRouteType:
		if out = s.ask(variable{dim: isExternal}); !m.External {
			out = s.not(out)
		}
	case *MatchNumber:
		out = s.numbers[m.Field].holds(s.bdd, func(f clamp) ref {
			if in, ok := f.preimage(m.Min, m.Max); ok {
				return s.space.number(m.Field, in)
			}
			return no
		})
	case *MatchOrigin:
		for _, want := range m.AnyOf {
			out = s.or(out, s.origin.holds(s.bdd, func(o Origin) ref {
				if o == asEntered {
					return s.ask(variable{dim: isOrigin, number: uint32(want)})
				}
				return truth(o == want)
			}))
		}
	case *MatchAddr:
		for _, p := range m.AnyOf {
			out = s.or(out, s.address(m.Field, p))
		}
	case *MatchCondition:
		out = s.ask(variable{dim: conditionHolds, prefix: m.Prefix})
	default:
		panic("policy: match of unknown type")
	}
	return out
}

// carries returns the routes whose communities the definition matches.
func (s *symbolic) carries(d *CommunityDef) ref {
	all := yes
	for _, m := range d.Members {
		some := no
		for _, id := range s.classes.of(m) {
			some = s.or(some, s.community(s.space, id))
		}
		all = s.and(all, some)
	}
	if d.Invert {
		return s.not(all)
	}
	return all
}

// address returns the routes with that address in p.
func (s *symbolic) address(f AddrField, p netip.Prefix) ref {
	switch f {
	case FromNeighbor:
		return s.in(fromNeighbor, p)
	case ToNeighbor:
		return s.in(toPeer, p)
	}
	return s.nextHop.holds(s.bdd, func(h hop) ref {
		if !h.set {
			return s.in(viaNextHop, p)
		}
		return truth(p.Contains(h.addr))
	})
}
