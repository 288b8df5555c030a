package reordered_site_locals_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

var (
	spines = []string{"spine1", "spine2"}
	edges  = []string{"edge1", "edge2"}
	leaves = []string{"leafA", "leafB", "leafC"}
	both   = slices.Concat(edges, leaves) // whom AGGREGATES-OUT speaks to

	lost = []string{"in-band-access", "load-by-capacity", "servers-meet", "servers-to-origin", "site-locals-inside", "site-locals-outside", "sites-meet"}
	kept = []string{"sessions-up", "clients-to-services", "tll01-inside", "aggregates", "default-route", "nothing-internal"}
)

// 2022-06-21: site-local prefixes were to get four more communities, and their terms came to stand behind the one that
// rejects the rest.
func TestReorderedSiteLocals(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")
	mcp := labtest.Load(t, "mcp").Fabric
	siteLocals, aggregates := mcp.PrefixesOf([]string{"ams07"}), mcp.PrefixesOf([]string{"anycast"})
	site := slices.Concat(siteLocals, aggregates, mcp.PrefixesOf([]string{"disabled"}))

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)
	for _, spine := range spines {
		require.Equal(t, 14, heard(before, spine, leaves, site), "6 site-locals, 7 aggregates and a disabled prefix at %s", spine)
		for _, edge := range edges {
			require.Equal(t, 13, sent(t, before, spine, edge), "%s tells %s all but the disabled prefix", spine, edge)
		}
	}

	lab.Step("03:56 TLL01, of the older kind, gets its communities: nobody notices")
	lab.Apply("candidate", "edgeT")
	tll01 := lab.Expect(lab.Invariants()...)
	requireFourNewCommunities(t, gate.Movements(before, tll01), mcp.PrefixesOf([]string{"tll01"}))

	lab.Step("06:27 spine1 gets the change: spine2 still carries everything")
	lab.Apply("candidate", "spine1")
	half := gate.Movements(tll01, lab.Expect(lab.Invariants()...))
	require.Equal(t, 24, withdrawn(half, []string{"spine1"}, both))
	require.Zero(t, withdrawn(half, []string{"spine2"}, both))

	lab.Step("06:27 spine2 gets it too: no site-local prefix leaves a spine any more")
	lab.Apply("candidate", "spine2")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	now := lab.Expect(lab.Invariants(kept...)...)
	moved := gate.Movements(tll01, now)
	require.Equal(t, 48, withdrawn(moved, spines, both), "paths in the site")
	for _, spine := range spines {
		require.Equal(t, before.Tables[spine], now.Tables[spine], "%s knows what it knew", spine)
		require.Equal(t, 24, withdrawn(moved, []string{spine}, both), "NLRI that %s withdraws", spine)
		for _, edge := range edges {
			require.Equal(t, 7, sent(t, now, spine, edge), "%s tells %s the aggregates", spine, edge)
		}
	}
	for _, edge := range edges {
		require.Equal(t, 12, withdrawn(moved, spines, []string{edge}), "paths that %s loses", edge)
	}
	for _, leaf := range leaves {
		require.Equal(t, 8, withdrawn(moved, spines, []string{leaf}), "paths that %s loses", leaf)
		require.Equal(t, 4, heard(before, leaf, spines, siteLocals), "remote site-locals at %s before", leaf)
		require.Equal(t, 0, heard(now, leaf, spines, siteLocals), "remote site-locals at %s now", leaf)
	}
	for _, outside := range []string{"transit1", "peer1"} {
		require.Equal(t, 6, heard(before, outside, edges, siteLocals), "site-locals at %s before", outside)
		require.Equal(t, 0, heard(now, outside, edges, siteLocals), "site-locals at %s now", outside)
		require.Equal(t, 7, heard(now, outside, edges, aggregates), "aggregates at %s still", outside)
	}

	lab.Step("people and automation are locked out while clients still come in")
	noc := lab.ExpectBroken(check.Reach("noc", "routers", "servers"))
	require.Equal(t, slices.Concat(spines, leaves, []string{"a1", "a2", "a3", "a4", "b1", "b2", "c1"}), unreached(noc, false))
	require.Equal(t, unreached(noc, false), unreached(noc, true), "in both families")
	lab.Expect(check.Reach("client", "free", "traffic-predictor6"), check.Reach("A", "A"), check.Reach("B", "B"), check.Reach("noc", "T"))

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate says so beforehand: which terms, what they cost, what to do.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "candidate")
	require.Equal(t, []string{"edgeT", "spine1", "spine2"}, v.Order)
	sessions := labtest.Sessions(spines, both...)
	why := func(term string, prefixes ...string) labtest.Why {
		return labtest.Why{
			Effect: gate.Withdrawn, Routes: 24, Sessions: sessions, Prefixes: prefixes,
			Says:   []string{"term " + term + " of AGGREGATES-OUT can no longer be reached", "behind REJECT-THE-REST", "rejects every route"},
			Terms:  []string{term, "REJECT-THE-REST"},
			Advice: []string{"insert policy-options policy-statement AGGREGATES-OUT term " + term + " before term REJECT-THE-REST"},
		}
	}
	labtest.Rejects(t, v, map[string][]string{"spine2": lost},
		why("4-ADV-SITE-LOCALS", "198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"),
		why("6-ADV-SITE-LOCALS", "2001:db8:10::/48", "2001:db8:20::/48", "2001:db8:30::/48"))
	require.Equal(t, 48, withdrawn(v.Moved, spines, both))
	require.Len(t, v.Lint, 2, "two terms that nothing reaches any more")
	for _, c := range v.Changes {
		require.Equal(t, c.Sessions[0].Node == "edgeT", c.Difference.OnlyCommunities(), "%s of %s", c.After, c.Sessions[0].Node)
	}
	says := findings(v, "spine2", "load-by-capacity")
	require.Contains(t, says[0], "66.7 % of new flows are lost")
	require.Contains(t, says[1], "colo C gets 33.3 % of the load with 14.3 % of the capacity: 163 % utilised at 70 % offered load (7 of 7 services)")
}

// heard counts the prefixes that a router forwards to one of the peers it has them from.
func heard(s *observe.Snapshot, router string, peers []string, prefixes []netip.Prefix) int {
	n := 0
	for _, p := range prefixes {
		e, _ := s.Tables[router].Entry(p)
		if slices.ContainsFunc(e.Paths, func(x observe.Path) bool { return x.Active && slices.Contains(peers, x.Peer) }) {
			n++
		}
	}
	return n
}

// sent counts the routes of a session's Adj-RIB-Out.
func sent(t *testing.T, s *observe.Snapshot, from, to string) int {
	t.Helper()
	x, ok := s.Session(from, to)
	require.True(t, ok)
	return len(x.Sent)
}

// withdrawn counts the routes withdrawn on the sessions from some routers to others.
func withdrawn(moved []gate.Movement, from, to []string) int {
	n := 0
	for _, m := range moved {
		if slices.Contains(from, m.Node) && slices.Contains(to, m.Peer) {
			n += len(m.Withdrawn)
		}
	}
	return n
}

// unreached lists to whom trips did not arrive.
func unreached(s *observe.Snapshot, v6 bool) []string {
	var out []string
	for _, x := range s.Trips {
		if x.V6 == v6 && !x.Arrived() {
			out = append(out, x.To)
		}
	}
	return out
}

// findings lists what a check found after a node was changed.
func findings(v *gate.Verdict, node, name string) []string {
	var out []string
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if s.Node == node && f.Check == name {
				out = append(out, f.Got)
			}
		}
	}
	return out
}

// requireFourNewCommunities fails unless some routes for the prefixes, and no others, got four communities and nothing else happened.
func requireFourNewCommunities(t *testing.T, moved []gate.Movement, prefixes []netip.Prefix) {
	t.Helper()
	require.NotEmpty(t, moved)
	for _, m := range moved {
		require.Empty(t, m.Withdrawn, "%s→%s", m.Node, m.Peer)
		require.Empty(t, m.Added, "%s→%s", m.Node, m.Peer)
		for _, c := range m.Changed {
			require.Contains(t, prefixes, c.Before.Prefix)
			var added []string
			for _, x := range c.After.Communities {
				if !c.Before.Communities.Has(x) {
					added = append(added, x.String())
				}
			}
			require.Equal(t, []string{"64500:1", "64500:2", "64500:3", "64500:1101"}, added)
			after := c.After
			after.Communities = c.Before.Communities
			require.True(t, after.SameAttributes(c.Before), "nothing but communities differs")
		}
	}
}
