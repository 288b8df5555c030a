package ipv6_only_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var lost = []string{"in-band-access", "load-by-capacity", "servers-meet", "servers-to-origin", "site-locals-inside", "site-locals-outside", "sites-meet"}

// Half of the founding mistake, in the family that nobody pings by hand.
func TestIPv6Only(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")
	mcp := labtest.Load(t, "mcp").Fabric

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with 6-ADV-SITE-LOCALS behind the reject IPv6 between colos is gone")
	lab.Apply("candidate")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	now := lab.Observe()
	for _, x := range now.Trips {
		from, to := mcp.Node(x.From), mcp.Node(x.To)
		if x.V6 && from.Role == fabric.Server && to != nil && to.Role == fabric.Server {
			require.Equal(t, from.Colo == to.Colo, x.Arrived(), "%s to %s over IPv6", x.From, x.To)
		}
	}

	lab.Step("over IPv4 every packet goes the way it went")
	four := 0
	for i, x := range now.Trips {
		if !x.V6 {
			four++
			require.True(t, x.Arrived(), "%s to %s over IPv4", x.From, x.To)
			require.Equal(t, before.Trips[i], x)
		}
	}
	require.NotZero(t, four)
	for i, l := range now.Loads {
		if !l.V6 {
			require.Equal(t, before.Loads[i], l)
		}
	}

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects it: every invariant holds for both families or does not hold.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	sessions := labtest.Sessions([]string{"spine1", "spine2"}, "edge1", "edge2", "leafA", "leafB", "leafC")
	labtest.Rejects(t, labtest.Gate(t, "mcp", "candidate"), map[string][]string{"spine2": lost}, labtest.Why{
		Effect: gate.Withdrawn, Routes: 24, Sessions: sessions, Prefixes: []string{"2001:db8:10::/48", "2001:db8:20::/48", "2001:db8:30::/48"},
		Says:   []string{"term 6-ADV-SITE-LOCALS of AGGREGATES-OUT can no longer be reached", "behind REJECT-THE-REST"},
		Terms:  []string{"6-ADV-SITE-LOCALS", "REJECT-THE-REST"},
		Advice: []string{"term 6-ADV-SITE-LOCALS before term REJECT-THE-REST"},
	})
}
