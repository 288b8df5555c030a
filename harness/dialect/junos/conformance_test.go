package junos

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// read returns what the text means; it must have no problem.
func read(t testing.TB, text string) *Config {
	t.Helper()
	parsed, err := conf.Parse("router.conf", []byte(text))
	require.NoError(t, err)
	c, err := Read(parsed)
	require.NoError(t, err)
	return c
}

func readFile(t testing.TB, name string) *Config {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return read(t, string(text))
}

// bgp returns a BGP route learned from another AS.
func bgp(prefix string, communities ...policy.Community) policy.Route {
	return policy.Route{
		Prefix: netip.MustParsePrefix(prefix), External: true, LocalPref: 100, ASPath: []uint32{65201},
		NextHop: netip.MustParseAddr("10.0.0.0"), Neighbor: netip.MustParseAddr("10.0.0.0"), Communities: policy.CommunitySet(communities...),
	}
}

// with returns the route after an edit.
func with(r policy.Route, edit func(*policy.Route)) policy.Route {
	edit(&r)
	return r
}

func export(t testing.TB, c *Config, r policy.Route, chain ...string) policy.Result {
	t.Helper()
	bound, err := c.Chain(chain...)
	require.NoError(t, err)
	return policy.Apply(bound, r, policy.Env{Direction: policy.Export, Peer: netip.MustParseAddr("192.0.2.99")})
}

func termName(res policy.Result) string {
	if res.Term == nil {
		return ""
	}
	return res.Term.Name
}

var (
	staticRoute = policy.Std(64500, 1)
	siteLocal   = policy.Std(64500, 2)
	europe      = policy.Std(64500, 3)
	ams07       = policy.Std(64500, 1007)
	tll01       = policy.Std(64500, 1001)
)

// The change of 2022-06-21 on a spine: four communities more, and the site-local terms behind the reject.
func TestAggregatesOut(t *testing.T) {
	t.Parallel()
	before, after := readFile(t, "aggregates-out.conf"), readFile(t, "aggregates-out-2022-06-21.conf")
	text, err := os.ReadFile("testdata/aggregates-out-2022-06-21.conf")
	require.NoError(t, err)
	open := read(t, strings.Replace(string(text), "then reject;\n        }\n        term 4-ADV-SITE", "then next term;\n        }\n        term 4-ADV-SITE", 1))
	for _, x := range []struct {
		story    string
		config   *Config
		route    policy.Route
		decision policy.Decision
		term     string
		carries  policy.Communities
	}{
		{"1 before, a site-local leaves without NO-EXPORT", before, bgp("198.18.10.0/24", policy.NoExport), policy.Accept, "4-ADV-SITE-LOCALS", nil},
		{"1 and keeps what else it carries", before, bgp("2001:db8:10::/48", policy.NoExport, europe), policy.Accept, "6-ADV-SITE-LOCALS", policy.CommunitySet(europe)},
		{"2 after, the reject takes it first", after, bgp("198.18.10.0/24", policy.NoExport), policy.Reject, "REJECT-THE-REST", policy.CommunitySet(policy.NoExport)},
		{"2 for IPv6 too", after, bgp("2001:db8:10::/48"), policy.Reject, "REJECT-THE-REST", nil},
		{"3 after, anycast stays advertised", after, bgp("192.0.2.0/25"), policy.Accept, "ADV-DNS", nil},
		{"4 after, without the reject it would have been harmless", open, bgp("198.18.10.0/24", policy.NoExport), policy.Accept, "4-ADV-SITE-LOCALS",
			policy.CommunitySet(staticRoute, siteLocal, ams07, europe)},
		{"11 a disabled prefix is rejected before", before, bgp("2001:db8:dead::/48"), policy.Reject, "6-DISABLED_PREFIXES", nil},
		{"11 and after", after, bgp("2001:db8:dead::/48"), policy.Reject, "6-DISABLED_PREFIXES", nil},
	} {
		t.Run(x.story, func(t *testing.T) {
			got := export(t, x.config, x.route, "AGGREGATES-OUT")
			require.Equal(t, x.decision, got.Decision)
			require.Equal(t, x.term, termName(got))
			require.ElementsMatch(t, x.carries, got.Route.Communities)
		})
	}
}

// The same change on a router of the older architecture only adds information.
func TestTransitOut(t *testing.T) {
	t.Parallel()
	c := readFile(t, "transit-out-2022-06-21.conf")
	got := export(t, c, bgp("198.18.10.0/24"), "4-COGENT-TRANSIT-OUT")
	require.Equal(t, policy.Accept, got.Decision)
	require.Equal(t, policy.CommunitySet(staticRoute, siteLocal, tll01, europe), got.Route.Communities)
	require.Equal(t, policy.Accept, export(t, c, bgp("198.51.100.0/26"), "4-COGENT-TRANSIT-OUT").Decision)
	require.Equal(t, policy.Reject, export(t, c, bgp("203.0.113.0/24"), "4-COGENT-TRANSIT-OUT").Decision)
}

// What Junos decides, from the text of a policy to the route that leaves.
func TestConformance(t *testing.T) {
	t.Parallel()
	ibgp := with(bgp("10.1.0.0/16"), func(r *policy.Route) { r.External = false })
	static := with(bgp("10.1.0.0/16"), func(r *policy.Route) { r.Protocol, r.External, r.Neighbor = policy.Static, false, netip.Addr{} })
	v6 := bgp("2001:db8:1::/48")
	for _, x := range []struct {
		story    string
		text     string // the body of policy-options; the chain is A, then B if it is there
		route    policy.Route
		decision policy.Decision
		term     string
		check    func(*testing.T, policy.Route)
	}{
		{"5 without a match BGP exports what it learned", `policy-statement A { term x { from { route-filter 10.9.0.0/16 exact; } then reject; } }`,
			bgp("10.1.0.0/16"), policy.Accept, "", nil},
		{"5 and nothing else", `policy-statement A { term x { from { route-filter 10.9.0.0/16 exact; } then reject; } }`, static, policy.Reject, "", nil},
		{"6 the longest route filter decides alone", `policy-statement A { term x { from { route-filter 192.168.0.0/16 orlonger; route-filter 192.168.254.0/23 exact; } then reject; } }`,
			bgp("192.168.254.0/24"), policy.Accept, "", nil},
		{"6 and its neighbour is free", `policy-statement A { term x { from { route-filter 192.168.0.0/16 orlonger; route-filter 192.168.254.0/23 exact; } then reject; } }`,
			bgp("192.168.1.0/24"), policy.Reject, "x", nil},
		{"7 a term that lost its from takes everything (2020)", `policy-statement A { term 6-SITE-LOCAL { from { inactive: prefix-list SL; } then { local-preference 200; accept; } } then reject; } prefix-list SL { 10.9.0.0/16; }`,
			bgp("10.1.0.0/16"), policy.Accept, "6-SITE-LOCAL", func(t *testing.T, r policy.Route) { require.EqualValues(t, 200, r.LocalPref) }},
		{"8 route-type internal takes iBGP (2026)", `policy-statement A { term x { from route-type internal; then accept; } then reject; }`, ibgp, policy.Accept, "x", nil},
		{"8 and not eBGP", `policy-statement A { term x { from route-type internal; then accept; } then reject; }`, bgp("10.1.0.0/16"), policy.Reject, "", nil},
		{"9 communities are a set", `policy-statement A { then { community add C; community add C; community add D; community delete W; accept; } }
			community C members 64500:1; community D members [ 64501:1 64501:2 ]; community W members "^64501:.*$";`,
			bgp("10.1.0.0/16", policy.Std(64501, 9)), policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, policy.CommunitySet(staticRoute), r.Communities) }},
		{"9 the order of the actions counts", `policy-statement A { then { community delete W; community add C; accept; } } community C members 64500:1; community W members *:*;`,
			bgp("10.1.0.0/16", europe), policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, policy.CommunitySet(staticRoute), r.Communities) }},
		{"9 set replaces all", `policy-statement A { then { community set C; accept; } } community C members [ 64500:1 large:64500:1:2 ];`,
			bgp("10.1.0.0/16", europe), policy.Accept, "", func(t *testing.T, r policy.Route) { require.Len(t, r.Communities, 2) }},
		{"10 next policy leaves the rest of the policy out and keeps its change", `policy-statement A { term 1 { then { community add C; next policy; } } term 2 { then reject; } }
			policy-statement B { term ok { then accept; } } community C members 64500:1;`,
			bgp("10.1.0.0/16"), policy.Accept, "ok", func(t *testing.T, r policy.Route) { require.Equal(t, policy.CommunitySet(staticRoute), r.Communities) }},
		{"next term overrides accept", `policy-statement A { term 1 { then { accept; next term; } } term 2 { then reject; } }`, v6, policy.Reject, "2", nil},
		{"an action behind accept still counts", `policy-statement A { term 1 { then { accept; metric 5; } } }`, v6, policy.Accept, "1", func(t *testing.T, r policy.Route) { require.EqualValues(t, 5, r.MED) }},
		{"default-action decides at the end", `policy-statement A { term 1 { then { default-action reject; } } }`, v6, policy.Reject, "", nil},
		{"the unnamed term comes last wherever it stands", `policy-statement A { then reject; term 1 { from family inet6; then accept; } }`, v6, policy.Accept, "1", nil},
		{"kinds are ANDed", `policy-statement A { term 1 { from { protocol bgp; tag 7; } then reject; } }`, v6, policy.Accept, "", nil},
		{"values of a kind are ORed", `policy-statement A { term 1 { from { tag [ 5 7 ]; } then reject; } }`, with(v6, func(r *policy.Route) { r.Tag = 7 }), policy.Reject, "1", nil},
		{"a prefix list and a route filter are ORed", `policy-statement A { term 1 { from { prefix-list P; route-filter 10.1.0.0/16 exact; } then reject; } } prefix-list P { 10.2.0.0/16; }`,
			bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"an empty prefix list matches nothing", `policy-statement A { term 1 { from { prefix-list P; } then reject; } } prefix-list P;`, v6, policy.Accept, "", nil},
		{"members of a community are ANDed", `policy-statement A { term 1 { from community C; then reject; } } community C members [ 64500:1 64500:2 ];`,
			bgp("10.1.0.0/16", staticRoute), policy.Accept, "", nil},
		{"names of communities are ORed", `policy-statement A { term 1 { from community [ C D ]; then reject; } } community C members 64500:1; community D members 64500:2;`,
			bgp("10.1.0.0/16", siteLocal), policy.Reject, "1", nil},
		{"invert-match", `policy-statement A { term 1 { from community C; then reject; } } community C { invert-match; members 64500:1; }`, bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"later terms see what earlier ones changed", `policy-statement A { term 1 { then { tag 9; } } term 2 { from tag 9; then reject; } }`, v6, policy.Reject, "2", nil},
		{"a route filter's own action runs at once", `policy-statement A { term 1 { from { route-filter 10.0.0.0/8 orlonger; route-filter 10.1.0.0/16 exact { metric 7; accept; } } then reject; } }`,
			bgp("10.1.0.0/16"), policy.Accept, "1", func(t *testing.T, r policy.Route) { require.EqualValues(t, 7, r.MED) }},
		{"and only for its routes", `policy-statement A { term 1 { from { route-filter 10.0.0.0/8 orlonger; route-filter 10.1.0.0/16 exact accept; } then reject; } }`,
			bgp("10.2.0.0/16"), policy.Reject, "1", nil},
		{"then is skipped when the own action ends nothing", `policy-statement A { term 1 { from { route-filter 10.1.0.0/16 exact metric 7; } then reject; } }`,
			bgp("10.1.0.0/16"), policy.Accept, "", func(t *testing.T, r policy.Route) { require.EqualValues(t, 7, r.MED) }},
		{"of filters with one prefix the first that matches decides", `policy-statement A { term 1 { from { route-filter 0.0.0.0/0 exact reject; route-filter 0.0.0.0/0 upto /16; } then accept; } then reject; }`,
			bgp("0.0.0.0/0"), policy.Reject, "1", nil},
		{"and the second on what is left", `policy-statement A { term 1 { from { route-filter 0.0.0.0/0 exact reject; route-filter 0.0.0.0/0 upto /16; } then accept; } then reject; }`,
			bgp("10.1.0.0/16"), policy.Accept, "1", nil},
		{"the other conditions hold for own actions too", `policy-statement A { term 1 { from { protocol static; route-filter 10.1.0.0/16 exact reject; } } }`, bgp("10.1.0.0/16"), policy.Accept, "", nil},
		{"of filters with one prefix each has its say", `policy-statement A { term 1 { from { route-filter 10.0.0.0/8 exact; route-filter 10.0.0.0/8 longer; } then reject; } }`,
			bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"a list filter beside lists and route filters", `policy-statement A { term 1 { from { prefix-list P; prefix-list-filter Q longer; route-filter 10.9.0.0/16 exact; } then reject; } } prefix-list P { 10.2.0.0/16; } prefix-list Q { 10.0.0.0/12; }`,
			bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"a longer filter does not take the prefix itself", `policy-statement A { term 1 { from { prefix-list-filter Q longer; } then reject; } } prefix-list Q { 10.1.0.0/16; }`,
			bgp("10.1.0.0/16"), policy.Accept, "", nil},
		{"host bits of a prefix do not count", `policy-statement A { term 1 { from { route-filter 10.1.2.3/16 exact; } then reject; } }`, bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"of two values where one has room the last stays", `policy-statement A { term 1 { from { family inet6; family inet; metric 5; metric 0; } then reject; } }`,
			bgp("10.1.0.0/16"), policy.Reject, "1", nil},
		{"later policies see what earlier ones changed", `policy-statement A { then { local-preference 250; } } policy-statement B { term 1 { from local-preference 250; then reject; } }`,
			v6, policy.Reject, "1", nil},
		{"next policy overrides accept", `policy-statement A { term 1 { then { next policy; accept; } } } policy-statement B { then reject; }`, v6, policy.Reject, "", nil},
		{"accept overrides default-action", `policy-statement A { then { default-action reject; accept; } }`, v6, policy.Accept, "", nil},
		{"the last of accept and reject stays", `policy-statement A { then { accept; community add C; reject; } } community C members 64500:1;`, v6, policy.Reject, "", nil},
		{"no space is needed between terms of a path", `policy-statement A { term 1 { from as-path P; then reject; } } as-path P .*65201;`, v6, policy.Reject, "1", nil},
		{"and a number is never part of one", `policy-statement A { term 1 { from as-path P; then reject; } } as-path P .*201;`, v6, policy.Accept, "", nil},
		{"a route filter list", `route-filter-list L { 10.0.0.0/8 orlonger reject; 10.1.0.0/16 exact; } policy-statement A { term 1 { from { route-filter-list L; } then accept; } then reject; }`,
			bgp("10.1.0.0/16"), policy.Accept, "1", nil},
		{"a subroutine", `policy-statement SUB { term 1 { from family inet6; then reject; } } policy-statement A { term 1 { from policy SUB; then accept; } then reject; }`, v6, policy.Reject, "", nil},
		{"a subroutine that decides nothing has the default decide", `policy-statement SUB { term 1 { then { metric 3; } } } policy-statement A { term 1 { from policy SUB; then reject; } }`, v6, policy.Reject, "1", nil},
		{"an expression as subroutine", `policy-statement S { then reject; } policy-statement T { then accept; } policy-statement A { term 1 { from policy ( !S && T ); then reject; } }`, v6, policy.Reject, "1", nil},
		{"prepend", `policy-statement A { then { as-path-prepend "65000 65000"; accept; } }`, v6, policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, []uint32{65000, 65000, 65201}, r.ASPath) }},
		{"expand", `policy-statement A { then { as-path-expand last-as count 2; accept; } }`, v6, policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, []uint32{65201, 65201, 65201}, r.ASPath) }},
		{"prepend runs before expand wherever they stand", `policy-statement A { then { as-path-expand last-as count 2; as-path-prepend "65010 1.2"; accept; } }`, v6, policy.Accept, "",
			func(t *testing.T, r policy.Route) {
				require.Equal(t, []uint32{65010, 65010, 65010, 65538, 65201}, r.ASPath)
			}},
		{"the last of two prepends stays", `policy-statement A { then { as-path-prepend 65010; as-path-prepend 65020; accept; } }`, v6, policy.Accept, "",
			func(t *testing.T, r policy.Route) { require.Equal(t, []uint32{65020, 65201}, r.ASPath) }},
		{"a number that is set and added to is only added to", `policy-statement A { then { local-preference 300; local-preference add 50; accept; } }`, v6, policy.Accept, "",
			func(t *testing.T, r policy.Route) { require.EqualValues(t, 150, r.LocalPref) }},
		{"any community is any of any kind", `policy-statement A { then { community delete ALL; accept; } } community ALL members .*:.*;`,
			bgp("10.1.0.0/16", europe, policy.NoExport, policy.Community{Kind: policy.Large, A: 1}, policy.Community{Kind: policy.Extended, A: 2}), policy.Accept, "",
			func(t *testing.T, r policy.Route) { require.Empty(t, r.Communities) }},
		{"and in from too", `policy-statement A { term 1 { from community ALL; then reject; } } community ALL members *:*;`,
			bgp("10.1.0.0/16", policy.Community{Kind: policy.Large, A: 1}), policy.Reject, "1", nil},
		{"plain members are added, expressions are not", `policy-statement A { then { community add C; accept; } } community C members [ 64500:1 "^64501:.*$" ];`,
			v6, policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, policy.CommunitySet(staticRoute), r.Communities) }},
		{"the length of the path", `policy-statement A { term 1 { from as-path-calc-length 2 orhigher; then reject; } term 2 { from as-path-calc-length 1 equal; then accept; } }`,
			v6, policy.Accept, "2", nil},
		{"a path at most as long", `policy-statement A { term 1 { from as-path-calc-length 0 orlower; then reject; } }`, v6, policy.Accept, "", nil},
		{"apply-path takes what is a prefix", `prefix-list P { apply-path "policy-options community <*> members <*>"; } community C members 64500:1; policy-statement A { term 1 { from { prefix-list P; } then reject; } }`,
			v6, policy.Accept, "", nil},
		{"numbers", `policy-statement A { then { local-preference add 5; metric add 5; tag 3; preference 170; origin egp; next-hop self; accept; } }`, v6, policy.Accept, "", func(t *testing.T, r policy.Route) {
			require.Equal(t, "2001:db8:1::/48 bgp external as-path 65201 origin egp local-preference 105 metric 5 tag 3 next-hop self from 10.0.0.0", r.String())
		}},
		{"signs for community actions", `policy-statement A { then { community = C; community + D; community - C; accept; } } community C members 64500:1; community D members 64500:2;`,
			v6, policy.Accept, "", func(t *testing.T, r policy.Route) { require.Equal(t, policy.CommunitySet(siteLocal), r.Communities) }},
		{"addresses", `policy-statement A { term 1 { from { neighbor [ 10.0.0.9 10.0.0.0 ]; next-hop 10.0.0.0; } to neighbor 192.0.2.99; then reject; } }`, v6, policy.Reject, "1", nil},
		{"other attributes", `policy-statement A { term 1 { from { origin igp; local-preference 100; metric 0; rib inet6.0; as-path P; } then reject; } } as-path P "^65201$";`, v6, policy.Reject, "1", nil},
		{"an as-path group", `policy-statement A { term 1 { from as-path-group G; then reject; } } as-path-group G { as-path X "1 .*"; as-path Y "65200-65299"; }`, v6, policy.Reject, "1", nil},
		{"a condition that does not hold", `policy-statement A { term 1 { from condition C; then reject; } } condition C { if-route-exists { 10.0.0.0/8; table inet.0; } }`, v6, policy.Accept, "", nil},
	} {
		t.Run(x.story, func(t *testing.T) {
			t.Parallel()
			c := read(t, "policy-options { "+x.text+" }")
			chain := []string{"A"}
			if _, ok := c.Policy("B"); ok {
				chain = append(chain, "B")
			}
			got := export(t, c, x.route, chain...)
			require.Equal(t, x.decision, got.Decision)
			require.Equal(t, x.term, termName(got))
			if x.check != nil {
				x.check(t, got.Route)
			}
		})
	}
}

// Each match type of a route filter, against the same ten routes.
func TestRouteFilterTypes(t *testing.T) {
	t.Parallel()
	routes := strings.Fields("0.0.0.0/0 10.0.0.1/32 192.168.0.0/16 192.168.0.0/17 192.168.16.0/20 192.168.4.0/24 192.168.7.0/24 192.168.5.4/30 192.169.0.0/16 2001:db8:1::/48")
	for filter, want := range map[string]string{
		"192.168/16 exact":                           "192.168.0.0/16",
		"192.168.0.0/16 longer":                      "192.168.0.0/17 192.168.16.0/20 192.168.4.0/24 192.168.7.0/24 192.168.5.4/30",
		"192.168.0.0/16 orlonger":                    "192.168.0.0/16 192.168.0.0/17 192.168.16.0/20 192.168.4.0/24 192.168.7.0/24 192.168.5.4/30",
		"192.168.0.0/16 upto /24":                    "192.168.0.0/16 192.168.0.0/17 192.168.16.0/20 192.168.4.0/24 192.168.7.0/24",
		"192.168.0.0/16 prefix-length-range /18-/24": "192.168.16.0/20 192.168.4.0/24 192.168.7.0/24",
		"192.168.0.0/16 through 192.168.16.0/20":     "192.168.0.0/16 192.168.0.0/17 192.168.16.0/20",
		"192.168.4.0/24 address-mask 255.255.0.255":  "192.168.4.0/24 192.168.7.0/24",
		"192.1.2.3/16 address-mask 255.0.255.0":      "192.168.0.0/16 192.169.0.0/16", // bits behind the length count as zero
		"2001::1/16 through 2001:db8:1::2/48":        "2001:db8:1::/48",
		"2001:db8::/32 prefix-length-range /48-/48":  "2001:db8:1::/48",
		"0.0.0.0/0 exact":                            "0.0.0.0/0",
		"10.0.0.1 exact":                             "10.0.0.1/32",
		"10.0.0.1 longer":                            "",
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			c := read(t, "policy-options { policy-statement A { term 1 { from { route-filter "+filter+"; } then accept; } then reject; } }")
			var got []string
			for _, p := range routes {
				if export(t, c, bgp(p), "A").Decision == policy.Accept {
					got = append(got, p)
				}
			}
			require.Equal(t, want, strings.Join(got, " "))
		})
	}
}
