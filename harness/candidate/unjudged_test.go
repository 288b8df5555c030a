package candidate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnjudged(t *testing.T) {
	t.Parallel()
	b := baseline(t, mcp)
	const judged = "" // nothing to report
	for name, test := range map[string]struct{ patch, want string }{
		"a static route":               {"set routing-options static route 198.18.10.0/24 discard", "routing-options static"},
		"the router's own AS":          {"set routing-options autonomous-system 65100", "routing-options autonomous-system"},
		"another protocol":             {"set protocols ospf area 0 interface lo0", "protocols ospf"},
		"a routing instance":           {"set routing-instances vrf1 instance-type vrf", "routing-instances vrf1"},
		"a key, without the key":       {"set protocols bgp group LEAVES authentication-key secret", "protocols bgp authentication-key"},
		"a timer of all groups":        {"set protocols bgp hold-time 30", "protocols bgp hold-time"},
		"a cluster":                    {"set protocols bgp group LEAVES cluster 1.2.3.4", "protocols bgp cluster"},
		"a group of nobody":            {"set protocols bgp group OTHER neighbor 192.0.2.1 peer-as 1", "BGP group OTHER, which no session of the fabric runs,"},
		"a neighbor of nobody":         {"set protocols bgp group LEAVES neighbor 192.0.2.1 peer-as 1", "BGP neighbor 192.0.2.1, which is none of the fabric's,"},
		"a neighbor of other routers":  {"set protocols bgp group LEAVES neighbor 100.64.0.39 peer-as 65201", "BGP neighbor 100.64.0.39, which is none of the fabric's,"},
		"a policy that nobody runs":    {"set policy-options policy-statement SPARE then reject", "policy-statement SPARE, which no session of the fabric runs,"},
		"a limit of prefixes":          {"set protocols bgp group LEAVES family inet unicast prefix-limit maximum 10\nset protocols bgp group LEAVES family inet6 unicast", "protocols bgp family inet unicast prefix-limit"},
		"a policy for the forwarding":  {"set policy-options policy-statement BALANCE then load-balance per-packet\nset routing-options forwarding-table export BALANCE", "routing-options forwarding-table"},
		"an action on forwarding":      {"set policy-options policy-statement AGGREGATES-OUT term ADV-DNS then install-nexthop lsp x", "policy AGGREGATES-OUT term ADV-DNS: then install-nexthop lsp x"},
		"what closlab has no name for": {"set policy-options prefix-lists SPARE 10.0.0.0/8", "policy-options prefix-lists"},
		"neighbors of any group":       {"set groups G protocols bgp group <*> neighbor <*> hold-time 30\nset apply-groups G\n" + swap, judged},
		"a description":                {"set protocols bgp group LEAVES description ours\n" + swap, judged},
		"another order of groups":      {"insert protocols bgp group LEAVES before group EDGES\n" + swap, judged},
		"a list and a community":       {"set policy-options prefix-list SPARE 10.0.0.0/8\nset policy-options community SPARE members 1:1", judged},
		"a policy that comes into use": {"set policy-options policy-statement NEW then accept\nset protocols bgp group LEAVES export NEW", judged},
		"a policy that goes":           {"delete policy-options policy-statement DEFAULT-ONLY\nset protocols bgp group EDGES import SPINE-IN\ndelete protocols bgp group EDGES import DEFAULT-ONLY", judged},
		"a subroutine": {"set policy-options policy-statement SUB then accept\n" +
			"set policy-options policy-statement AGGREGATES-OUT term ADV-DNS from policy SUB", judged},
		"the type and AS of a neighbor": {"set protocols bgp group LEAVES neighbor 100.64.0.38 peer-as 65201\nset protocols bgp group LEAVES neighbor 100.64.0.38 type external", judged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := b.With(files{"spine.junos.conf.set": test.patch}.folder(t))
			require.NoError(t, err)
			var got []string
			for _, u := range c.Unjudged {
				got = append(got, u.Text)
				require.Contains(t, u.Pos.File, "spine.junos.conf")
				require.Positive(t, u.Pos.Line)
			}
			if test.want == judged {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, test.want+" changes: closlab does not judge that")
		})
	}
}

// What a router holds besides its policies counts too, and comments, blanks and empty lines do not.
func TestUnjudgedOfAWholeConfiguration(t *testing.T) {
	t.Parallel()
	dir := filesOf(t, mcp)
	dir["policy/spine.junos.conf"] += "system { host-name spine; }\ninterfaces { lo0 { unit 0; } }\n"
	b := baseline(t, dir.folder(t))
	text := dir["policy/spine.junos.conf"]

	_, err := b.With(files{"spine.junos.conf": "# new words\n" + text + "\n\n/* more */"}.folder(t))
	require.ErrorContains(t, err, "changes nothing")

	for change, want := range map[string]string{
		"system { host-name other; }\ninterfaces { lo0 { unit 0; } }\n":                      "system host-name",
		"system { host-name spine; }\n":                                                      "interfaces lo0",
		"system { host-name spine; }\ninterfaces { lo0 { inactive: unit 0; } }\n":            "interfaces lo0",
		"inactive: system { host-name spine; }\ninterfaces { lo0 { unit 0; } }\n":            "system host-name",
		"system { host-name spine; }\ninterfaces { lo0 { unit 0; } }\nsnmp { community c; }": "snmp community",
	} {
		base := dir["policy/spine.junos.conf"]
		c, err := b.With(files{"spine.junos.conf": base[:len(base)-len("system { host-name spine; }\ninterfaces { lo0 { unit 0; } }\n")] + change}.folder(t))
		require.NoError(t, err)
		require.NotEmpty(t, c.Unjudged, change)
		require.Equal(t, want+" changes: closlab does not judge that", c.Unjudged[0].Text)
	}
}

// A patch that does the same to several files is told once, at the same line every time.
func TestUnjudgedIsToldOnce(t *testing.T) {
	t.Parallel()
	b := baseline(t, mcp)
	patch := files{"any.set": "set policy-options policy-statement SPARE term a then reject\nset policy-options policy-statement SPARE term b then accept\n"}.folder(t)
	for range 10 {
		c, err := b.With(patch)
		require.NoError(t, err)
		require.Len(t, c.Unjudged, 1)
		require.Equal(t, 1, c.Unjudged[0].Pos.Line)
	}
}

// Where the fabric names the policies of a session, it is not judged which of them the text gives it: a change of that is no change of nothing.
func TestUnjudgedWhereTheFabricNamesPolicies(t *testing.T) {
	t.Parallel()
	junos := small(`policy-options { policy-statement A { then accept; } policy-statement B { then reject; } }
protocols { bgp { group G { export A; neighbor 100.64.0.1 { export A; } } } }`)
	junos["fabric.yaml"] = strings.Replace(junos["fabric.yaml"], "{at: spine, file: spine.junos.conf, family: inet}",
		"{at: spine, toward: leaf1, file: spine.junos.conf, family: inet, out: A}\n  - {at: spine, toward: leaf2, file: spine.junos.conf, family: inet, group: G}", 1)
	for _, x := range []struct {
		dir            files
		file, old, new string
		want           string
	}{
		{spine("  - {at: spine, file: spine.frr.conf, family: inet, out: RACKS-ONLY}", racks+spineBGP), "spine.frr.conf",
			" neighbor 100.64.0.1 route-map RACKS-ONLY out\n", "", "neighbor 100.64.0.1 route-map"},
		{inGoBGP("{at: spine, file: spine.gobgp.yaml, in: two, family: inet}", oneAndTwo), "spine.gobgp.yaml",
			"[one, two]", "[two]", "global apply-policy config import-policy-list"},
		{junos, "spine.junos.conf", "100.64.0.1 { export A; }", "100.64.0.1 { export B; }", "BGP neighbor 100.64.0.1 export"},
	} {
		b := baseline(t, x.dir.folder(t))
		text := x.dir["policy/"+x.file]
		require.Contains(t, text, x.old)
		c, err := b.With(files{x.file: strings.Replace(text, x.old, x.new, 1)}.folder(t))
		require.NoError(t, err)
		require.NotEmpty(t, c.Unjudged, x.file)
		require.Equal(t, x.want+", where the fabric names the policies itself, changes: closlab does not judge that", c.Unjudged[0].Text)
	}
}
