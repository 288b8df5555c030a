package policy_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// aggregatesOut is the export policy of the spines in the outage of 2022-06-21, with prefixes for documentation.
// The terms come in the given order; added is what the site-local terms add.
func aggregatesOut(order []string, added ...policy.Community) policy.Chain {
	noExport := policy.NewCommunityDef("NO-EXPORT", []policy.CommunityPattern{{Literal: policy.NoExport}}, false)
	siteLocal := []policy.Action{&policy.SetCommunity{Op: policy.CommunityDelete, Def: noExport}}
	for _, c := range added {
		def := policy.NewCommunityDef(c.String(), []policy.CommunityPattern{{Literal: c}}, false)
		siteLocal = append(siteLocal, &policy.SetCommunity{Op: policy.CommunityAdd, Def: def})
	}
	terms := map[string]*policy.Term{
		"REJECT-THE-REST": {Flow: policy.RejectRoute},
	}
	for name, prefixes := range map[string][]string{
		"6-DISABLED_PREFIXES":     {"2001:db8:dead::/48"},
		"4-ADV-SITE-LOCALS":       {"198.18.10.0/24", "198.18.20.0/24", "198.18.30.0/24"},
		"6-ADV-SITE-LOCALS":       {"2001:db8:10::/48", "2001:db8:20::/48", "2001:db8:30::/48"},
		"6-ADV-TRAFFIC-PREDICTOR": {"2001:db8:f0::/48"},
		"4-ADV-TRAFFIC-PREDICTOR": {"192.0.2.128/25"},
		"ADV-FREE":                {"198.51.100.0/26"},
		"ADV-PRO":                 {"198.51.100.64/26"},
		"ADV-BIZ":                 {"198.51.100.128/26"},
		"ADV-ENT":                 {"198.51.100.192/26"},
		"ADV-DNS":                 {"192.0.2.0/25"},
	} {
		t := &policy.Term{From: []policy.Match{exactly(name, prefixes...)}, Flow: policy.AcceptRoute}
		switch name {
		case "6-DISABLED_PREFIXES":
			t.Flow = policy.RejectRoute
		case "4-ADV-SITE-LOCALS", "6-ADV-SITE-LOCALS":
			t.Then = siteLocal
		}
		terms[name] = t
	}
	p := &policy.Policy{Name: "AGGREGATES-OUT"}
	for i, name := range order {
		t := terms[name]
		t.Name, t.Pos = name, place.Pos{File: "spine.conf", Line: 10 * (i + 1)}
		p.Terms = append(p.Terms, t)
	}
	return policy.Calls(p)
}

func exactly(name string, prefixes ...string) *policy.MatchPrefix {
	var any []policy.PrefixRange
	for _, p := range prefixes {
		any = append(any, policy.Exactly(netip.MustParsePrefix(p)))
	}
	return policy.NewMatchPrefix([]string{"prefix-list " + name}, any, nil)
}

var (
	orderBefore = []string{"6-DISABLED_PREFIXES", "4-ADV-SITE-LOCALS", "6-ADV-SITE-LOCALS", "6-ADV-TRAFFIC-PREDICTOR",
		"4-ADV-TRAFFIC-PREDICTOR", "ADV-FREE", "ADV-PRO", "ADV-BIZ", "ADV-ENT", "ADV-DNS", "REJECT-THE-REST"}
	orderAfter = []string{"6-DISABLED_PREFIXES", "6-ADV-TRAFFIC-PREDICTOR", "4-ADV-TRAFFIC-PREDICTOR", "ADV-FREE", "ADV-PRO",
		"ADV-BIZ", "ADV-ENT", "ADV-DNS", "REJECT-THE-REST", "4-ADV-SITE-LOCALS", "6-ADV-SITE-LOCALS"}
	informational = []policy.Community{policy.Std(64500, 1), policy.Std(64500, 2), policy.Std(64500, 3), policy.Std(64500, 1007)}
)

// The change as it was deployed: only the site-locals flip, and they do because a term that rejects
// everything now stands before them.
func TestDiffFoundsTheOutage(t *testing.T) {
	d := policy.Diff(aggregatesOut(orderBefore), aggregatesOut(orderAfter, informational...), policy.Export)
	require.Empty(t, d.Undecided)
	var got []string
	for _, c := range d.Classes {
		got = append(got, c.String())
		require.Equal(t, policy.DecisionDiffers, c.Kind)
		require.Equal(t, "spine.conf:90", c.After.Term.Pos.String())
	}
	require.Equal(t, []string{
		"198.18.10.0/24, 198.18.20.0/24, 198.18.30.0/24: accept (AGGREGATES-OUT term 4-ADV-SITE-LOCALS) -> reject (AGGREGATES-OUT term REJECT-THE-REST)",
		"2001:db8:10::/48, 2001:db8:20::/48, 2001:db8:30::/48: accept (AGGREGATES-OUT term 6-ADV-SITE-LOCALS) -> reject (AGGREGATES-OUT term REJECT-THE-REST)",
	}, got)
	require.Equal(t, "198.18.10.0/24 bgp", d.Classes[0].Witness.Route.String())
}

// The change as it was meant.
func TestDiffOfTheIntendedChangeIsOnlyCommunities(t *testing.T) {
	d := policy.Diff(aggregatesOut(orderBefore), aggregatesOut(orderBefore, informational...), policy.Export)
	require.True(t, d.OnlyCommunities(), "%+v", d)
	require.Len(t, d.Classes, 2)
	for _, c := range d.Classes {
		require.Equal(t, policy.CommunitySet(informational...), c.Changes[0].Added)
		require.Empty(t, c.Changes[0].Removed)
	}
	require.Equal(t, "198.18.10.0/24, 198.18.20.0/24, 198.18.30.0/24: accept (AGGREGATES-OUT term 4-ADV-SITE-LOCALS) -> "+
		"accept (AGGREGATES-OUT term 4-ADV-SITE-LOCALS); communities added [64500:1 64500:2 64500:3 64500:1007]; "+
		"without community 64500:1, or without community 64500:1007, or without community 64500:2, or without community 64500:3",
		d.Classes[0].String())
}

func TestDiffOfTheSamePolicyIsNone(t *testing.T) {
	d := policy.Diff(aggregatesOut(orderBefore), aggregatesOut(orderBefore), policy.Export)
	require.True(t, d.None(), "%+v", d)
	require.False(t, d.OnlyCommunities())
}

func BenchmarkDiffFounding(b *testing.B) {
	before, after := aggregatesOut(orderBefore), aggregatesOut(orderAfter, informational...)
	b.ReportAllocs()
	for b.Loop() {
		d := policy.Diff(before, after, policy.Export)
		if len(d.Classes) != 2 {
			b.Fatal(d)
		}
	}
}

func BenchmarkDiffMovedTerm1000x10000(b *testing.B) {
	terms := make([]*policy.Term, 0, 1001)
	for i := range 1000 {
		var any []policy.PrefixRange
		for j := range 10 {
			n := i*10 + j
			any = append(any, policy.OrLonger(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 0}), 24)))
		}
		terms = append(terms, &policy.Term{Name: "T", From: []policy.Match{policy.NewMatchPrefix(nil, any, nil)}, Flow: policy.AcceptRoute})
	}
	terms = append(terms, &policy.Term{Name: "REJECT-THE-REST", Flow: policy.RejectRoute})
	moved := append(slices.Delete(slices.Clone(terms), 500, 501), terms[500])
	before, after := policy.Calls(&policy.Policy{Name: "P", Terms: terms}), policy.Calls(&policy.Policy{Name: "P", Terms: moved})
	b.ReportAllocs()
	for b.Loop() {
		d := policy.Diff(before, after, policy.Export)
		if len(d.Classes) != 1 || len(d.Classes[0].Prefixes) != 10 {
			b.Fatal(d)
		}
	}
}

func BenchmarkApplyFounding(b *testing.B) {
	chain := aggregatesOut(orderBefore)
	r := policy.Route{Prefix: netip.MustParsePrefix("192.0.2.0/25")}
	env := policy.Env{Direction: policy.Export}
	b.ReportAllocs()
	for b.Loop() {
		if policy.Apply(chain, r, env).Decision != policy.Accept {
			b.Fatal("rejected")
		}
	}
}
