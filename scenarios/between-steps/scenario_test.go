package between_steps_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var (
	edges = []string{"edge1", "edge2"}
	lost  = []string{"in-band-access", "servers-to-origin", "site-locals-outside", "sites-meet"}
)

// A change that is right in the end, and an outage on the way there, unless the spines go first.
func TestBetweenSteps(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("edge1 waits for a mark that no spine sets yet: edge2 still tells the internet of the site")
	lab.Apply("edges-first", "edge1")
	lab.Expect(lab.Invariants()...)

	lab.Step("edge2 waits too: the internet loses the site")
	lab.Apply("edges-first", "edge2")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	lab.Expect(lab.Invariants("servers-meet", "clients-to-services", "load-by-capacity")...)

	lab.Step("the spines mark: all is well again")
	lab.Apply("edges-first", "spine1")
	lab.Expect(lab.Invariants()...)
	lab.Apply("edges-first", "spine2")
	end := lab.Expect(lab.Invariants()...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))

	lab.Step("with the spines first every state on the way is well, and the end is the same")
	for _, node := range []string{"spine1", "spine2", "edge1", "edge2"} {
		lab.Apply("spines-first", node)
		lab.Expect(lab.Invariants()...)
	}
	lab.Expect(check.Same(end))

	lab.Step("rolling back leaves no trace again")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects the one order, says at which step and that the order is what has to change.
func TestGateRejectsEdgesFirst(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "edges-first")
	why := func(policy, peer string, prefixes ...string) labtest.Why {
		return labtest.Why{
			Effect: gate.Withdrawn, Routes: 6, Sessions: labtest.Sessions(edges, peer), Prefixes: prefixes,
			Says:   []string{"term ADV-SITELOCAL of " + policy + " no longer matches", "not community AMS07"},
			Terms:  []string{"ADV-SITELOCAL", "REJECT-THE-REST"},
			Advice: []string{"change the order of the roll-out", "edge1, edge2, spine1, spine2"},
		}
	}
	four, six := []string{"198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"}, []string{"2001:db8:10::/48", "2001:db8:20::/48", "2001:db8:30::/48"}
	labtest.Rejects(t, v, map[string][]string{"edge2": lost},
		why("4-PUBLIC-PEER-ANYCAST-OUT", "peer1", four...), why("6-PUBLIC-PEER-ANYCAST-OUT", "peer1", six...),
		why("4-COGENT-TRANSIT-OUT", "transit1", four...), why("6-COGENT-TRANSIT-OUT", "transit1", six...))
}

// The other order passes: the same text, the same end.
func TestGatePassesSpinesFirst(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "spines-first")
	labtest.Passes(t, v)
	require.Equal(t, []string{"spine1", "spine2", "edge1", "edge2"}, v.Order)
	rejected := labtest.Gate(t, "mcp", "edges-first")
	require.Equal(t, rejected.Final.Tables, v.Final.Tables)
	require.Equal(t, rejected.Final.Trips, v.Final.Trips)
}
