package lost_neighbor_set_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var lost = []string{"everyone-home", "leaf-to-leaf", "racks-known"}

// A GoBGP router has one list of policies for all its neighbours, and a statement that no longer asks for some of them is for all.
func TestLostNeighborSet(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "clos-gobgp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the reject for every neighbour the leaves hear of nothing")
	lab.Apply("candidate")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	lab.Expect(lab.Invariants("sessions", "edges-apart")...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// Both spines have to lose the condition before anything breaks: the other one still tells the leaves.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	labtest.Rejects(t, labtest.Gate(t, "clos-gobgp", "candidate"), map[string][]string{"spine2": lost}, labtest.Why{
		Effect: gate.Withdrawn, Routes: 64, Sessions: labtest.Sessions([]string{"spine1", "spine2"}, "leaf1", "leaf2", "leaf3", "leaf4"),
		Prefixes: []string{"0.0.0.0/0", "10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24", "10.20.3.0/24",
			"::/0", "fd00:20::/64", "fd00:20:0:1::/64", "fd00:20:0:2::/64", "fd00:20:0:3::/64"},
		Says:   []string{"term reject-the-rest of racks-only rejects them before"},
		Terms:  []string{"reject-the-rest", "accept-route"},
		Advice: []string{"let term reject-the-rest of racks-only come after term accept-route of default-export-policy, or match less"},
	})
}

// The change as it should have been: two statements add a community, and that is all.
func TestGatePassesWhatWasMeant(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "clos-gobgp", "tagged")
	labtest.Passes(t, v)
	for _, c := range v.Changes {
		require.True(t, c.Difference.OnlyCommunities())
	}
}
