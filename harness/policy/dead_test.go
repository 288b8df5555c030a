package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

// The lint that would have stopped the outage: two terms behind one that rejects everything.
func TestUnreachableNamesTheTermThatShadows(t *testing.T) {
	dead, undecided := policy.Unreachable(aggregatesOut(orderAfter), policy.Export)
	require.Empty(t, undecided)
	require.Len(t, dead, 2)
	for i, name := range []string{"4-ADV-SITE-LOCALS", "6-ADV-SITE-LOCALS"} {
		require.Equal(t, name, dead[i].Term.Name)
		require.False(t, dead[i].Reached)
		require.Len(t, dead[i].By, 1)
		require.Equal(t, "REJECT-THE-REST", dead[i].By[0].Name)
	}
	dead, undecided = policy.Unreachable(aggregatesOut(orderBefore), policy.Export)
	require.Empty(t, undecided)
	require.Empty(t, dead)
}

func TestExerciseFindsARouteForEveryLiveTerm(t *testing.T) {
	chain := aggregatesOut(orderBefore)
	p := chain.Policies()[0]
	for _, term := range p.Terms {
		w, ok := policy.Exercise(chain, p, term, policy.Export)
		require.True(t, ok, term.Name)
		require.Equal(t, term, policy.Apply(chain, w.Route, w.Env(policy.Export)).Term)
	}
	chain = aggregatesOut(orderAfter)
	p = chain.Policies()[0]
	_, ok := policy.Exercise(chain, p, p.Terms[9], policy.Export)
	require.False(t, ok)
}
