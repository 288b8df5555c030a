package emptied_prefix_list_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var lost = []string{"in-band-access", "load-by-capacity", "servers-meet", "servers-to-origin", "site-locals-inside", "site-locals-outside", "sites-meet"}

// A generator that lost its input renders an empty list: the term stays, and matches nothing.
func TestEmptiedPrefixList(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the list emptied on both spines servers lose each other over IPv4")
	lab.Apply("candidate")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	for _, x := range lab.Observe().Trips {
		if x.V6 {
			require.True(t, x.Arrived(), "%s to %s over IPv6", x.From, x.To)
		}
	}

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate names the list, not only the reject that the routes fall through to.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	sessions := labtest.Sessions([]string{"spine1", "spine2"}, "edge1", "edge2", "leafA", "leafB", "leafC")
	v := labtest.Gate(t, "mcp", "candidate")
	labtest.Rejects(t, v, map[string][]string{"spine2": lost}, labtest.Why{
		Effect: gate.Withdrawn, Routes: 24, Sessions: sessions, Prefixes: []string{"198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"},
		Says:   []string{"term 4-ADV-SITE-LOCALS of AGGREGATES-OUT no longer matches", "prefix-list 4-SITE-LOCAL", "term REJECT-THE-REST of AGGREGATES-OUT rejects them now"},
		Terms:  []string{"4-ADV-SITE-LOCALS", "REJECT-THE-REST"},
		Advice: []string{"prefix-list 4-SITE-LOCAL", "term 4-ADV-SITE-LOCALS"},
	})
	var rules []string
	for _, f := range v.Lint {
		rules = append(rules, f.Rule)
	}
	require.ElementsMatch(t, []string{"empty-list", "unreachable-term"}, rules, "lint sees it without any fabric")
}
