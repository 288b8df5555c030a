package junos

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// readError returns what is wrong with the text.
// readError returns what keeps a router's text, or one of its sessions, from being read.
func readError(t *testing.T, text string) error {
	t.Helper()
	parsed, err := conf.Parse("router.conf", []byte(text))
	require.NoError(t, err)
	c, err := Read(parsed)
	if err != nil {
		return err
	}
	return c.Problems().Err()
}

// A policy of OSPF that closlab cannot read does not stop a router whose BGP sessions run others.
const mixed = `
policy-options {
	policy-statement TO-OSPF { term 1 { from area 0.0.0.1; then { metric2 5; accept; } } }
	policy-statement ALSO-TO-OSPF { from policy TO-OSPF; then accept; }
	policy-statement OUT { from community C; then accept; }
	community C members 64500:1;
	community BROKEN members 70000:1;
}
protocols { bgp { group G { export OUT; neighbor 10.0.0.0; } } ospf { export [ TO-OSPF ALSO-TO-OSPF ]; } }`

func TestUnreadPolicyStopsWhoRunsIt(t *testing.T) {
	t.Parallel()
	c := read(t, mixed)
	_, ok := c.Policy("TO-OSPF")
	require.False(t, ok)
	require.Len(t, c.Policies, 1, "who walks the policies meets no half-read one")
	_, err := c.Chain("OUT")
	require.NoError(t, err)
	const why = "router.conf:3: policy TO-OSPF term 1: then metric2 5 is not modelled and could change a route: rewrite the term without it"
	for _, name := range []string{"TO-OSPF", "ALSO-TO-OSPF", "( OUT && !ALSO-TO-OSPF )"} {
		_, err = c.Chain(name)
		require.EqualError(t, err, why, name)
	}
	var warnings []string
	for _, f := range c.Lint() {
		if f.Rule == "unread" {
			warnings = append(warnings, f.String())
		}
	}
	require.Equal(t, []string{
		"router.conf:3: warning: policy TO-OSPF term 1: then metric2 5 is not modelled and could change a route: rewrite the term without it (unread)",
		"router.conf:4: warning: policy-statement ALSO-TO-OSPF: it uses policy-statement TO-OSPF, which cannot be read (unread)",
		`router.conf:7: warning: community BROKEN: community "70000:1": want as:value, target:as:value or large:as:x:y (unread)`,
	}, warnings)
}

// What holds for all policies has no name by which one could ask for it.
func TestDefaultsOfAllPolicies(t *testing.T) {
	t.Parallel()
	c := read(t, `policy-options { defaults { route-filter no-walkup; } }`+mixed)
	require.Len(t, c.Policies, 1)
	err := readError(t, `policy-options { defaults { route-filter walkup; } }`+mixed)
	require.EqualError(t, err, "router.conf:1: policy-options defaults route-filter walkup is not modelled and could change what every policy matches")
}

// What a session runs must be read, through whatever calls and lists it comes.
func TestUnreadPolicyOfASession(t *testing.T) {
	t.Parallel()
	err := readError(t, mixed+"protocols { bgp { group H { import ALSO-TO-OSPF; neighbor 10.0.0.2; } } }")
	require.ErrorContains(t, err, "router.conf:3: policy TO-OSPF term 1: then metric2 5 is not modelled")
	err = readError(t, mixed+"policy-options { policy-statement OUT { term 2 { from community BROKEN; } } }")
	require.ErrorContains(t, err, "router.conf:7: community BROKEN")
}

// Sessions that carry nothing but other families are not read, and nobody can bind to them by mistake.
func TestForeignSessions(t *testing.T) {
	t.Parallel()
	c := read(t, `
policy-options { policy-statement EVPN-OUT { then { tunnel-attribute set T; accept; } } }
protocols { bgp {
	group OVERLAY { type external; multihop no-nexthop-change; family evpn signaling; export EVPN-OUT; as-override; neighbor 192.0.2.1; }
	group BY-NEIGHBOR { export EVPN-OUT; neighbor 192.0.2.2 { family inet-vpn unicast; } neighbor 192.0.2.3 { family inet labeled-unicast; } }
	group BOTH { neighbor 192.0.2.4 { family inet unicast; family evpn signaling; } }
} }`)
	require.Equal(t, []string{"evpn signaling"}, c.Groups[0].Families)
	require.Equal(t, []string{"inet labeled-unicast", "inet-vpn unicast"}, c.Groups[1].Families)
	require.Equal(t, []string{"inet unicast", "evpn signaling"}, c.Groups[2].Neighbors[0].Families)
	require.ErrorContains(t, readError(t, "protocols { bgp { group G { family evpn signaling; as-override; neighbor 192.0.2.1 { family inet unicast; } } } }"),
		"as-override is not modelled")
	require.ErrorContains(t, readError(t, "protocols { bgp { path-selection always-compare-med; } }"), "path-selection is not modelled")
	require.ErrorContains(t, readError(t, "protocols { bgp { group G { multihop { ttl 2; no-nexthop-change; } } } }"), "no-nexthop-change")
}

// Routers take a condition as true on import, whatever the table holds.
func TestConditionOnImport(t *testing.T) {
	t.Parallel()
	c := read(t, "policy-options { policy-statement A { from condition C; then reject; } condition C { if-route-exists { 10.0.0.0/8; } } } protocols { bgp { group G { export A; } } }")
	_, err := c.Chain("A")
	require.NoError(t, err)
	_, err = c.ImportChain("A")
	require.ErrorContains(t, err, "import: policy A, or one that it calls, matches a condition")
	_, err = c.ImportChain("( B )")
	require.ErrorContains(t, err, "policy-statement B is not defined")
	err = readError(t, "policy-options { policy-statement A { from policy B; then accept; } policy-statement B { from condition C; then reject; } "+
		"condition C { if-route-exists { 10.0.0.0/8; } } } protocols { bgp { group G { import ( A || A ); } } }")
	require.ErrorContains(t, err, "import: policy A, or one that it calls, matches a condition")
}

// Conditions on what no route of the model has hold for none of them, and the terms with them are no findings.
func TestConditionsOfOtherRoutes(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"family evpn", "rib inet.3", "rib bgp.l3vpn.0", "instance VRF-A", "protocol l-isis", "area 0.0.0.0", "level 2",
		"external type 1", "route-distinguisher RD", "nlri-route-type 5"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			c := read(t, "policy-options { policy-statement A { term 1 { from "+from+"; then reject; } term 2 { from protocol bgp; then accept; } } }")
			require.Equal(t, "2", termName(export(t, c, bgp("10.0.0.0/8"), "A")))
			for _, f := range c.Lint() {
				require.NotEqual(t, "unreachable-term", f.Rule)
			}
			require.NotEmpty(t, c.Passed)
		})
	}
	for _, all := range []string{"from instance master", "to protocol bgp", "to instance master", "from protocol [ l-isis bgp ]"} {
		c := read(t, "policy-options { policy-statement A { term 1 { "+all+"; then accept; } then reject; } }")
		require.Equal(t, "1", termName(export(t, c, bgp("10.0.0.0/8"), "A")), all)
	}
}

// The direct and local routes of an interface are those of its addresses in the same text.
func TestFromInterface(t *testing.T) {
	t.Parallel()
	const interfaces = `interfaces { lo0 { unit 0 { family inet { address 192.0.2.1/32; } family inet6 { address 2001:db8::1/128; } } }
		ge-0/0/0 { unit 5 { family inet { address 10.0.0.1/24; } } } } `
	own := func(prefix string, p policy.Protocol) policy.Route {
		return policy.Route{Prefix: netip.MustParsePrefix(prefix), Protocol: p}
	}
	for from, accepted := range map[string][]policy.Route{
		"interface lo0.0": {own("192.0.2.1/32", policy.Direct), own("2001:db8::1/128", policy.Local)},
		"interface [ lo0.0 ge-0/0/0.5 ]; protocol direct": {own("192.0.2.1/32", policy.Direct), own("10.0.0.0/24", policy.Direct)},
		"protocol [ direct local ]; interface ge-0/0/0.5": {own("10.0.0.0/24", policy.Direct), own("10.0.0.1/32", policy.Local)},
	} {
		c := read(t, interfaces+"policy-options { policy-statement A { term 1 { from { "+from+"; } then accept; } then reject; } }")
		for _, r := range accepted {
			require.Equal(t, policy.Accept, export(t, c, r, "A").Decision, "%s: %s", from, r)
		}
		for _, r := range []policy.Route{own("192.0.2.2/32", policy.Direct), own("10.0.0.0/24", policy.Static), bgp("192.0.2.1/32"), own("10.0.0.1/32", policy.Direct)} {
			require.Equal(t, policy.Reject, export(t, c, r, "A").Decision, "%s: %s", from, r)
		}
	}
	for from, want := range map[string]string{
		"interface ge-0/0/0.5":                  "closlab does not know which routes come over it",
		"interface ge-0/0/0.5; protocol bgp":    "closlab does not know which routes come over it",
		"interface ge-0/0/1.0; protocol direct": "its addresses are not in this text",
	} {
		_, err := read(t, interfaces+"policy-options { policy-statement A { term 1 { from { "+from+"; } then accept; } } }").Chain("A")
		require.ErrorContains(t, err, want, from)
	}
}

// A malformed expression is no chain that anybody could hold: Junos does not take it.
func TestMalformedExpression(t *testing.T) {
	t.Parallel()
	parsed, err := conf.Parse("router.conf", []byte("policy-options { policy-statement A { then accept; } } protocols { bgp { group G { export \"( A &&\"; neighbor 10.0.0.1; } } }"))
	require.NoError(t, err)
	_, err = Read(parsed)
	require.ErrorContains(t, err, "policy expression")
}
