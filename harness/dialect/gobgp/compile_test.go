package gobgp_test

import (
	"flag"
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

var update = flag.Bool("update", false, "write golden files")

// one returns a chain of one policy with one term.
func one(from []policy.Match, then ...policy.Action) policy.Chain {
	return policy.Calls(&policy.Policy{Name: "P", Pos: place.Pos{File: "r.conf", Line: 1}, Terms: []*policy.Term{
		{Name: "T", Pos: place.Pos{File: "r.conf", Line: 2}, From: from, Then: then, Flow: policy.AcceptRoute}}})
}

func TestRefusesByNameWhatGoBGPCannotExpress(t *testing.T) {
	t.Parallel()
	extended := policy.NewCommunityDef("RT", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Extended, A: 2, B: 64500, C: 1}}}, false)
	anyLarge := policy.NewCommunityDef("L", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Large},
		Regex: random.Regex(".*", policy.Repeat(policy.AnySymbol(), 0, -1))}}, false)
	huge := &policy.ASPathDef{Name: "HUGE", AnyOf: []*policy.Regex{random.Regex("7{1001}", policy.Repeat(policy.Symbol(7, 7), 1001, 1001))}}
	masked := policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: netip.MustParsePrefix("10.0.1.0/24"), Mask: netip.MustParseAddr("255.0.255.0")}})
	for name, c := range map[string]struct {
		in, out policy.Chain // of an eBGP session
		want    string
	}{
		"tag":                   {in: one([]policy.Match{&policy.MatchNumber{Field: policy.Tag, Min: 1, Max: 1}}), want: "it has no tag"},
		"preference":            {in: one(nil, &policy.SetNumber{Field: policy.Preference, Value: 1}), want: "it has no preference"},
		"metric 0":              {in: one([]policy.Match{&policy.MatchNumber{Field: policy.MED}}), want: "metric 0 cannot be asked for"},
		"wide range":            {in: one([]policy.Match{&policy.MatchNumber{Field: policy.MED, Min: 1, Max: 1000}}), want: "range of more than 256 values"},
		"metric on export":      {out: one([]policy.Match{&policy.MatchNumber{Field: policy.MED, Min: 1, Max: 1}}), want: "drops the metric"},
		"metric sum on export":  {out: one(nil, &policy.SetNumber{Field: policy.MED, Arith: policy.Add, Value: 1}), want: "drops the metric"},
		"large metric sum":      {in: one(nil, &policy.SetNumber{Field: policy.MED, Arith: policy.Add, Value: 1000}), want: "leaves 32 bits"},
		"local-preference 0":    {in: one(nil, &policy.SetNumber{Field: policy.LocalPref}), want: "cannot be set to 0"},
		"sum on export":         {out: one(nil, &policy.SetNumber{Field: policy.LocalPref, Arith: policy.Add, Value: 1}), want: "known only on import"},
		"below 0":               {in: one(nil, &policy.SetNumber{Field: policy.LocalPref, Arith: policy.Sub, Value: 100}), want: "makes 0 of local preference 100"},
		"condition":             {in: one([]policy.Match{&policy.MatchCondition{Name: "C", Prefix: random.Bases[0]}}), want: "condition C"},
		"extended community":    {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{extended}}}), want: "target:64500:1"},
		"marks":                 {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{anyLarge}}}), want: "closlab's own marks"},
		"a mark":                {in: one(nil, &policy.SetCommunity{Op: policy.CommunityAdd, Def: policy.NewCommunityDef("M", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Large, A: 4294967295, B: 1, C: 1}}}, false)}), want: "large:4294967295:1:1 is among closlab's own marks"},
		"llgr-stale":            {in: one(nil, &policy.SetCommunity{Op: policy.CommunityAdd, Def: policy.NewCommunityDef("L", []policy.CommunityPattern{{Literal: policy.Std(65535, 6)}}, false)}), want: "no route with LLGR_STALE (65535:6)"},
		"another AS":            {out: one(nil, &policy.Prepend{ASNs: []uint32{65000}}), want: "put AS 65000 in front of its own AS 65100"},
		"its own AS on import":  {in: one(nil, &policy.Prepend{ASNs: []uint32{testedAS}}), want: "its own AS 65100 on import"},
		"expand":                {out: one(nil, &policy.Expand{Count: 1}), want: "cannot repeat the AS behind it"},
		"learned from":          {out: one([]policy.Match{&policy.MatchAddr{Field: policy.FromNeighbor}}), want: "who a route was learned from"},
		"next hop on export":    {out: one([]policy.Match{&policy.MatchAddr{Field: policy.OfNextHop}}), want: "cannot ask for next hops"},
		"next hop prefix":       {in: one([]policy.Match{&policy.MatchAddr{Field: policy.OfNextHop, AnyOf: random.Bases[1:2]}}), want: "single addresses only"},
		"discard":               {in: one(nil, &policy.SetNextHop{Kind: policy.NextHopDrop}), want: "cannot discard"},
		"self on import":        {in: one(nil, &policy.SetNextHop{Kind: policy.NextHopSelf}), want: "no meaning in an import policy"},
		"next hop of IPv6":      {in: one(nil, &policy.SetNextHop{Addr: worldHops[true][0]}), want: "other address family"},
		"address mask":          {in: one([]policy.Match{masked}), want: "no address masks"},
		"too large for RE2":     {in: one([]policy.Match{&policy.MatchASPath{AnyOf: []*policy.ASPathDef{huge}}}), want: "as-path HUGE: too large"},
		"two thousand too many": {in: one(nil, manySums(100)...), want: "more than 20000 statements"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gobgp.Compile([]gobgp.Session{{Peer: externalAddr, LocalAS: testedAS, PeerAS: externalAS, In: c.in, Out: c.out}})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "r.conf:2: policy P term T, ")
			require.IsType(t, place.Problems{}, err)
		})
	}
}

func TestRefusesAPolicyThatCallsItself(t *testing.T) {
	t.Parallel()
	c := one(nil)
	c[0].Policy.Terms[0].From = []policy.Match{&policy.MatchPolicy{Chain: c}}
	_, err := gobgp.Compile([]gobgp.Session{{Peer: externalAddr, LocalAS: testedAS, PeerAS: externalAS, In: c}})
	require.ErrorContains(t, err, "r.conf:1: policy P, import over eBGP: GoBGP: it calls itself")
}

// A next hop that a term has set to the peer's address is known only to GoBGP.
func TestRefusesToAskForANextHopThatIsSet(t *testing.T) {
	t.Parallel()
	c := one(nil, &policy.SetNextHop{Kind: policy.NextHopPeer})
	c[0].Policy.Terms[0].Flow = policy.NextTerm
	c = append(c, one([]policy.Match{&policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}})...)
	_, err := gobgp.Compile([]gobgp.Session{{Peer: externalAddr, LocalAS: testedAS, PeerAS: externalAS, In: c}})
	require.ErrorContains(t, err, "cannot be asked for after a term has set the next hop")
}

func manySums(n int) []policy.Action {
	var out []policy.Action
	for range n {
		out = append(out, &policy.SetNumber{Field: policy.MED, Arith: policy.Add, Value: 256})
	}
	return out
}

// The export policy of 2022-06-21 in short: the site-local prefixes leave without NO_EXPORT, and the rest stays.
func TestFoundingPolicyInGoBGPsWords(t *testing.T) {
	t.Parallel()
	noExport := policy.NewCommunityDef("NO-EXPORT", []policy.CommunityPattern{{Literal: policy.NoExport}}, false)
	siteLocals := policy.NewMatchPrefix([]string{"SITE-LOCALS"}, []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("198.18.0.0/16"))}, nil)
	p := &policy.Policy{Name: "4-COGENT-TRANSIT-OUT", Terms: []*policy.Term{
		{Name: "ADV-SITE-LOCALS", From: []policy.Match{siteLocals}, Then: []policy.Action{&policy.SetCommunity{Op: policy.CommunityDelete, Def: noExport}}, Flow: policy.AcceptRoute},
		{Name: "REJECT-THE-REST", Flow: policy.RejectRoute},
	}}
	sessions := []gobgp.Session{
		{Peer: externalAddr, LocalAS: testedAS, PeerAS: externalAS, Out: policy.Calls(p)},
		{Peer: internalAddr, LocalAS: testedAS, PeerAS: externalAS, Out: policy.Calls(p)},
	}
	program, err := gobgp.Compile(sessions)
	require.NoError(t, err)
	golden(t, "testdata/founding.txt", program.String())
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
