//go:build linux

package netns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoutersThatAnnounceTheSameDoSoInTurn(t *testing.T) {
	t.Parallel()
	r := &Runtime{Fabric: founding(t).Fabric, byName: map[string]*node{}}
	_, err := r.plan()
	require.NoError(t, err)
	round := map[string]int{}
	for i, nodes := range r.rounds() {
		for _, n := range nodes {
			round[n.Name] = i
		}
	}
	require.Len(t, round, 11, "every router is in one")
	require.Less(t, round["leafA"], round["leafB"], "both announce the services")
	require.Less(t, round["leafB"], round["leafC"])
	require.Equal(t, round["spine1"], round["spine2"], "they have nothing in common")
}
