package waiting_leak_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/policy"
)

var testRange = netip.MustParsePrefix("2001:db8:99::/48")

// A term for a range that nobody has changes nothing, until somebody has it.
func TestWaitingLeak(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the candidate nothing at all is different")
	lab.Apply("candidate")
	lab.Expect(append(lab.Invariants(), check.Same(before))...)

	lab.Step("one day an edge has a route of the range, and the peer hears of it")
	lab.Inject("edge1", "", policy.Route{Prefix: testRange, Protocol: policy.Static})
	now := lab.ExpectBroken(lab.Invariants("nothing-internal")...)
	toPeer, _ := now.Session("edge1", "peer1")
	require.True(t, slices.ContainsFunc(toPeer.Sent, func(r policy.Route) bool { return r.Prefix == testRange }))

	lab.Step("without the candidate the edge would have kept it to itself")
	lab.Rollback()
	lab.Expect(lab.Invariants()...)
}

// The gate rejects it at once: it adds a route of the range to see what the term does with it.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "candidate")
	require.Equal(t, gate.Reject, v.Outcome)
	require.Equal(t, []string{"nothing-internal"}, labtest.Broken(v))
	require.True(t, v.Restored)
	require.Empty(t, v.Moved, "nothing happens with the routes that there are")
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Broken {
				require.Equal(t, "with witness routes", s.Name)
				require.Equal(t, testRange.String(), f.Prefix)
			}
		}
	}
	require.Len(t, v.Unexercised, 1)
	u := v.Unexercised[0]
	require.True(t, u.Injected)
	class := u.Change.Difference.Classes[u.Class]
	require.Equal(t, testRange, class.Witness.Route.Prefix)
	require.Equal(t, "REJECT-THE-REST", class.Before.Term.Name)
	require.Equal(t, "ADV-TEST-RANGE", class.After.Term.Name)
	for _, s := range v.Staged { // none without live routers
		require.True(t, s.Observed, "%s: %s", s.Name(), s.Why)
	}
}
