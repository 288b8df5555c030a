package sim

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	change "github.com/closlab/closlab/harness/candidate" // a candidate is a route here
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

func mcp(t testing.TB) *fabric.Fabric {
	t.Helper()
	base, err := change.Load("../../../topologies/mcp")
	require.NoError(t, err)
	return base.Fabric
}

// reordered returns the fabric with the change of 2022-06-21: in AGGREGATES-OUT the terms for site-local prefixes stand
// behind the one that rejects the rest.
func reordered(f *fabric.Fabric) *fabric.Fabric {
	g := f.Clone()
	changed := map[*policy.Policy]*policy.Policy{}
	for _, s := range g.Sessions {
		for fam, chain := range s.Out {
			s.Out[fam] = slices.Clone(chain)
			for i, e := range chain {
				if e.Op != policy.Call || e.Policy.Name != "AGGREGATES-OUT" {
					continue
				}
				if changed[e.Policy] == nil {
					p := *e.Policy
					p.Terms = slices.Clone(p.Terms)
					slices.SortStableFunc(p.Terms, func(a, b *policy.Term) int { return siteLocals(a) - siteLocals(b) })
					changed[e.Policy] = &p
				}
				s.Out[fam][i].Policy = changed[e.Policy]
			}
		}
	}
	return g
}

func siteLocals(t *policy.Term) int { return yes(strings.HasSuffix(t.Name, "ADV-SITE-LOCALS")) }

// carried counts the prefixes that a session end sent, in all and of those that the group names.
func carried(t testing.TB, snap *observe.Snapshot, f *fabric.Fabric, node, peer, group string) (all, named int) {
	t.Helper()
	x, ok := snap.Session(node, peer)
	require.True(t, ok)
	wanted := f.PrefixesOf([]string{group})
	for _, r := range x.Sent {
		named += yes(slices.Contains(wanted, r.Prefix))
	}
	return len(x.Sent), named
}

// The founding incident in figures: what the spines withdraw, who is cut off, and who drowns.
func TestTheFoundingIncident(t *testing.T) {
	f := mcp(t)
	s := New(f, 1)
	settle(t, s)
	pairs := []observe.Trip{{From: "a1", To: "b1"}, {From: "a1", To: "a2"}, {From: "a1", To: "origin"}, {From: "client", To: "free"}, {From: "noc", To: "c1"},
		{From: "a1", To: "c1", V6: true}, {From: "client", To: "traffic-predictor6", V6: true}}
	req := observe.Request{Trips: pairs, Services: []string{"free", "traffic-predictor6"}}
	before := snapshot(t, s, req)
	for _, x := range before.Trips {
		require.True(t, x.Arrived(), "%s to %s: %+v", x.From, x.To, x)
	}
	for _, l := range before.Loads {
		require.InDelta(t, 0, l.Lost, 1e-12)
		for i, want := range []float64{4. / 7, 2. / 7, 1. / 7} {
			require.InDelta(t, want, l.Colos[i].Share, 1e-12, l.Colos[i].Name)
			require.InDelta(t, 1, l.Colos[i].Factor, 1e-12)
			require.InDelta(t, 1./3, l.Colos[i].Landed, 1e-12)
		}
	}

	after := reordered(f)
	for _, spine := range []string{"spine1", "spine2"} {
		require.NoError(t, s.Apply(after, spine))
		settle(t, s)
	}
	got := snapshot(t, s, req)
	withdrawn := 0
	for _, spine := range []string{"spine1", "spine2"} {
		require.Equal(t, before.Tables[spine], got.Tables[spine], "the spines keep all they know")
		for _, edge := range []string{"edge1", "edge2"} {
			was, site := carried(t, before, f, spine, edge, "ams07")
			now, left := carried(t, got, f, spine, edge, "ams07")
			require.Equal(t, []int{13, 6, 7, 0}, []int{was, site, now, left}, "%s to %s", spine, edge)
			withdrawn += was - now
		}
		for _, leaf := range []string{"leafA", "leafB", "leafC"} {
			was, site := carried(t, before, f, spine, leaf, "ams07")
			now, left := carried(t, got, f, spine, leaf, "ams07")
			require.Equal(t, []int{4, 0}, []int{site, left}, "%s to %s", spine, leaf)
			withdrawn += was - now
		}
	}
	require.Equal(t, 48, withdrawn, "paths in the site")
	for _, x := range got.Trips {
		within := x.To == "a2" || strings.HasPrefix(x.From, "client")
		require.Equal(t, within, x.Arrived(), "%s to %s: %+v", x.From, x.To, x)
	}
	require.Equal(t, observe.NoRoute, got.Trips[2].Back.Ending, "the origin's answer")
	require.Equal(t, "transit1", got.Trips[2].Back.At())
	for _, l := range got.Loads {
		if l.Phase == observe.Stale {
			require.InDelta(t, 2./3, l.Lost, 1e-12)
			continue
		}
		for i, want := range []float64{7. / 12, 7. / 6, 7. / 3} {
			require.InDelta(t, 0, l.Lost, 1e-12)
			require.InDelta(t, want, l.Colos[i].Factor, 1e-12, l.Colos[i].Name)
			require.InDelta(t, want*f.Offered, l.Colos[i].Utilisation, 1e-12)
		}
	}

	for _, spine := range []string{"spine1", "spine2"} {
		require.NoError(t, s.Apply(f, spine))
	}
	settle(t, s)
	back := snapshot(t, s, req)
	back.At = before.At
	require.Equal(t, before, back, "the way back leaves no trace")
}

func BenchmarkSettleMCP(b *testing.B) {
	f := mcp(b)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, New(f, 1).Settle(context.Background()))
	}
}
