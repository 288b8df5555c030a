package routemap_test

import (
	"flag"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

var update = flag.Bool("update", false, "write golden files")

var peer = netip.MustParseAddr("192.0.2.1")

const testedAS, peerAS = 65100, 64500

// chain returns a chain of one policy.
func chain(terms ...*policy.Term) policy.Chain {
	for i, t := range terms {
		t.Pos = place.Pos{File: "r.conf", Line: i + 2}
	}
	return policy.Calls(&policy.Policy{Name: "P", Pos: place.Pos{File: "r.conf", Line: 1}, Terms: terms})
}

// one returns a chain of one policy with one term.
func one(from []policy.Match, then ...policy.Action) policy.Chain {
	return chain(&policy.Term{Name: "T", From: from, Then: then, Flow: policy.AcceptRoute})
}

func standard(name string, cs ...policy.Community) *policy.CommunityDef {
	var members []policy.CommunityPattern
	for _, c := range cs {
		members = append(members, policy.CommunityPattern{Literal: c})
	}
	return policy.NewCommunityDef(name, members, false)
}

func TestRefusesByNameWhatFRRCannotExpress(t *testing.T) {
	t.Parallel()
	target := standard("RT", policy.Community{Kind: policy.Extended, A: 2, B: 64500, C: 1})
	color := standard("COLOR", policy.Community{Kind: policy.Extended, A: 0x030b, B: 0, C: 1})
	any, err := policy.Compile(".*", policy.Repeat(policy.AnySymbol(), 0, -1))
	require.NoError(t, err)
	anyLarge := policy.NewCommunityDef("L", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Large}, Regex: any}}, false)
	extendedText := policy.NewCommunityDef("X", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Extended}, Regex: any}}, false)
	long, err := policy.Compile("long", policy.Text(strings.Repeat("1", 4000)))
	require.NoError(t, err)
	longText := policy.NewCommunityDef("LONG", []policy.CommunityPattern{{Regex: long}}, false)
	longPath, err := policy.Compile("long", policy.Seq(slices.Repeat([]policy.Node{policy.Symbol(65001, 65001)}, 700)...))
	require.NoError(t, err)
	masked := policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: netip.MustParsePrefix("10.0.1.0/24"), Mask: netip.MustParseAddr("255.0.255.0")}})
	for name, c := range map[string]struct {
		in, out policy.Chain // of an eBGP session
		want    string
	}{
		"tag":                    {in: one([]policy.Match{&policy.MatchNumber{Field: policy.Tag, Min: 1, Max: 1}}), want: "it has no tag"},
		"preference":             {in: one(nil, &policy.SetNumber{Field: policy.Preference, Value: 1}), want: "it has no preference"},
		"metric 0":               {in: one([]policy.Match{&policy.MatchNumber{Field: policy.MED}}), want: "metric 0 cannot be asked for"},
		"wide range":             {in: one([]policy.Match{&policy.MatchNumber{Field: policy.MED, Min: 1, Max: 1000}}), want: "range of more than 256 values"},
		"metric on export":       {out: one([]policy.Match{&policy.MatchNumber{Field: policy.MED, Min: 1, Max: 1}}), want: "drops the metric"},
		"metric sum on export":   {out: one(nil, &policy.SetNumber{Field: policy.MED, Arith: policy.Add, Value: 1}), want: "drops the metric"},
		"condition":              {in: one([]policy.Match{&policy.MatchCondition{Name: "C", Prefix: netip.MustParsePrefix("10.0.0.0/8")}}), want: "condition C"},
		"color":                  {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{color}}}), want: "route targets and origins alone"},
		"set color":              {in: one(nil, &policy.SetCommunity{Op: policy.CommunityAdd, Def: color}), want: "sets route targets and origins alone"},
		"extended expression":    {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{extendedText}}}), want: "expressions over extended communities"},
		"long community":         {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{longText}}}), want: "community LONG: an expression of 4006 characters"},
		"long as-path":           {in: one([]policy.Match{&policy.MatchASPath{AnyOf: []*policy.ASPathDef{{Name: "LONG", AnyOf: []*policy.Regex{longPath}}}}}), want: "as-path LONG: an expression of"},
		"peer-address on export": {out: one(nil, &policy.SetNextHop{Kind: policy.NextHopPeer}), want: "has no meaning in an export policy"},
		"too many entries":       {in: one(nil, manyOrigins(60_001)...), want: "more than 60000 entries"},
		"delete extended":        {in: one(nil, &policy.SetCommunity{Op: policy.CommunityDelete, Def: target}), want: "cannot delete extended communities"},
		"marks":                  {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{anyLarge}}}), want: "closlab's own marks"},
		"a mark":                 {in: one(nil, &policy.SetCommunity{Op: policy.CommunityAdd, Def: standard("M", policy.Community{Kind: policy.Large, A: 4294967295, B: 2, C: 1})}), want: "large:4294967295:2:1 is among closlab's own marks"},
		"internet":               {in: one([]policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{standard("I", policy.Std(0, 0))}}}), want: "0:0 for internet"},
		"learned from":           {out: one([]policy.Match{&policy.MatchAddr{Field: policy.FromNeighbor}}), want: "cannot ask for neighbor"},
		"discard":                {in: one(nil, &policy.SetNextHop{Kind: policy.NextHopDrop}), want: "has no meaning in an import policy"},
		"next hop of the family": {in: one(nil, &policy.SetNextHop{Addr: netip.MustParseAddr("2001:db8::1")}), want: "other address family"},
		"next hop behind self":   {out: one(nil, &policy.SetNextHop{Kind: policy.NextHopSelf}, &policy.SetNextHop{Addr: netip.MustParseAddr("192.0.2.7")}), want: "bgpd sends its own address"},
		"address mask":           {in: one([]policy.Match{masked}), want: "no address masks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, In: c.in, Out: c.out}})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "r.conf:2: policy P term T, ")
			require.IsType(t, place.Problems{}, err)
		})
	}
}

// manyOrigins are actions of which each needs an entry.
func manyOrigins(n int) []policy.Action {
	return slices.Repeat([]policy.Action{&policy.SetOrigin{Origin: policy.EGP}}, n)
}

func TestRefusesAPolicyThatCallsItself(t *testing.T) {
	t.Parallel()
	c := one(nil)
	c[0].Policy.Terms[0].From = []policy.Match{&policy.MatchPolicy{Chain: c}}
	_, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, In: c}})
	require.ErrorContains(t, err, "r.conf:1: policy P, import over eBGP: FRR: it calls itself")
}

func TestASessionWithoutAnAddress(t *testing.T) {
	t.Parallel()
	_, err := routemap.Compile([]routemap.Session{{}})
	require.ErrorContains(t, err, "session 1 has no peer address")
}

// The export policy of 2022-06-21 in short, and the traps around it: a community that FRR would look for first, a second condition of one kind,
// a longest match, a jump.
func TestPoliciesInFRRsWords(t *testing.T) {
	t.Parallel()
	noExport, local, site := standard("NO-EXPORT", policy.NoExport), standard("LOCAL ROUTE", policy.Std(64500, 10)), standard("SITE", policy.Std(64500, 20))
	siteLocals := policy.NewMatchPrefix([]string{"SITE-LOCALS"}, []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("198.18.0.0/16"))}, nil)
	longest := policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{
		{Base: netip.MustParsePrefix("10.0.0.0/8"), Ranges: []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("10.0.0.0/8"))}},
		{Base: netip.MustParsePrefix("10.1.0.0/16"), Ranges: []policy.PrefixRange{policy.Exactly(netip.MustParsePrefix("10.1.0.0/16"))}},
	})
	nothing := policy.NewMatchPrefix([]string{"EMPTY"}, nil, nil)
	out := chain(
		&policy.Term{Name: "ADV-SITE-LOCALS", From: []policy.Match{siteLocals}, Flow: policy.AcceptRoute,
			Then: []policy.Action{&policy.SetCommunity{Op: policy.CommunityDelete, Def: noExport}, &policy.SetCommunity{Op: policy.CommunityAdd, Def: local}}},
		&policy.Term{Name: "NEVER", From: []policy.Match{nothing}, Flow: policy.AcceptRoute},
		&policy.Term{Name: "BOTH", From: []policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{local}}, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{site}}}, Flow: policy.NextTerm, Skip: 1},
		&policy.Term{Name: "STATIC", From: []policy.Match{&policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Static, policy.BGP}}, longest}, Flow: policy.AcceptRoute},
		&policy.Term{Name: "REJECT-THE-REST", Flow: policy.RejectRoute},
	)
	p, err := routemap.Compile([]routemap.Session{
		{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, Out: out},
		{Peer: peer.Next(), LocalAS: testedAS, PeerAS: testedAS, Out: out},
		{Peer: peer.Next().Next(), LocalAS: testedAS, PeerAS: peerAS, Out: out},
	})
	require.NoError(t, err)
	text := strings.Join(p.Lines(7), "\n") + "\n"
	const golden = "testdata/founding.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text)

	attached := func(p *routemap.Program, peer netip.Addr) string {
		return strings.ReplaceAll(strings.Join(p.Attach(peer, 7), "; "), peer.String(), "PEER")
	}
	require.Equal(t, "neighbor PEER route-map import1.7 in; neighbor PEER route-map export2.7 out; neighbor PEER filter-list L25.7-PASSED out", attached(p, peer))
	require.Equal(t, attached(p, peer), attached(p, peer.Next().Next()), "equal route-maps are shared")
	require.Equal(t, "neighbor PEER route-map import3.7 in; neighbor PEER route-map export4.7 out", attached(p, peer.Next()), "over iBGP nothing is kept from an AS")
	require.Empty(t, p.Attach(netip.MustParseAddr("10.9.9.9"), 7))
	for _, line := range p.Remove(7) {
		require.NotContains(t, strings.Join(p.Lines(8), "\n"), strings.Fields(line)[len(strings.Fields(line))-1], "generations have no name in common")
	}
}

// Subroutines change routes: each of a term is asked, in its place, whatever is asked for behind it.
func TestAsksEverySubroutineInItsPlace(t *testing.T) {
	t.Parallel()
	sub := func(as uint32) policy.Match {
		return &policy.MatchPolicy{Chain: chain(&policy.Term{Name: "T", Then: []policy.Action{&policy.Prepend{ASNs: []uint32{as}}}, Flow: policy.AcceptRoute})}
	}
	p, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, In: chain(&policy.Term{Name: "T", Flow: policy.AcceptRoute,
		From: []policy.Match{sub(65001), &policy.MatchOrigin{AnyOf: []policy.Origin{policy.EGP}}, sub(65002)}})}})
	require.NoError(t, err)
	require.Regexp(t, `(?s)prepend 65001.*match origin egp.*prepend 65002`, strings.Join(p.Lines(1), "\n"))
}

func TestDisguiseIsRevealed(t *testing.T) {
	t.Parallel()
	cs := policy.CommunitySet(policy.NoExport, policy.NoAdvertise, policy.Std(1, 2), policy.Community{Kind: policy.Large, A: 1, B: 2, C: 3})
	hidden := routemap.Disguise(policy.Static, cs)
	require.False(t, hidden.Has(policy.NoExport))
	require.Len(t, hidden, len(cs)+1)
	require.Equal(t, cs, routemap.Reveal(hidden))
	require.Nil(t, routemap.Reveal(routemap.Disguise(policy.Direct, nil)))
}

// A name from a stranger's file is no command.
func TestNamesCannotBecomeCommands(t *testing.T) {
	t.Parallel()
	evil := policy.NewMatchPrefix([]string{"X\nno router bgp 65100\n!?"}, []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("10.0.0.0/8"))}, nil)
	p, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, In: chain(&policy.Term{Name: "a\nb ! ? \x00", From: []policy.Match{evil}, Flow: policy.AcceptRoute})}})
	require.NoError(t, err)
	for _, line := range p.Lines(1) {
		require.NotRegexp(t, `[\x00-\x1f!?]`, line)
		require.NotRegexp(t, `^no `, line)
	}
}
