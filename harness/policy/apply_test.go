package policy_test

import (
	"math"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// term returns a term that does the actions and then flows on.
func term(name string, from []policy.Match, flow policy.Flow, then ...policy.Action) *policy.Term {
	return &policy.Term{Name: name, From: from, Then: then, Flow: flow}
}

// skip returns a term that sends every route past the next n.
func skip(n int) *policy.Term { return &policy.Term{Name: "SKIP", Skip: n} }

func from(m ...policy.Match) []policy.Match { return m }

func policyOf(name string, terms ...*policy.Term) *policy.Policy {
	return &policy.Policy{Name: name, Terms: terms}
}

func single(name string, flow policy.Flow, then ...policy.Action) policy.Expr {
	return policy.Expr{Policy: policyOf(name, term("T", nil, flow, then...))}
}

func defOf(c ...policy.Community) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for _, c := range c {
		members = append(members, policy.CommunityPattern{Literal: c})
	}
	return policy.NewCommunityDef("C", members, false)
}

func add(c ...policy.Community) policy.Action {
	return &policy.SetCommunity{Op: policy.CommunityAdd, Def: defOf(c...)}
}

var (
	red, blue = policy.Std(64500, 1), policy.Std(64500, 2)
	yes, no   = policy.AcceptRoute, policy.RejectRoute
	noMatch   = policy.Expr{Policy: policyOf("SILENT")}
)

func TestWhoDecides(t *testing.T) {
	t.Parallel()
	combine := func(op policy.Op, args ...policy.Expr) policy.Chain { return policy.Chain{{Op: op, Args: args}} }
	accepts, rejects := single("A", yes), single("R", no)
	for name, tc := range map[string]struct {
		chain    policy.Chain
		protocol policy.Protocol
		dir      policy.Direction
		want     string
	}{
		"empty chain exports BGP":                    {nil, policy.BGP, policy.Export, "accept (default)"},
		"empty chain exports nothing else":           {nil, policy.Static, policy.Export, "reject (default)"},
		"empty chain imports all":                    {nil, policy.Static, policy.Import, "accept (default)"},
		"first decision ends the chain":              {policy.Chain{rejects, accepts}, policy.BGP, policy.Export, "reject (R term T)"},
		"a skip passes terms over":                   {policy.Calls(policyOf("S", skip(1), term("IN", nil, yes), term("OUT", nil, no))), policy.BGP, policy.Export, "reject (S term OUT)"},
		"no match goes on to the next policy":        {policy.Chain{noMatch, rejects}, policy.BGP, policy.Export, "reject (R term T)"},
		"next policy skips the rest of its policy":   {policy.Chain{{Policy: policyOf("N", term("T", nil, policy.NextPolicy), term("U", nil, no))}}, policy.BGP, policy.Export, "accept (default)"},
		"next term goes on":                          {policy.Chain{{Policy: policyOf("N", term("T", nil, policy.NextTerm), term("U", nil, no))}}, policy.BGP, policy.Export, "reject (N term U)"},
		"and: both accept":                           {combine(policy.And, accepts, single("B", yes)), policy.BGP, policy.Export, "accept (B term T)"},
		"and: the first that rejects":                {combine(policy.And, rejects, accepts), policy.BGP, policy.Export, "reject (R term T)"},
		"and: no match counts as true":               {combine(policy.And, noMatch, rejects), policy.BGP, policy.Export, "reject (R term T)"},
		"or: the first that accepts":                 {combine(policy.Or, rejects, accepts), policy.BGP, policy.Export, "accept (A term T)"},
		"or: none accepts":                           {combine(policy.Or, rejects, single("S", no)), policy.BGP, policy.Export, "reject (S term T)"},
		"or: no match counts as true":                {append(combine(policy.Or, noMatch, rejects), accepts), policy.Static, policy.Export, "accept (A term T)"},
		"not: accept becomes reject":                 {combine(policy.Not, accepts), policy.BGP, policy.Export, "reject (A term T)"},
		"not: reject becomes accept":                 {combine(policy.Not, rejects), policy.Static, policy.Export, "accept (R term T)"},
		"not: no match becomes reject":               {combine(policy.Not, noMatch), policy.BGP, policy.Export, "reject (SILENT, no term)"},
		"not: the policy before has no say":          {policy.Chain{single("N", policy.NextPolicy), {Op: policy.Not, Args: []policy.Expr{noMatch}}}, policy.BGP, policy.Export, "reject (SILENT, no term)"},
		"default-action replaces the default":        {policy.Chain{{Policy: policyOf("D", &policy.Term{Default: policy.Reject})}}, policy.BGP, policy.Export, "reject (default)"},
		"an accept goes before a default-action":     {policy.Chain{{Policy: policyOf("D", &policy.Term{Default: policy.Reject})}, accepts}, policy.BGP, policy.Export, "accept (A term T)"},
		"a subroutine's default-action is its own":   {policy.Chain{{Policy: policyOf("D", term("T", from(&policy.MatchPolicy{Chain: policy.Chain{{Policy: policyOf("S", &policy.Term{Default: policy.Accept})}}}), policy.NextTerm))}}, policy.Static, policy.Export, "reject (default)"},
		"a silent subroutine accepts BGP":            {policy.Chain{{Policy: policyOf("D", term("T", from(&policy.MatchPolicy{Chain: policy.Chain{noMatch}}), no))}}, policy.BGP, policy.Export, "reject (D term T)"},
		"a silent subroutine rejects static exports": {policy.Chain{{Policy: policyOf("D", term("T", from(&policy.MatchPolicy{Chain: policy.Chain{noMatch}}), yes))}}, policy.Static, policy.Export, "reject (default)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := policy.Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Protocol: tc.protocol}
			require.Equal(t, tc.want, policy.Apply(tc.chain, r, policy.Env{Direction: tc.dir}).By())
		})
	}
}

func TestWhatASubroutineChangesStaysChanged(t *testing.T) {
	t.Parallel()
	sub := policy.Chain{single("SUB", no, add(red))}
	chain := policy.Calls(policyOf("P",
		term("ASK", from(&policy.MatchPolicy{Chain: sub}), no),
		term("SEES-IT", from(&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{defOf(red)}}), yes)))
	result, steps := policy.Explain(chain, policy.Route{Prefix: netip.MustParsePrefix("192.0.2.0/24")}, policy.Env{})
	require.Equal(t, "accept (P term SEES-IT)", result.By())
	require.Equal(t, policy.CommunitySet(red), result.Route.Communities)
	require.Len(t, steps, 3)
	require.Equal(t, []int{0, 1, 0}, []int{steps[0].Depth, steps[1].Depth, steps[2].Depth})
	require.NotNil(t, steps[0].Failed)
}

func TestLongestMatchDecidesAlone(t *testing.T) {
	t.Parallel()
	entry := func(base, kind string) policy.RouteFilter {
		p := netip.MustParsePrefix(base)
		f := policy.RouteFilter{Base: p, Ranges: []policy.PrefixRange{policy.Exactly(p)}}
		if kind == "orlonger" {
			f.Ranges = []policy.PrefixRange{policy.OrLonger(p)}
		}
		f.Skip = kind == "skip"
		return f
	}
	mask := func(base, m string) policy.RouteFilter {
		return policy.RouteFilter{Base: netip.MustParsePrefix(base), Mask: netip.MustParseAddr(m)}
	}
	skipped := mask("10.0.1.0/24", "255.0.255.0")
	skipped.Skip = true
	for name, tc := range map[string]struct {
		list  []policy.RouteFilter
		match []string
		miss  []string
	}{
		"no fall-back to the shorter entry": {[]policy.RouteFilter{entry("192.168.0.0/16", "orlonger"), entry("192.168.254.0/23", "exact")},
			[]string{"192.168.0.0/16", "192.168.1.0/24", "192.168.254.0/23"}, []string{"192.168.254.0/24", "192.0.2.0/24"}},
		"of identical bases one is enough": {[]policy.RouteFilter{entry("10.0.0.0/8", "exact"), entry("10.0.0.0/8", "orlonger")},
			[]string{"10.0.0.0/8", "10.1.0.0/16"}, nil},
		"an entry to skip decides too": {[]policy.RouteFilter{entry("10.0.0.0/8", "orlonger"), entry("10.1.0.0/16", "skip")},
			[]string{"10.0.0.0/8", "10.2.0.0/16"}, []string{"10.1.0.0/16", "10.1.1.0/24"}},
		"address-mask compares the bits it has": {[]policy.RouteFilter{mask("10.0.1.0/24", "255.0.255.0")},
			[]string{"10.0.1.0/24", "10.77.1.0/24"}, []string{"10.77.2.0/24", "10.77.1.0/25", "11.0.1.0/24", "2001:db8::/32"}},
		"an address-mask to skip decides too": {[]policy.RouteFilter{entry("10.0.0.0/8", "orlonger"), skipped, entry("10.5.1.0/24", "exact")},
			[]string{"10.0.2.0/24", "10.77.1.0/25", "10.5.1.0/24"}, []string{"10.77.1.0/24"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := policy.NewMatchPrefix(nil, nil, tc.list)
			for _, p := range tc.match {
				require.True(t, m.Matches(netip.MustParsePrefix(p)), p)
			}
			for _, p := range tc.miss {
				require.False(t, m.Matches(netip.MustParsePrefix(p)), p)
			}
		})
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	number := func(arith policy.Arith, v uint32) policy.Action { return &policy.SetNumber{Arith: arith, Value: v} }
	community := func(op policy.CommunityOp, members ...policy.CommunityPattern) policy.Action {
		return &policy.SetCommunity{Op: op, Def: policy.NewCommunityDef("C", members, false)}
	}
	any64500 := policy.CommunityPattern{Regex: random.Texts[0]}
	start := policy.Route{LocalPref: 100, ASPath: []uint32{65001, 65002}, Communities: policy.CommunitySet(red, policy.NoExport)}
	for name, tc := range map[string]struct {
		actions []policy.Action
		want    func(*policy.Route)
	}{
		"set":                         {[]policy.Action{number(policy.Set, 7)}, func(r *policy.Route) { r.LocalPref = 7 }},
		"add saturates":               {[]policy.Action{number(policy.Add, math.MaxUint32), number(policy.Sub, 5)}, func(r *policy.Route) { r.LocalPref = math.MaxUint32 - 5 }},
		"subtract saturates":          {[]policy.Action{number(policy.Sub, 101), number(policy.Add, 3)}, func(r *policy.Route) { r.LocalPref = 3 }},
		"community add is a union":    {[]policy.Action{add(blue), add(blue)}, func(r *policy.Route) { r.Communities = policy.CommunitySet(red, blue, policy.NoExport) }},
		"community delete by pattern": {[]policy.Action{add(blue), community(policy.CommunityDelete, any64500)}, func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.NoExport) }},
		"community set replaces":      {[]policy.Action{community(policy.CommunitySetTo, policy.CommunityPattern{Literal: blue})}, func(r *policy.Route) { r.Communities = policy.CommunitySet(blue) }},
		"prepend":                     {[]policy.Action{&policy.Prepend{ASNs: []uint32{1, 2}}}, func(r *policy.Route) { r.ASPath = []uint32{1, 2, 65001, 65002} }},
		"expand":                      {[]policy.Action{&policy.Expand{Count: 2}}, func(r *policy.Route) { r.ASPath = []uint32{65001, 65001, 65001, 65002} }},
		"next-hop self":               {[]policy.Action{&policy.SetNextHop{Kind: policy.NextHopSelf}}, func(r *policy.Route) { r.NextHopKind = policy.NextHopSelf }},
		"origin":                      {[]policy.Action{&policy.SetOrigin{Origin: policy.EGP}}, func(r *policy.Route) { r.Origin = policy.EGP }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := start
			tc.want(&want)
			got := policy.Apply(policy.Chain{single("P", yes, tc.actions...)}, start, policy.Env{}).Route
			require.Equal(t, want, got)
			require.Equal(t, policy.CommunitySet(red, policy.NoExport), start.Communities, "routes share their slices")
		})
	}
}

func TestCommunityDefinitions(t *testing.T) {
	t.Parallel()
	both := defOf(red, blue)
	require.True(t, both.Matches(policy.CommunitySet(red, blue, policy.NoExport)))
	require.False(t, both.Matches(policy.CommunitySet(red)), "all members must be there")
	require.True(t, policy.NewCommunityDef("C", both.Members, true).Matches(policy.CommunitySet(red)), "invert-match")
	either := &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{defOf(red), defOf(blue)}}
	chain := policy.Calls(policyOf("P", term("T", from(either), yes), term("U", nil, no)))
	r := policy.Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Communities: policy.CommunitySet(blue)}
	require.Equal(t, "accept (P term T)", policy.Apply(chain, r, policy.Env{}).By())
}

// Every kind of match is evaluated without putting the route on the heap.
func TestApplyDoesNotAllocate(t *testing.T) {
	chain := policy.Calls(policyOf("P",
		term("ALL", from(
			policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.Exactly(netip.MustParsePrefix("192.0.2.0/24"))}, nil),
			policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{
				{Base: netip.MustParsePrefix("192.0.2.0/24"), Mask: netip.MustParseAddr("255.255.255.0")}}),
			&policy.MatchFamily{}, &policy.MatchProtocol{AnyOf: []policy.Protocol{policy.BGP}}, &policy.MatchRouteType{External: true},
			&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{policy.NewCommunityDef("C", []policy.CommunityPattern{{Literal: red}, {Regex: random.Texts[0]}}, false)}},
			&policy.MatchASPath{AnyOf: []*policy.ASPathDef{{AnyOf: []*policy.Regex{random.Paths[2]}}}},
			&policy.MatchNumber{Max: 200}, &policy.MatchOrigin{AnyOf: []policy.Origin{policy.IGP}},
			&policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: random.Nets("10.0.0.0/8")}, &policy.MatchCondition{Prefix: random.Bases[0]},
			&policy.MatchPolicy{Chain: policy.Chain{single("SUB", yes)}},
		), yes, &policy.SetNumber{Value: 7}, &policy.SetOrigin{}, &policy.SetNextHop{Kind: policy.NextHopSelf})))
	r := policy.Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), External: true, LocalPref: 100, ASPath: []uint32{65001}, Communities: policy.CommunitySet(red)}
	env := policy.Env{Peer: worldAddrs[1], Exists: func(netip.Prefix) bool { return true }}
	require.Equal(t, "accept (P term ALL)", policy.Apply(chain, r, env).By())
	require.Zero(t, testing.AllocsPerRun(100, func() { policy.Apply(chain, r, env) }))
}
