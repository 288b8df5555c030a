package removed_from_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var edges = []string{"edge1", "edge2"}

// 2020-07-17: the condition of a term was deactivated, not the term.
func TestDeactivatedCondition(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("without its condition the term tells the peer every IPv6 route, the default among them")
	lab.Apply("deactivated")
	now := lab.ExpectBroken(lab.Invariants("nothing-internal")...)
	lab.Expect(lab.Invariants("site-locals-outside", "servers-meet", "clients-to-services", "load-by-capacity")...)
	for _, edge := range edges {
		s, _ := now.Session(edge, "peer1")
		var six []string
		for _, r := range s.Sent {
			if r.Prefix.Addr().Is6() {
				six = append(six, r.Prefix.String())
			}
		}
		require.Subset(t, six, []string{"::/0", "2001:db8::/42", "2001:db8:ff01::/48", "2001:db8:ff02::/48"}, edge)
		require.Len(t, s.Sent, 20, "13 before", edge)
	}

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// 2026-01-22: the prefix list went, route-type internal stayed.
func TestRouteTypeAlone(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("the peer hears of what is the edges' own and no longer of the site")
	lab.Apply("route-type")
	lab.ExpectBroken(lab.Invariants("nothing-internal", "site-locals-outside")...)
	lab.Expect(lab.Invariants("servers-meet", "clients-to-services", "aggregates", "load-by-capacity")...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate says which condition is gone.
func TestGateRejectsTheDeactivatedCondition(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "deactivated")
	labtest.Rejects(t, v, map[string][]string{"edge1": {"nothing-internal"}, "edge2": {"nothing-internal"}}, labtest.Why{
		Effect: gate.Leaked, Routes: 14, Sessions: labtest.Sessions(edges, "peer1"),
		Prefixes: []string{"::/0", "2001:db8::/42", "2001:db8:10::2/128", "2001:db8:10::3/128", "2001:db8:10::4/128", "2001:db8:10::5/128", "2001:db8:ff01::/48", "2001:db8:ff02::/48"},
		Says:     []string{"term ADV-SITELOCAL of 6-PUBLIC-PEER-ANYCAST-OUT lost its condition prefix-list 6-SITE-LOCAL", "accepts every route"},
		Terms:    []string{"ADV-SITELOCAL", "REJECT-THE-REST"},
		Advice:   []string{"from prefix-list 6-SITE-LOCAL"},
	})
	require.Subset(t, rules(v), []string{"match-all", "empty-from"}, "lint sees it without any fabric")
}

// The gate tells both halves: what is lost and what gets out.
func TestGateRejectsRouteTypeAlone(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "route-type")
	term := "term ADV-SITELOCAL of 6-PUBLIC-PEER-ANYCAST-OUT"
	labtest.Rejects(t, v, map[string][]string{"edge1": {"nothing-internal"}, "edge2": {"nothing-internal", "site-locals-outside"}},
		labtest.Why{
			Effect: gate.Withdrawn, Routes: 6, Sessions: labtest.Sessions(edges, "peer1"),
			Prefixes: []string{"2001:db8:10::/48", "2001:db8:20::/48", "2001:db8:30::/48"},
			Says:     []string{term + " no longer matches", "asked for prefix-list 6-SITE-LOCAL, now for route-type internal"},
			Terms:    []string{"ADV-SITELOCAL", "REJECT-THE-REST"},
			Advice:   []string{"route-type internal", "ADV-SITELOCAL"},
		},
		labtest.Why{
			Effect: gate.Leaked, Routes: 8, Sessions: labtest.Sessions(edges, "peer1"),
			Prefixes: []string{"2001:db8::/42", "2001:db8:10::2/128", "2001:db8:10::3/128", "2001:db8:10::4/128", "2001:db8:10::5/128"},
			Says:     []string{term + " now accepts", "asked for prefix-list 6-SITE-LOCAL, now for route-type internal"},
			Terms:    []string{"ADV-SITELOCAL", "REJECT-THE-REST"},
			Advice:   []string{"ADV-SITELOCAL"},
		})
	require.Equal(t, []string{"broad-match"}, rules(v), "lint sees it without any fabric")
}

func rules(v *gate.Verdict) []string {
	var out []string
	for _, f := range v.Lint {
		out = append(out, f.Rule)
	}
	return out
}
