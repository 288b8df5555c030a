package harness_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// construct is something that a policy can say, with a sample of it in the model and in each language.
type construct struct {
	name              string
	sample            any // a policy.Match, a policy.Action, a *policy.Term or a policy.Expr
	is                func(any) bool
	junos, frr, gobgp string
}

// chain returns a policy that says it.
func (c construct) chain() policy.Chain {
	at := place.Pos{File: "x"}
	all := &policy.Term{Name: "rest", Pos: at, Flow: policy.RejectRoute}
	t := &policy.Term{Name: "T", Pos: at, Flow: policy.AcceptRoute}
	switch x := c.sample.(type) {
	case policy.Match:
		t.From = []policy.Match{x}
	case policy.Action:
		t.Then = []policy.Action{x}
	case *policy.Term:
		t = x
	case policy.Expr:
		return policy.Chain{x}
	}
	return policy.Calls(&policy.Policy{Name: "X", Pos: at, Terms: []*policy.Term{t, all}})
}

// a returns what is looked for: something of that type for which is holds.
func a[T any](is func(T) bool) func(any) bool {
	return func(x any) bool {
		v, ok := x.(T)
		return ok && is(v)
	}
}

// either returns what is looked for: something for which one of two holds.
func either(p, q func(any) bool) func(any) bool { return func(x any) bool { return p(x) || q(x) } }

func number(f policy.Field) func(any) bool {
	return a(func(m *policy.MatchNumber) bool { return m.Field == f })
}

func sets(f policy.Field, how policy.Arith) func(any) bool {
	return a(func(s *policy.SetNumber) bool { return s.Field == f && s.Arith == how })
}

func addr(f policy.AddrField) func(any) bool {
	return a(func(m *policy.MatchAddr) bool { return m.Field == f })
}

func hop(k policy.NextHopKind) func(any) bool {
	return a(func(s *policy.SetNextHop) bool { return s.Kind == k })
}

// community returns a match of it for which is holds of some member.
func community(is func(*policy.CommunityDef, policy.CommunityPattern) bool) func(any) bool {
	return a(func(m *policy.MatchCommunity) bool {
		for _, d := range m.AnyOf {
			for _, p := range d.Members {
				if is(d, p) {
					return true
				}
			}
		}
		return false
	})
}

func kind(k policy.CommunityKind) func(any) bool {
	return community(func(d *policy.CommunityDef, p policy.CommunityPattern) bool {
		return p.Regex == nil && p.Literal.Kind == k && p.Literal.A != 65535 && !d.Invert
	})
}

func does(op policy.CommunityOp) func(any) bool {
	return a(func(s *policy.SetCommunity) bool { return s.Op == op && s.Def.Name != "no-export" })
}

var (
	ten      = netip.MustParsePrefix("10.0.0.0/8")
	red      = policy.Std(64500, 1)
	anything = must(policy.Compile(".*", policy.Repeat(policy.AnySymbol(), 0, -1)))
	via65001 = must(policy.Compile(".* 65001 .*", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, -1), policy.Symbol(65001, 65001), policy.Repeat(policy.AnySymbol(), 0, -1))))
	sub      = &policy.Policy{Name: "SUB", Terms: []*policy.Term{{Name: "T", Flow: policy.AcceptRoute}}}
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func def(cs ...policy.CommunityPattern) *policy.CommunityDef {
	return policy.NewCommunityDef("C", cs, false)
}

func one(c policy.Community) *policy.CommunityDef { return def(policy.CommunityPattern{Literal: c}) }

func has(d *policy.CommunityDef) policy.Match {
	return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{d}}
}

// from and then write a Junos term, if_ and do a GoBGP statement, that asks for something or does something.
func from(what string) string {
	return "term T { from { " + what + " } then accept; } term R { then reject; }"
}
func then(what string) string {
	return "term T { then { " + what + " accept; } } term R { then reject; }"
}

func if_(what string) string {
	return "conditions: {" + what + "}\nactions: {route-disposition: accept-route}"
}
func do(what string) string {
	return "actions: {route-disposition: accept-route, bgp-actions: {" + what + "}}"
}

// constructs are all that the model can say.
var constructs = []construct{
	{"prefixes, with lengths", policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.OrLonger(ten)}, nil), a(func(m *policy.MatchPrefix) bool { return len(m.Any) > 0 }),
		from("prefix-list-filter P orlonger;"), " match ip address prefix-list P", if_("match-prefix-set: {prefix-set: P}")},
	{"prefixes, longest match decides", policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: ten, Ranges: []policy.PrefixRange{policy.OrLonger(ten)}}, {Base: netip.MustParsePrefix("10.1.0.0/16"), Ranges: []policy.PrefixRange{policy.Exactly(netip.MustParsePrefix("10.1.0.0/16"))}}}),
		a(func(m *policy.MatchPrefix) bool { return len(m.Longest) > 1 }), from("route-filter 10.0.0.0/8 orlonger; route-filter 10.1.0.0/16 exact;"), none, none},
	{"prefixes, first match decides", &policy.MatchPolicy{Chain: policy.Calls(&policy.Policy{Name: "D", Terms: []*policy.Term{
		{Name: "1", From: []policy.Match{policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.Exactly(netip.MustParsePrefix("10.1.0.0/16"))}, nil)}, Flow: policy.RejectRoute},
		{Name: "2", From: []policy.Match{policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.OrLonger(ten)}, nil)}, Flow: policy.AcceptRoute}, {Name: "3", Flow: policy.RejectRoute}}})},
		a(func(*policy.MatchPolicy) bool { return true }), none, " match ip address prefix-list D", none},
	{"prefixes, by address mask", policy.NewMatchPrefix(nil, nil, []policy.RouteFilter{{Base: netip.MustParsePrefix("10.0.1.0/24"), Mask: netip.MustParseAddr("255.0.255.0")}}),
		a(func(m *policy.MatchPrefix) bool { return len(m.Longest) > 0 && m.Longest[0].Mask.IsValid() }), from("route-filter 10.0.1.0/24 address-mask 255.0.255.0;"), none, none},
	{"address family", &policy.MatchFamily{}, a(func(*policy.MatchFamily) bool { return true }), from("family inet;"), none, if_("bgp-conditions: {afi-safi-in-list: [ipv4-unicast]}")},
	{"protocol", &policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Static}}, a(func(m *policy.MatchProtocol) bool { return m.AnyOf[0] == policy.Static }), from("protocol static;"), " match source-protocol static", none},
	{"learned over eBGP or not", &policy.MatchRouteType{External: true}, a(func(*policy.MatchRouteType) bool { return true }), from("route-type external;"), none, if_("bgp-conditions: {route-type: external}")},
	{"communities", has(one(red)), kind(policy.Standard), from("community C;"), " match community C", if_("bgp-conditions: {match-community-set: {community-set: C}}")},
	{"large communities", has(one(policy.Community{Kind: policy.Large, A: 64500, B: 1, C: 1})), kind(policy.Large), from("community L;"), " match large-community L", if_("bgp-conditions: {match-large-community-set: {large-community-set: L}}")},
	{"extended communities", has(one(policy.Community{Kind: policy.Extended, A: 2, B: 64500, C: 1})), kind(policy.Extended), from("community E;"), " match extcommunity E", if_("bgp-conditions: {match-ext-community-set: {ext-community-set: E}}")},
	{"communities, by expression", has(def(policy.CommunityPattern{Literal: policy.Community{}, Regex: anything})), community(func(_ *policy.CommunityDef, p policy.CommunityPattern) bool { return p.Regex != nil }), from("community R;"), " match community R", if_("bgp-conditions: {match-community-set: {community-set: R}}")},
	{"communities, not these", has(policy.NewCommunityDef("I", []policy.CommunityPattern{{Literal: red}}, true)), either(community(func(d *policy.CommunityDef, _ policy.CommunityPattern) bool { return d.Invert }), a(func(*policy.MatchPolicy) bool { return true })), from("community I;"), " match community N", if_("bgp-conditions: {match-community-set: {community-set: C, match-set-options: invert}}")},
	{"AS path, by expression", &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{Name: "A", AnyOf: []*policy.Regex{via65001}}}}, a(func(*policy.MatchASPath) bool { return true }), from("as-path A;"), " match as-path A", if_("bgp-conditions: {match-as-path-set: {as-path-set: A}}")},
	{"local preference", &policy.MatchNumber{Field: policy.LocalPref, Min: 50, Max: 50}, number(policy.LocalPref), from("local-preference 50;"), " set local-preference 50\n on-match next\nroute-map X permit 15\n match local-preference 50", if_("bgp-conditions: {local-pref-eq: 50}")},
	{"metric", &policy.MatchNumber{Field: policy.MED, Min: 5, Max: 5}, number(policy.MED), from("metric 5;"), " match metric 5", if_("bgp-conditions: {med-eq: 5}")},
	{"tag", &policy.MatchNumber{Field: policy.Tag, Min: 5, Max: 5}, number(policy.Tag), from("tag 5;"), " match tag 5", none},
	{"preference of the protocol", &policy.MatchNumber{Field: policy.Preference, Min: 5, Max: 5}, number(policy.Preference), from("preference 5;"), none, none},
	{"origin", &policy.MatchOrigin{AnyOf: []policy.Origin{policy.EGP}}, a(func(*policy.MatchOrigin) bool { return true }), from("origin egp;"), " match origin egp", if_("bgp-conditions: {origin-eq: egp}")},
	{"the neighbor it comes from", &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{netip.MustParsePrefix("10.0.0.9/32")}}, addr(policy.FromNeighbor), from("neighbor 10.0.0.9;"), " match peer 10.0.0.9", none},
	{"the neighbor it goes to", &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: []netip.Prefix{netip.MustParsePrefix("10.0.0.9/32")}}, addr(policy.ToNeighbor), "term T { to { neighbor 10.0.0.9; } then accept; } term R { then reject; }", none, if_("match-neighbor-set: {neighbor-set: N}")},
	{"next hop", &policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.MustParsePrefix("10.0.0.9/32")}}, addr(policy.OfNextHop), from("next-hop 10.0.0.9;"), " match ip next-hop address 10.0.0.9", if_("bgp-conditions: {next-hop-in-list: [10.0.0.9]}")},
	{"while a route exists", &policy.MatchCondition{Name: "K", Prefix: ten}, a(func(*policy.MatchCondition) bool { return true }), from("condition K;"), none, none},
	{"another policy, as a question", &policy.MatchPolicy{Chain: policy.Calls(sub)}, a(func(*policy.MatchPolicy) bool { return true }), from("policy SUB;"), " call SUB", none},

	{"set local preference", &policy.SetNumber{Field: policy.LocalPref, Value: 50}, sets(policy.LocalPref, policy.Set), then("local-preference 50;"), " set local-preference 50", do("set-local-pref: 50")},
	{"add to local preference", &policy.SetNumber{Field: policy.LocalPref, Arith: policy.Add, Value: 5}, sets(policy.LocalPref, policy.Add), then("local-preference add 5;"), " set local-preference 50\n on-match next\nroute-map X permit 15\n set local-preference +5", none},
	{"set metric", &policy.SetNumber{Field: policy.MED, Value: 5}, sets(policy.MED, policy.Set), then("metric 5;"), " set metric 5", do("set-med: 5")},
	{"add to metric", &policy.SetNumber{Field: policy.MED, Arith: policy.Add, Value: 5}, sets(policy.MED, policy.Add), then("metric add 5;"), " set metric +5", do(`set-med: "+5"`)},
	{"subtract from metric", &policy.SetNumber{Field: policy.MED, Arith: policy.Sub, Value: 5}, sets(policy.MED, policy.Sub), then("metric subtract 5;"), " set metric -5", do(`set-med: "-5"`)},
	{"set tag", &policy.SetNumber{Field: policy.Tag, Value: 5}, sets(policy.Tag, policy.Set), then("tag 5;"), " set tag 5", none},
	{"set preference", &policy.SetNumber{Field: policy.Preference, Value: 5}, sets(policy.Preference, policy.Set), then("preference 5;"), none, none},
	{"set origin", &policy.SetOrigin{Origin: policy.EGP}, a(func(*policy.SetOrigin) bool { return true }), then("origin egp;"), " set origin egp", do("set-route-origin: egp")},
	{"next hop: an address", &policy.SetNextHop{Addr: netip.MustParseAddr("10.0.0.9")}, hop(policy.At), then("next-hop 10.0.0.9;"), " set ip next-hop 10.0.0.9", do("set-next-hop: 10.0.0.9")},
	{"next hop: self", &policy.SetNextHop{Kind: policy.NextHopSelf}, hop(policy.NextHopSelf), then("next-hop self;"), " set ip next-hop peer-address", do("set-next-hop: self")},
	{"next hop: the peer", &policy.SetNextHop{Kind: policy.NextHopPeer}, hop(policy.NextHopPeer), then("next-hop peer-address;"), " set ip next-hop peer-address", do("set-next-hop: peer-address")},
	{"next hop: discard", &policy.SetNextHop{Kind: policy.NextHopDrop}, hop(policy.NextHopDrop), then("next-hop discard;"), none, none},
	{"add communities", &policy.SetCommunity{Op: policy.CommunityAdd, Def: one(red)}, does(policy.CommunityAdd), then("community add C;"), " set community 64500:1 additive", do("set-community: {options: add, set-community-method: {communities-list: [\"64500:1\"]}}")},
	{"delete communities", &policy.SetCommunity{Op: policy.CommunityDelete, Def: one(red)}, does(policy.CommunityDelete), then("community delete C;"), " set comm-list C delete", do("set-community: {options: remove, set-community-method: {communities-list: [\"64500:1\"]}}")},
	{"replace communities", &policy.SetCommunity{Op: policy.CommunitySetTo, Def: one(red)}, a(func(s *policy.SetCommunity) bool { return s.Op != policy.CommunityAdd || s.Def.Name != "no-export" }), then("community set C;"), " set community 64500:1", do("set-community: {options: replace, set-community-method: {communities-list: [\"64500:1\"]}}")},
	{"prepend AS numbers", &policy.Prepend{ASNs: []uint32{65000, 65000}}, a(func(*policy.Prepend) bool { return true }), then(`as-path-prepend "65000 65000";`), " set as-path prepend 65000 65000", do("set-as-path-prepend: {as: 65000, repeat-n: 2}")},
	{"repeat the last AS", &policy.Expand{Count: 2}, a(func(*policy.Expand) bool { return true }), then("as-path-expand last-as count 2;"), " set as-path prepend last-as 2", do("set-as-path-prepend: {as: last-as, repeat-n: 2}")},

	{"go on to the next term", &policy.Term{Name: "T", From: []policy.Match{has(one(red))}, Flow: policy.NextTerm}, a(func(t *policy.Term) bool {
		return t.Name != "FRR" && t.Flow == policy.NextTerm && len(t.From) > 0 && strings.Contains(t.From[0].String(), "C")
	}),
		"term T { from community C; then next term; } term R { then reject; }", " match community C\n on-match next", "conditions: {bgp-conditions: {match-community-set: {community-set: C}}}"},
	{"pass terms over", &policy.Term{Name: "T", From: []policy.Match{has(one(red))}, Flow: policy.NextTerm, Skip: 1}, a(func(t *policy.Term) bool { return t.Skip > 0 }), none, " match community C\n on-match goto 25\nroute-map X permit 25", none},
	{"go on to the next policy", &policy.Term{Name: "T", From: []policy.Match{has(one(red))}, Flow: policy.NextPolicy}, a(func(t *policy.Term) bool { return t.Flow == policy.NextPolicy }), "term T { from community C; then next policy; } term R { then reject; }", none, none},
	{"another default", &policy.Term{Name: "T", From: []policy.Match{has(one(red))}, Default: policy.Reject}, a(func(t *policy.Term) bool { return t.Default != policy.Next }), "term T { from community C; then default-action reject; }", none, none},
	{"policies, with && and \\|\\| and !", policy.Expr{Op: policy.And, Args: []policy.Expr{{Policy: sub}, {Op: policy.Not, Args: []policy.Expr{{Policy: sub}}}}}, a(func(e policy.Expr) bool { return e.Op == policy.And }), "( X && !SUB )", none, none},
}

// Every match and action of the model has a row.
func TestConstructsAreAll(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, c := range constructs {
		if x := reflect.TypeOf(c.sample); x.Kind() == reflect.Pointer {
			said[x.Elem().Name()] = true
		}
	}
	files, err := filepath.Glob("policy/*.go")
	require.NoError(t, err)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || m.Name.Name != "matches" && m.Name.Name != "apply" {
				continue
			}
			if star, ok := m.Recv.List[0].Type.(*ast.StarExpr); ok {
				require.True(t, said[star.X.(*ast.Ident).Name], "the table has a row for %s", star.X.(*ast.Ident).Name)
			}
		}
	}
}
