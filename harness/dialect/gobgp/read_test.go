package gobgp_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// read returns what a configuration means.
func read(file, text string) (*gobgp.Config, error) {
	t, err := gobgp.Parse(file, []byte(text))
	if err != nil {
		return nil, err
	}
	return gobgp.Read(t)
}

// chain returns what the configuration runs in a direction.
func chain(t testing.TB, c *gobgp.Config, dir policy.Direction, names ...string) policy.Chain {
	t.Helper()
	out, err := c.Chain(dir, names...)
	require.NoError(t, err)
	return out
}

func TestReadsPolicyAsGoBGPMeansIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/policy.toml")
	require.NoError(t, err)
	c, err := read("policy.toml", string(text))
	require.NoError(t, err)
	in, out := chain(t, c, policy.Import), chain(t, c, policy.Export)

	colo := policy.Env{Direction: policy.Import, Peer: netip.MustParseAddr("192.0.2.1")}
	route := policy.Route{Prefix: netip.MustParsePrefix("198.18.10.0/24"), ASPath: []uint32{65001, 7}, LocalPref: 100, Protocol: policy.BGP,
		Communities: policy.CommunitySet(policy.NoExport, policy.Std(64500, 1), policy.Std(64501, 9))}
	got := policy.Apply(in, route, colo)
	require.Equal(t, policy.Accept, got.Decision)
	require.Equal(t, uint32(200), got.Route.LocalPref)
	require.Equal(t, uint32(10), got.Route.MED)
	stranger := route
	stranger.ASPath = []uint32{7}
	require.Equal(t, policy.Reject, policy.Apply(in, stranger, colo).Decision)
	require.Equal(t, policy.Accept, policy.Apply(in, stranger, policy.Env{Direction: policy.Import}).Decision, "not from the colo")

	sent := policy.Apply(out, route, policy.Env{Direction: policy.Export})
	require.Equal(t, policy.Accept, sent.Decision)
	require.False(t, sent.Route.Communities.Has(policy.NoExport))
	static := route
	static.Protocol = policy.Static
	require.Equal(t, "of-the-router-itself", policy.Apply(out, static, policy.Env{Direction: policy.Export}).Term.Name, "BGP does not have it")
	route.Communities = policy.CommunitySet(policy.Std(64500, 1))
	lost := policy.Apply(out, route, policy.Env{Direction: policy.Export})
	require.Equal(t, policy.Reject, lost.Decision, "one tag is missing")
	require.Equal(t, "default-export-policy", lost.Policy.Name)
	require.Equal(t, "policy.toml:7", lost.Policy.Pos.String())

	require.Equal(t, "policy.toml:36", c.Policies[0].Terms[1].Pos.String())
}

const noStatement = "policy-definitions:\n- {name: p, statements: [{name: s, actions: {route-disposition: accept-route}}]}\n"

func TestReadsYAMLLikeTOML(t *testing.T) {
	t.Parallel()
	a, err := read("c.toml", "[[policy-definitions]]\nname = \"p\"\nstatements = [{name = \"s\", actions = {route-disposition = \"accept-route\"}}]\n")
	require.NoError(t, err)
	b, err := read("c.yaml", noStatement)
	require.NoError(t, err)
	require.Equal(t, "then accept", a.Policies[0].Terms[0].Text())
	require.Equal(t, a.Policies[0].Terms[0].Text(), b.Policies[0].Terms[0].Text())
}

func TestReadsSessions(t *testing.T) {
	t.Parallel()
	c, err := read("c.toml", `
[global.config]
as = 65000
[global.use-multiple-paths.config]
enabled = true
[[peer-groups]]
  [peer-groups.config]
  peer-group-name = "leaves"
  peer-as = 65101
  [[peer-groups.afi-safis]]
    [peer-groups.afi-safis.config]
    afi-safi-name = "ipv4-unicast"
[[neighbors]]
  [neighbors.config]
  neighbor-address = "192.0.2.1"
  peer-group = "leaves"
[[neighbors]]
  [neighbors.config]
  neighbor-address = "2001:db8::1"
  peer-as = 65000
  local-as = 65001
  description = "of the\tother site"
  [neighbors.timers.config]
  hold-time = 30
`)
	require.NoError(t, err)
	for i := range c.Neighbors {
		require.Equal(t, "use-multiple-paths config enabled true", c.Neighbors[i].Paths)
		c.Neighbors[i].Paths = ""
	}
	at := func(line int) place.Pos { return place.Pos{File: "c.toml", Line: line} }
	require.Equal(t, []gobgp.Neighbor{
		{Group: "leaves", Pos: at(6), PeerAS: 65101, LocalAS: 65000, Families: []string{"ipv4-unicast"}},
		{Group: "leaves", Addr: netip.MustParseAddr("192.0.2.1"), Pos: at(13), PeerAS: 65101, LocalAS: 65000, Families: []string{"ipv4-unicast"}},
		{Addr: netip.MustParseAddr("2001:db8::1"), Pos: at(17), PeerAS: 65000, LocalAS: 65001},
	}, c.Neighbors)

	c, err = read("c.yaml", noStatement)
	require.NoError(t, err)
	require.Equal(t, []gobgp.Neighbor{{Pos: place.Pos{File: "c.yaml"}}}, c.Neighbors, "a fragment is for whoever is met")
}

// What is not modelled of a neighbour, or of its group, keeps that one from being judged, and no other.
func TestNeighborsAreJudgedOneByOne(t *testing.T) {
	t.Parallel()
	c, err := read("c.yaml", `peer-groups: [{config: {peer-group-name: RS}, route-server: {config: {route-server-client: true}}}]
neighbors:
- config: {neighbor-address: 192.0.2.1, admin-down: true}
- config: {neighbor-address: 192.0.2.2, remove-private-as: all}
- config: {neighbor-address: 192.0.2.3, peer-group: RS}
- config: {neighbor-address: 192.0.2.4}
- config: {neighbor-interface: eth1}
`)
	require.NoError(t, err)
	var got []string
	for _, n := range c.Neighbors {
		got = append(got, n.Problems.Error())
	}
	require.Equal(t, []string{
		"c.yaml:1: peer-group RS: route-server is not modelled and could change routes: remove it or keep it out of the lab's copy",
		"c.yaml:3: neighbor 192.0.2.1: admin-down: the session would not come up",
		"c.yaml:4: neighbor 192.0.2.2: remove-private-as is not modelled and could change routes: remove it or keep it out of the lab's copy",
		"c.yaml:1: peer-group RS: route-server is not modelled and could change routes: remove it or keep it out of the lab's copy",
		"",
		"c.yaml:7: neighbor eth1: a neighbour without an address is not modelled",
	}, got)
	require.Equal(t, "eth1", c.Neighbors[5].Interface)
	require.Contains(t, c.Lint()[1].String(), "admin-down")
}

// Each of these is refused where it stands, since GoBGP would refuse it, misread it, or do what closlab does not model.
func TestReadNamesWhatItDoesNotModel(t *testing.T) {
	t.Parallel()
	const head = "global: {apply-policy: {config: {import-policy-list: [p]}}}\npolicy-definitions:\n- name: p\n  statements:\n  - name: s\n"
	exported := strings.Replace(head, "import-", "export-", 1)
	sets := "defined-sets: {prefix-sets: [{prefix-set-name: a, prefix-list: [%s]}]}\n"
	for text, want := range map[string]string{
		head + "    conditions: {bgp-conditions: {rpki-validation-result: valid}}\n": `c.yaml:6: policy p statement s: rpki-validation-result is not modelled and could change routes`,
		head + "    conditions: {bgp-conditions: {origin-eq: igp}}\n":                "GoBGP 4.8.0 loses this condition when it reads a file",
		head + "    conditions: {match-prefix-set: {prefix-set: none}}\n":            "c.yaml:6: policy p statement s: prefix-set none is not defined",
		head + "    conditions: {bgp-conditions: {route-type: odd}}\n":               `route-type "odd": want internal, external or local`,
		head + "    actions: {bgp-actions: {set-med: \"+10\"}}\n":                    "c.yaml:6: policy p statement s: set-med +10: GoBGP leaves the metric alone",
		head + "    actions: {bgp-actions: {set-next-hop: self}}\n":                  "set-next-hop self in an import policy",
		head + "    actions: {route-disposition: maybe}\n":                           `c.yaml:6: policy p statement s: route-disposition "maybe"`,
		head + "    actions: {route-disposition: [accept-route]}\n":                  "route-disposition' expected type",
		head + "  - name: s\n": "c.yaml:6: statement s is there twice",
		"defined-sets: {bgp-defined-sets: {as-path-sets: [{as-path-set-name: a, as-path-list: ['^\\d+$']}]}}\n" + head + "    conditions: {bgp-conditions: {match-as-path-set: {as-path-set: a}}}\n": `as-path "^\\d+$" is not modelled`,
		exported + "    actions: {bgp-actions: {set-as-path-prepend: {as: last-as, repeat-n: 1}}}\n":                                                                                                 "in front of the own AS",
		"global: {apply-policy: {config: {import-policy-list: [gone]}}}\n":                                                                                                                           "c.yaml:1: import policy gone is not defined",
		noStatement + "global: {apply-policy: {config: {import-policy-list: [p, p]}}}\n":                                                                                                             "c.yaml:3: import policy p is there twice",
		"global: {apply-policy: {config: {default-export-policy: drop}}}\n":                                                                                                                          `default policy "drop"`,
		"global: {confederation: {config: {enabled: true}}}\n":                                                                                                                                       "a confederation is not modelled",
		"zebra: {config: {enabled: true, redistribute-route-type-list: [static]}}\n":                                                                                                                 "routes that come from zebra",
		"neighbors: [{config: {neighbor-address: 192.0.2.1, peer-group: gone}}]\n":                                                                                                                   "peer-group gone is not defined",
		"neighbors: [{config: {peer-as: 65000}}]\n":                                                                                                                                                  "a neighbour is named by its neighbor-address",
		"policy-definitions: 7\n":                              "GoBGP does not load it",
		"neighbors:\n- config: {neighbor-adress: 192.0.2.1}\n": "c.yaml:2: GoBGP does not load it: it does not know neighbors[0].config.neighbor-adress",
		"policy-definition: []\n":                              "GoBGP does not load it",
		"a: [\n":                                               "c.yaml: cannot read YAML",
		"--- {}\n--- {}\n":                                     "more than one document",
		"global: &a {}\nneighbors: *a\n":                       "c.yaml:1: anchors and aliases are not read",
		"global: {}\nglobal: {}\n":                             `c.yaml:2: "global" is there twice`,
		"neighbors: [{config: {auth-password: \"a\\nb\"}}]\n":  "has control characters",
		noStatement + "- {name: p}\n":                          "c.yaml:3: policy p is defined twice",
		"policy-definitions: [{statements: []}]\n":             "policy definition without a name",
		strings.Replace(sets, "%s", "{ip-prefix: 10.0.0.0/8, masklength-range: 8..33}", 1):                                    "lengths go from 0 to 32",
		strings.Replace(sets, "%s", "{ip-prefix: 10.0.0.0/8}, {ip-prefix: '::/0'}", 1):                                        "c.yaml:1: prefix-set a: IPv4 and IPv6 prefixes in one set",
		"defined-sets: {neighbor-sets: [{neighbor-set-name: n, neighbor-info-list: [here]}]}\n":                               `neighbor-set n: "here": want an address or a prefix`,
		"defined-sets: {bgp-defined-sets: {community-sets: [{community-set-name: c, community-list: ['(']}]}}\n":              "error parsing regexp",
		"defined-sets: {neighbor-sets: [{neighbor-set-name: n}, {neighbor-set-name: n}]}\n":                                   "it is defined twice",
		head + "    actions: {bgp-actions: {set-community: {options: add, set-community-method: {communities-list: [x]}}}}\n": `community "x": want one community`,
	} {
		_, err := read("c.yaml", text)
		require.ErrorContains(t, err, want, text)
	}
	_, err := read("c.toml", "a = \n")
	require.ErrorContains(t, err, "c.toml: cannot read TOML: line 1: ")
	_, err = read("c.toml", "[global.config]\n  as = 65000\n  router-id 1.1.1.1\n")
	require.ErrorContains(t, err, "c.toml: cannot read TOML: line 3: ")
	_, err = read("c.json", "{\"neighbors\": [\n\t{\"config\": {\"neighbor-address\": \"192.0.2.1\", \"peer-as\": 65001}}\n]}\n")
	require.NoError(t, err)
	_, err = read("c.toml", strings.Repeat("[", 100_000))
	require.ErrorContains(t, err, "too many brackets")
	_, err = read("c.toml", "[global]\n[global]\n")
	require.ErrorContains(t, err, "already exists")
}

// What is not modelled stops a policy that runs, and is a warning where none does.
func TestUnreadPoliciesStopOnlyWhoRunsThem(t *testing.T) {
	t.Parallel()
	c, err := read("c.yaml", noStatement+"- {name: q, statements: [{conditions: {bgp-conditions: {rpki-validation-result: valid}}}]}\n")
	require.NoError(t, err)
	require.Len(t, c.Policies, 1)
	_, err = c.Chain(policy.Import, "p", "q")
	require.ErrorContains(t, err, "c.yaml:3: policy q statement q_stmt0: rpki-validation-result")
	require.Equal(t, "c.yaml:3: warning: policy q statement q_stmt0: rpki-validation-result is not modelled and could change routes: want match-community-set, "+
		"match-large-community-set, match-as-path-set, origin-eq, local-pref-eq, med-eq, route-type, afi-safi-in-list, next-hop-in-list (unread)", c.Lint()[1].String())
}

func TestLintOfAGoBGPConfiguration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/untidy.toml")
	require.NoError(t, err)
	c, err := read("untidy.toml", string(text))
	require.NoError(t, err)
	var lines []string
	for _, f := range c.Lint() {
		lines = append(lines, f.String())
	}
	for _, p := range c.Passed {
		lines = append(lines, "passed over: "+p.Error())
	}
	golden(t, "testdata/untidy.golden", strings.Join(lines, "\n")+"\n")
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"policy.toml", "untidy.toml"} {
		text, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(true, string(text))
	}
	f.Add(false, noStatement)
	f.Fuzz(func(t *testing.T, isTOML bool, text string) {
		c, err := read(map[bool]string{true: "a.toml", false: "a.yaml"}[isTOML], text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		c.Lint()
		for _, dir := range []policy.Direction{policy.Import, policy.Export} {
			policy.Apply(chain(t, c, dir), policy.Route{Prefix: random.Bases[0]}, policy.Env{Direction: dir})
		}
	})
}
