package standardised_communities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// What was meant on 2022-06-21: four more communities on site-locals, and nothing else.
func TestStandardisedCommunities(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the candidate on every router they still hold")
	lab.Apply("candidate")
	now := lab.Expect(lab.Invariants()...)
	require.Equal(t, before.Trips, now.Trips, "every packet goes the way it went")
	require.Equal(t, before.Loads, now.Loads, "every server gets what it got")
	for router, table := range before.Tables {
		require.Equal(t, table.FIB, now.Tables[router].FIB, "%s forwards as it did", router)
	}

	lab.Step("site-locals carry their four communities")
	require.Equal(t, []string{"64500:1", "64500:2", "64500:3", "64500:10", "64500:1007"}, communities(t, now, "spine1", "leafB", "198.18.10.0/24"))
	require.Equal(t, []string{"64500:1", "64500:2", "64500:3", "64500:10", "64500:1101"}, communities(t, now, "edgeT", "peer1", "2001:db8:40::/48"))
	require.Equal(t, []string{"64500:10"}, communities(t, before, "spine1", "leafB", "198.18.10.0/24"))

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate passes it, and says that communities are all that changes.
func TestGatePassesIt(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "candidate")
	labtest.Passes(t, v)
	require.Empty(t, v.Lint)
	require.NotEmpty(t, v.Changes)
	for _, c := range v.Changes {
		require.True(t, c.Difference.OnlyCommunities(), "%s", c.After)
	}
	require.NotEmpty(t, v.Causes)
	for _, c := range v.Causes {
		require.Equal(t, gate.Altered, c.Effect, c.What)
		require.True(t, strings.Contains(c.What, "ADV-SITE-LOCALS of AGGREGATES-OUT") || strings.Contains(c.What, "ADV-SITELOCAL of "), c.What)
	}
	for _, m := range v.Moved {
		require.Empty(t, m.Withdrawn, "%s→%s", m.Node, m.Peer)
		require.Empty(t, m.Added, "%s→%s", m.Node, m.Peer)
	}
}

// communities returns those of a route that a router sends.
func communities(t *testing.T, s *observe.Snapshot, from, to, prefix string) []string {
	t.Helper()
	x, ok := s.Session(from, to)
	require.True(t, ok)
	for _, r := range x.Sent {
		if r.Prefix.String() == prefix {
			return words(r.Communities)
		}
	}
	require.Fail(t, "not sent", "%s by %s to %s", prefix, from, to)
	return nil
}

func words(cs policy.Communities) []string {
	var out []string
	for _, c := range cs {
		out = append(out, c.String())
	}
	return out
}
