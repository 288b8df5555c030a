package policy_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// What a diff says of the changes that people make, in words.
func TestDiffInWords(t *testing.T) {
	t.Parallel()
	match := from
	community := func(c ...policy.Community) policy.Match {
		return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{defOf(c...)}}
	}
	asPath := func(r *policy.Regex) policy.Match {
		return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{r}}}}
	}
	localPref := func(arith policy.Arith, v uint32) policy.Action {
		return &policy.SetNumber{Arith: arith, Value: v}
	}
	ten := exactly("TEN", "10.0.0.0/8")
	filter := func(entries ...string) policy.Match {
		var list []policy.RouteFilter
		for _, e := range entries {
			p := netip.MustParsePrefix(e)
			list = append(list, policy.RouteFilter{Base: p, Ranges: []policy.PrefixRange{{Prefix: p, Min: p.Bits(), Max: 24}}})
		}
		return policy.NewMatchPrefix(nil, nil, list)
	}
	rest := term("REST", nil, no)
	for name, tc := range map[string]struct {
		before, after []*policy.Term
		dir           policy.Direction
		want          []string
		witness       string
	}{
		"without the last reject, the default depends on the protocol": {
			before:  []*policy.Term{rest},
			want:    []string{"0.0.0.0/0 orlonger, ::/0 orlonger: reject (P term REST) -> accept (default); protocol bgp"},
			witness: "192.0.2.0/24 bgp",
		},
		"on import only BGP routes come": {
			before: []*policy.Term{term("STATIC", match(&policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Static}}), no)},
			dir:    policy.Import,
		},
		"route-type internal takes more than it seems": {
			before: []*policy.Term{rest},
			after:  []*policy.Term{term("T", match(&policy.MatchRouteType{}), yes), rest},
			want:   []string{"0.0.0.0/0 orlonger, ::/0 orlonger: reject (P term REST) -> accept (P term T); route-type internal"},
		},
		"routes that go on to the next policy pass an unconditional accept": {
			before: []*policy.Term{term("OUT", match(community(red)), policy.NextPolicy), term("T", nil, yes)},
			after:  []*policy.Term{term("T", nil, yes)},
			want:   []string{"0.0.0.0/0 orlonger, ::/0 orlonger: reject (default) -> accept (P term T); protocol not bgp, with community 64500:1"},
		},
		"a skip that leads one term further": {
			before: []*policy.Term{skip(1), term("IN", nil, no), term("RED", match(community(red)), yes), rest},
			after:  []*policy.Term{skip(2), term("IN", nil, no), term("RED", match(community(red)), yes), rest},
			want:   []string{"0.0.0.0/0 orlonger, ::/0 orlonger: accept (P term RED) -> reject (P term REST); with community 64500:1"},
		},
		"a skip past the end leaves all to the default": {
			before: []*policy.Term{skip(9), term("IN", nil, no)},
		},
		"adding what is there already is no difference": {
			before: []*policy.Term{term("T", match(community(red)), yes)},
			after:  []*policy.Term{term("T", match(community(red)), yes, add(red))},
		},
		"later terms see what earlier ones set": {
			before: []*policy.Term{term("ADD", nil, policy.NextTerm, localPref(policy.Add, 50)), term("T", match(&policy.MatchNumber{Min: 150, Max: 150}), yes), rest},
			after:  []*policy.Term{term("T", match(&policy.MatchNumber{Min: 150, Max: 150}), yes), rest},
			want: []string{
				"0.0.0.0/0 orlonger, ::/0 orlonger: accept (P term T) -> reject (P term REST); local-preference 100",
				"0.0.0.0/0 orlonger, ::/0 orlonger: reject (P term REST) -> accept (P term T); local-preference 150",
			},
		},
		"arithmetic that saturates": {
			before:  []*policy.Term{term("T", nil, yes)},
			after:   []*policy.Term{term("T", nil, yes, localPref(policy.Sub, 5), localPref(policy.Add, 5))},
			want:    []string{"0.0.0.0/0 orlonger, ::/0 orlonger: accept (P term T) -> accept (P term T); local-preference 4 -> 5; local-preference at most 4"},
			witness: "192.0.2.0/24 bgp local-preference 4",
		},
		"a path is matched as it was prepended": {
			before:  []*policy.Term{term("T", match(asPath(random.Paths[2])), yes), rest},
			after:   []*policy.Term{term("PRE", nil, policy.NextTerm, &policy.Prepend{ASNs: []uint32{65001}}), term("T", match(asPath(random.Paths[2])), no), rest},
			want:    []string{"0.0.0.0/0 orlonger, ::/0 orlonger: accept (P term T) -> reject (P term T); as-path matching 65001 .*"},
			witness: "192.0.2.0/24 bgp as-path 65001",
		},
		"a longer filter takes routes from a shorter one": {
			before: []*policy.Term{term("T", match(filter("10.0.0.0/8")), yes), rest},
			after:  []*policy.Term{term("T", match(filter("10.0.0.0/8", "10.1.0.0/25")), yes), rest},
		},
		"and with it those it does not hold": {
			before:  []*policy.Term{term("T", match(policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: random.Bases[1], Ranges: []policy.PrefixRange{policy.OrLonger(random.Bases[1])}}})), yes), rest},
			after:   []*policy.Term{term("T", match(policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: random.Bases[1], Ranges: []policy.PrefixRange{policy.OrLonger(random.Bases[1])}}, {Base: random.Bases[4], Ranges: []policy.PrefixRange{policy.Exactly(random.Bases[4])}}})), yes), rest},
			want:    []string{"10.0.0.0/16 longer: accept (P term T) -> reject (P term REST)"},
			witness: "10.0.0.0/17 bgp",
		},
		"equal terms under new names are the same": {
			before: []*policy.Term{term("A", match(ten), yes), rest},
			after:  []*policy.Term{term("B", match(exactly("OTHER", "10.0.0.0/9", "10.0.0.0/8")), yes, localPref(policy.Add, 0)), term("REST2", nil, no)},
			want:   []string{"10.0.0.0/9: reject (P term REST) -> accept (P term B)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := policy.Diff(policy.Calls(policyOf("P", tc.before...)), policy.Calls(policyOf("P", tc.after...)), tc.dir)
			require.Empty(t, d.Undecided)
			var got []string
			for _, c := range d.Classes {
				got = append(got, c.String())
			}
			require.Equal(t, tc.want, got)
			if tc.witness != "" {
				require.Equal(t, tc.witness, d.Classes[0].Witness.Route.String())
			}
		})
	}
}

// What cannot be compared is said, and is not taken for "no difference".
func TestDiffSaysWhatItCannotCompare(t *testing.T) {
	t.Parallel()
	wide := policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{
		{Base: netip.MustParsePrefix("10.0.0.1/32"), Mask: netip.MustParseAddr("255.0.0.255")}})
	chain := policy.Calls(policyOf("P", term("T", from(wide), yes)))
	d := policy.Diff(chain, policy.Calls(policyOf("P", term("T", from(wide), no))), policy.Export)
	require.Equal(t, []string{"route-filter 10.0.0.1/32 address-mask 255.0.0.255: stands for more than 4096 prefixes"}, d.Undecided)
	require.False(t, d.None())
	require.False(t, d.OnlyCommunities())
	require.False(t, d.SameDecisions())
}

func TestExerciseReachesSubroutines(t *testing.T) {
	t.Parallel()
	inner := policyOf("INNER", term("PATH", from(&policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{random.Paths[6]}}}}), yes))
	outer := policy.Calls(policyOf("OUTER",
		term("FIRST", from(exactly("TEN", "10.0.0.0/8")), no),
		term("ASK", from(&policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Static}}, &policy.MatchPolicy{Chain: policy.Calls(inner)}), yes)))
	w, ok := policy.Exercise(outer, inner, inner.Terms[0], policy.Export)
	require.True(t, ok)
	require.Equal(t, "192.0.2.0/24 static as-path 65001 65001", w.Route.String())
}
