package proof_test

import (
	"maps"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// smallerChains returns the chain with something left out, what leaves out most first.
func smallerChains(c policy.Chain) []policy.Chain {
	out := without(c)
	for i, e := range c {
		for _, x := range smallerExprs(e) {
			out = append(out, replaced(c, i, x))
		}
	}
	return out
}

// without returns the list without one half, without the other, and without each of its members.
func without[T any, L ~[]T](list L) []L {
	var out []L
	if n := len(list); n > 2 {
		out = append(out, list[:n/2:n/2], list[n/2:])
	}
	for i := range list {
		out = append(out, slices.Delete(slices.Clone(list), i, i+1))
	}
	return out
}

// replaced returns the list with another member.
func replaced[T any, L ~[]T](list L, i int, by T) L {
	out := slices.Clone(list)
	out[i] = by
	return out
}

func smallerExprs(e policy.Expr) (out []policy.Expr) {
	if e.Op == policy.Call {
		for _, p := range smallerPolicies(e.Policy) {
			out = append(out, policy.Expr{Policy: p})
		}
		return out
	}
	out = append(out, e.Args...)
	for i, a := range e.Args {
		for _, x := range smallerExprs(a) {
			out = append(out, policy.Expr{Op: e.Op, Args: replaced(e.Args, i, x)})
		}
	}
	return out
}

func smallerPolicies(p *policy.Policy) (out []*policy.Policy) {
	with := func(terms []*policy.Term) *policy.Policy {
		return &policy.Policy{Name: p.Name, Pos: p.Pos, Terms: terms}
	}
	for _, terms := range without(p.Terms) {
		out = append(out, with(terms))
	}
	for i, t := range p.Terms {
		for _, x := range smallerTerms(t) {
			out = append(out, with(replaced(p.Terms, i, x)))
		}
	}
	return out
}

func smallerTerms(t *policy.Term) (out []*policy.Term) {
	change := func(f func(*policy.Term)) {
		x := *t
		f(&x)
		out = append(out, &x)
	}
	for _, from := range without(t.From) {
		change(func(x *policy.Term) { x.From = from })
	}
	for _, then := range without(t.Then) {
		change(func(x *policy.Term) { x.Then = then })
	}
	if t.Skip > 0 {
		change(func(x *policy.Term) { x.Skip = 0 })
	}
	if t.Default != policy.Next {
		change(func(x *policy.Term) { x.Default = policy.Next })
	}
	for i, m := range t.From {
		for _, y := range smallerMatches(m) {
			change(func(x *policy.Term) { x.From = replaced(t.From, i, y) })
		}
	}
	for i, a := range t.Then {
		for _, y := range smallerActions(a) {
			change(func(x *policy.Term) { x.Then = replaced(t.Then, i, y) })
		}
	}
	return out
}

func smallerMatches(m policy.Match) (out []policy.Match) {
	switch m := m.(type) {
	case *policy.MatchPolicy:
		for _, c := range smallerChains(m.Chain) {
			out = append(out, &policy.MatchPolicy{Chain: c})
		}
	case *policy.MatchPrefix:
		for _, any := range without(m.Any) {
			out = append(out, policy.NewMatchPrefix(m.Names, any, m.Longest))
		}
		for _, longest := range without(m.Longest) {
			out = append(out, policy.NewMatchPrefix(m.Names, m.Any, longest))
		}
	case *policy.MatchCommunity:
		for _, ds := range without(m.AnyOf) {
			out = append(out, &policy.MatchCommunity{AnyOf: ds})
		}
		for i, d := range m.AnyOf {
			for _, x := range smallerDefs(d) {
				out = append(out, &policy.MatchCommunity{AnyOf: replaced(m.AnyOf, i, x)})
			}
		}
	case *policy.MatchASPath:
		for _, ds := range without(m.AnyOf) {
			out = append(out, &policy.MatchASPath{AnyOf: ds})
		}
		for i, d := range m.AnyOf {
			for _, rs := range without(d.AnyOf) {
				out = append(out, &policy.MatchASPath{AnyOf: replaced(m.AnyOf, i, &policy.ASPathDef{Name: d.Name, AnyOf: rs})})
			}
		}
	}
	return out
}

func smallerDefs(d *policy.CommunityDef) (out []*policy.CommunityDef) {
	for _, ms := range without(d.Members) {
		out = append(out, policy.NewCommunityDef(d.Name, ms, d.Invert))
	}
	return out
}

func smallerActions(a policy.Action) (out []policy.Action) {
	switch a := a.(type) {
	case *policy.SetCommunity:
		for _, d := range smallerDefs(a.Def) {
			out = append(out, &policy.SetCommunity{Op: a.Op, Def: d})
		}
	case *policy.Prepend:
		for _, asns := range without(a.ASNs) {
			if len(asns) > 0 {
				out = append(out, &policy.Prepend{ASNs: asns})
			}
		}
	}
	return out
}

func smallerRoutes(r policy.Route) (out []policy.Route) {
	change := func(differs bool, f func(*policy.Route)) {
		if x := r; differs {
			f(&x)
			out = append(out, x)
		}
	}
	for _, cs := range without(r.Communities) {
		change(true, func(x *policy.Route) { x.Communities = cs })
	}
	for _, path := range without(r.ASPath) {
		change(true, func(x *policy.Route) { x.ASPath = path })
	}
	change(r.MED != 0, func(x *policy.Route) { x.MED = 0 })
	change(r.Origin != policy.IGP, func(x *policy.Route) { x.Origin = policy.IGP })
	change(r.LocalPref != 100, func(x *policy.Route) { x.LocalPref = 100 })
	return out
}

// smaller returns the trial with something left out of its policies or routes.
func (tr *trial) smaller() (out []*trial) {
	for _, s := range slices.SortedFunc(maps.Keys(tr.chains), func(a, b seat) int { return int(a.dir) - int(b.dir) }) { // at most one of each direction
		c := tr.chains[s]
		for _, x := range append([]policy.Chain{nil}, smallerChains(c)...) {
			chains := maps.Clone(tr.chains)
			if chains[s] = x; len(x) == 0 {
				delete(chains, s)
			}
			out = append(out, &trial{chains: chains, routes: tr.routes})
		}
	}
	for from, routes := range tr.routes {
		for i, r := range routes {
			for _, x := range smallerRoutes(r) {
				c := &trial{chains: tr.chains, routes: tr.routes}
				c.routes[from] = replaced(routes, i, x)
				out = append(out, c)
			}
		}
	}
	return out
}
