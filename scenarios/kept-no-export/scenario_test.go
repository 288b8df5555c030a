package kept_no_export_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

var (
	lost = []string{"in-band-access", "load-by-capacity", "servers-meet", "servers-to-origin", "site-locals-inside", "site-locals-outside", "sites-meet"}
	kept = []string{"sessions-up", "clients-to-services", "tll01-inside", "aggregates", "default-route", "nothing-internal"}
)

// A term that accepts is not yet a route that leaves: NO-EXPORT has the last word (RFC 1997).
func TestKeptNoExport(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("spine1 leaves NO-EXPORT on IPv4 site-locals: spine2 still carries them")
	lab.Apply("candidate", "spine1")
	lab.Expect(lab.Invariants()...)

	lab.Step("spine2 does so too: no IPv4 site-local leaves a spine any more")
	lab.Apply("candidate", "spine2")
	lab.ExpectBroken(lab.Invariants(lost...)...)
	lab.Expect(lab.Invariants(kept...)...)
	for _, x := range lab.Observe().Trips {
		if x.V6 {
			require.True(t, x.Arrived(), "%s to %s over IPv6", x.From, x.To)
		}
	}

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects it although no term rejects anything: the community that stays is the reason.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	sessions := labtest.Sessions([]string{"spine1", "spine2"}, "edge1", "edge2", "leafA", "leafB", "leafC")
	v := labtest.Gate(t, "mcp", "candidate")
	labtest.Rejects(t, v, map[string][]string{"spine2": lost}, labtest.Why{
		Effect: gate.Withdrawn, Routes: 24, Sessions: sessions, Prefixes: []string{"198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"},
		Says:   []string{"term 4-ADV-SITE-LOCALS of AGGREGATES-OUT still accepts", "NO-EXPORT stays"},
		Terms:  []string{"4-ADV-SITE-LOCALS"},
		Advice: []string{"term 4-ADV-SITE-LOCALS of AGGREGATES-OUT delete NO-EXPORT again"},
	})
	for _, c := range v.Changes {
		require.True(t, c.Difference.OnlyCommunities(), "text alone shows a change of communities")
	}
}
