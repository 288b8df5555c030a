package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// mutate returns the chain with one policy changed a little: the diffs that people make.
func (w *world) mutate(c policy.Chain) policy.Chain {
	all := c.Policies()
	victim := random.Pick(&w.Shape, all)
	changed := *victim
	changed.Terms = slices.Clone(victim.Terms)
	i := w.N(len(changed.Terms))
	t := *changed.Terms[i]
	switch w.N(5) {
	case 0:
		t.Flow = policy.Flow(w.N(4))
		changed.Terms[i] = &t
	case 1:
		t.From = append(slices.Clone(t.From), w.match(0))
		changed.Terms[i] = &t
	case 2:
		t.Then = append(slices.Clone(t.Then), w.action())
		changed.Terms[i] = &t
	case 3:
		changed.Terms = slices.Insert(slices.Delete(changed.Terms, i, i+1), w.N(len(changed.Terms)), &t)
	default:
		changed.Terms = slices.Delete(changed.Terms, i, i+1)
	}
	return replace(c, victim, &changed)
}

// replace returns the chain with one policy exchanged wherever it is named.
func replace(c policy.Chain, old, new *policy.Policy) policy.Chain {
	out := slices.Clone(c)
	for i, e := range out {
		out[i].Args = replace(e.Args, old, new)
		switch {
		case e.Policy == old:
			out[i].Policy = new
		case e.Policy != nil:
			out[i].Policy = replaceCalls(e.Policy, old, new)
		}
	}
	return out
}

func replaceCalls(p, old, new *policy.Policy) *policy.Policy {
	q := *p
	q.Terms = slices.Clone(p.Terms)
	for i, t := range q.Terms {
		u := *t
		u.From = slices.Clone(t.From)
		for k, m := range u.From {
			if sub, ok := m.(*policy.MatchPolicy); ok {
				u.From[k] = &policy.MatchPolicy{Chain: replace(sub.Chain, old, new)}
			}
		}
		q.Terms[i] = &u
	}
	return &q
}

// dump returns all policies of a chain with their terms.
func dump(c policy.Chain) string {
	s := c.String() + "\n"
	for _, p := range c.Policies() {
		for _, t := range p.Terms {
			s += fmt.Sprintf("%s term %s: %s\n", p.Name, t.Name, t.Text())
		}
	}
	return s
}

// signature is what a class says of each of its routes.
func signature(before, after policy.Result) string {
	s := before.By() + " " + after.By()
	if before.Decision != after.Decision {
		return s
	}
	b, a := before.Route, after.Route
	return s + fmt.Sprint(slices.Equal(b.Communities, a.Communities), slices.Equal(b.ASPath, a.ASPath), b.Origin == a.Origin,
		b.NextHopKind == a.NextHopKind && b.NextHop == a.NextHop, b.LocalPref == a.LocalPref, b.MED == a.MED)
}

// differs reports whether two results are different to anybody outside the router.
func differs(before, after policy.Result) bool {
	return before.Decision != after.Decision ||
		before.Decision == policy.Accept && !before.Route.SameAttributes(after.Route)
}

// Whatever Apply treats differently is in a class with the same terms and changes and with the prefix; and every
// witness is treated as its class says.
func TestDiffAgreesWithApply(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		dir := policy.Direction(w.N(2))
		before := w.Chain(2)
		after := w.mutate(before)
		if w.N(4) == 0 {
			after = w.Chain(1)
		}
		d := policy.Diff(before, after, dir)
		require.Empty(t, d.Undecided)

		classes := map[string][]policy.PrefixRange{}
		for _, c := range d.Classes {
			b, a := policy.Apply(before, c.Witness.Route, c.Witness.Env(dir)), policy.Apply(after, c.Witness.Route, c.Witness.Env(dir))
			require.True(t, differs(b, a), "%s", c)
			require.Equal(t, signature(c.Before, c.After), signature(b, a))
			classes[signature(b, a)] = append(classes[signature(b, a)], c.Prefixes...)
			if c.More > 0 { // an address mask: the ranges beyond those listed can be anywhere
				classes[signature(b, a)] = append(classes[signature(b, a)], policy.OrLonger(random.Bases[0]), policy.OrLonger(random.Bases[7]))
				continue
			}
			require.True(t, slices.ContainsFunc(c.Prefixes, func(r policy.PrefixRange) bool { return r.Contains(c.Witness.Route.Prefix) }))
		}
		w.routes(dir, 60, func(r policy.Route, env policy.Env) {
			b, a := policy.Apply(before, r, env), policy.Apply(after, r, env)
			if !differs(b, a) {
				return
			}
			in := classes[signature(b, a)]
			require.True(t, slices.ContainsFunc(in, func(x policy.PrefixRange) bool { return x.Contains(r.Prefix) }),
				"%s-- after --\n%s%s: %s -> %s: no class among %v", dump(before), dump(after), r, b.By(), a.By(), d.Classes)
		})
	})
}

// A term that does nothing makes no difference, though it makes every comparison go through the whole chain.
func TestDiffSeesThroughTermsWithoutEffect(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		before := w.Chain(2)
		victim := random.Pick(&w.Shape, before.Policies())
		changed := *victim
		nothing := &policy.Term{Name: "NOTHING", Then: []policy.Action{&policy.SetNumber{Field: policy.MED, Arith: policy.Add}}}
		at := w.N(len(victim.Terms) + 1)
		changed.Terms = slices.Clone(victim.Terms)
		for i, t := range changed.Terms[:at] {
			if i+1+t.Skip > at {
				further := *t
				further.Skip++
				changed.Terms[i] = &further
			}
		}
		changed.Terms = slices.Insert(changed.Terms, at, nothing)
		d := policy.Diff(before, replace(before, victim, &changed), policy.Direction(w.N(2)))
		require.True(t, d.None(), "%v %v", d.Classes, d.Undecided)
	})
}

// A term is unreachable, or there is a route that Explain shows to match it.
func TestEveryTermIsUnreachableOrExercised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		dir := policy.Direction(w.N(2))
		p := w.Policy(1)
		alone := policy.Calls(p)
		dead, undecided := policy.Unreachable(alone, dir)
		require.Empty(t, undecided)
		isDead := map[*policy.Term]bool{}
		for _, d := range dead {
			if d.Policy == p {
				isDead[d.Term] = true
			}
		}
		for _, term := range p.Terms {
			_, ok := policy.Exercise(alone, p, term, dir)
			require.Equal(t, !isDead[term], ok, "%s: %s", term.Name, term.Text())
		}
		w.routes(dir, 30, func(r policy.Route, env policy.Env) {
			_, steps := policy.Explain(alone, r, env)
			for _, s := range steps {
				require.False(t, s.Policy == p && s.Failed == nil && isDead[s.Term], "%s matches %s", r, s.Term.Name)
			}
		})
	})
}
