package candidate

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

var clos = filepath.Join("..", "..", "topologies", "clos-gobgp")

// inGoBGP is a spine with two leaves, its neighbours 100.64.0.1 and 100.64.0.3, bound as the entry says to a GoBGP text.
func inGoBGP(entry, text string) files {
	return files{
		"fabric.yaml": `
name: small
tiers:
  spine: {count: 1, asn: 65000}
  leaf: {count: 2, asn_from: 65101}
prefixes:
  home: {block: 10.1.0.0/16}
links:
  - {from: spine, to: leaf}
announces:
  - {at: spine, prefix: home}
policy:
  - ` + entry + "\n",
		"policy/spine.gobgp.yaml": text,
	}
}

const oneAndTwo = `
policy-definitions:
- {name: one, statements: [{name: first, conditions: {match-neighbor-set: {neighbor-set: leaf1}}, actions: {route-disposition: reject-route}}]}
- {name: two, statements: [{name: second, actions: {route-disposition: accept-route}}]}
defined-sets: {neighbor-sets: [{neighbor-set-name: leaf1, neighbor-info-list: [100.64.0.1]}]}
global:
  config: {as: 65000}
  apply-policy: {config: {import-policy-list: [one, two], default-import-policy: reject-route, export-policy-list: [one]}}
`

const oneNeighbor = oneAndTwo + `
peer-groups:
- {config: {peer-group-name: leaves, peer-as: 65101}}
neighbors:
- {config: {neighbor-address: 100.64.0.1, peer-group: leaves}}
- {config: {neighbor-address: 100.64.0.3, peer-as: 65102}, afi-safis: [{config: {afi-safi-name: ipv4-unicast}}]}
`

func TestGoBGPTextsAreBound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ entry, text, in, out, err string }{
		"the global apply-policy": {entry: "{at: spine, file: spine.gobgp.yaml, family: inet}", text: oneAndTwo,
			in: "one two default-import-policy", out: "not-in-bgp one default-export-policy"},
		"named policies": {entry: "{at: spine, file: spine.gobgp.yaml, in: two, out: two one, family: inet}", text: oneAndTwo,
			in: "two default-import-policy", out: "not-in-bgp two one default-export-policy"},
		"named in one direction": {entry: "{at: spine, file: spine.gobgp.yaml, in: two, family: inet}", text: oneAndTwo, in: "two default-import-policy"},
		"its neighbours":         {entry: "{at: spine, file: spine.gobgp.yaml, family: inet}", text: oneNeighbor, in: "one two default-import-policy", out: "not-in-bgp one default-export-policy"},
		"a peer group": {entry: "{at: spine, toward: leaf1, file: spine.gobgp.yaml, group: leaves, family: inet}", text: oneNeighbor,
			in: "one two default-import-policy", out: "not-in-bgp one default-export-policy"},
		"no such policy":         {entry: "{at: spine, file: spine.gobgp.yaml, in: three}", text: oneAndTwo, err: "policy/spine.gobgp.yaml:8: import policy three is not defined"},
		"no such neighbour":      {entry: "{at: spine, file: spine.gobgp.yaml}", text: oneNeighbor, err: "spine1: no BGP neighbour fd00:64::1 in spine.gobgp.yaml"},
		"another peer group":     {entry: "{at: spine, toward: leaf2, file: spine.gobgp.yaml, group: leaves, family: inet}", text: oneNeighbor, err: "the text has neighbor 100.64.0.3 in group , the fabric in group leaves"},
		"another AS":             {entry: "{at: spine, file: spine.gobgp.yaml, family: inet}", text: strings.Replace(oneNeighbor, "as: 65000", "as: 65009", 1), err: "the text says local-as 65009, the fabric 65000"},
		"another AS of the peer": {entry: "{at: spine, file: spine.gobgp.yaml, family: inet}", text: strings.Replace(oneNeighbor, "65102", "65109", 1), err: "spine1 toward leaf2: the text says peer-as 65109, the fabric 65102"},
		"another family":         {entry: "{at: spine, file: spine.gobgp.yaml, family: inet}", text: strings.Replace(oneNeighbor, "ipv4-", "ipv6-", 1), err: "the text says family inet6 unicast, the fabric inet unicast"},
		"its own routes": {entry: "{at: spine, file: spine.gobgp.yaml, in: one, out: two, family: inet}", text: oneAndTwo,
			err: "policy/spine.gobgp.yaml:8: spine1: GoBGP takes what the router announces of its own, 10.1.0.0/16, through the import policy too, where reject-route of default-import-policy rejects or changes it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := Load(inGoBGP(test.entry, test.text).folder(t))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			for _, s := range b.Fabric.Sessions {
				if s.Node == "spine1" && s.Binding[fabric.V4] != nil {
					require.Equal(t, test.in, s.In[fabric.V4].String())
					require.Equal(t, test.out, s.Out[fabric.V4].String())
					require.True(t, s.SendsAll[fabric.V4], "GoBGP heeds no NO_EXPORT")
				} else {
					require.False(t, s.SendsAll[fabric.V4])
				}
			}
		})
	}
}

func TestGoBGPCandidates(t *testing.T) {
	t.Parallel()
	b := baseline(t, clos)
	spine := filesOf(t, clos)["policy/spine.gobgp.toml"]
	change := func(old, new string) files {
		require.Contains(t, spine, old)
		return files{"spine.gobgp.toml": strings.Replace(spine, old, new, 1)}
	}
	c, err := b.With(change("16..24", "16..20").folder(t))
	require.NoError(t, err)
	require.Equal(t, []string{"spine1", "spine2"}, c.Order)
	require.Empty(t, c.Unjudged)

	for name, test := range map[string]struct {
		candidate files
		want      string
	}{
		"comments alone":           {change("# GoBGP has", "# GoBGP, as we know, has"), "changes nothing"},
		"what is not modelled":     {change("[policy-definitions.statements.conditions.match-prefix-set]", "[policy-definitions.statements.conditions.bgp-conditions]\nrpki-validation-result=\"valid\"\n[policy-definitions.statements.conditions.match-prefix-set]"), "spine.gobgp.toml:46: policy racks-only statement racks-v4: rpki-validation-result is not modelled"},
		"a key that GoBGP refuses": {change("default-import-policy", "default-imports"), "spine.gobgp.toml:7: GoBGP does not load it: it does not know global.apply-policy.config.default-imports"},
		"another choice of paths":  {change("[global.apply-policy.config]", "[global.use-multiple-paths.config]\nenabled = true\n[global.apply-policy.config]"), "a change of multipath is not modelled"},
		"a patch":                  {files{"spine.gobgp.toml.set": "set policy-options policy-statement X then reject"}, "patches edit Junos text and FRR's configuration: give the whole of any other policy file"},
		"another file":             {files{"leaf.gobgp.toml": spine}, "replaces nothing, and is no patch"},
		"a patch of another file":  {files{"leaf.gobgp.toml.diff": "[edit]\n"}, "a patch of a file that is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.With(test.candidate.folder(t))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestUnjudgedOfAGoBGPText(t *testing.T) {
	t.Parallel()
	b := baseline(t, inGoBGP("{at: spine, file: spine.gobgp.yaml, family: inet}", oneNeighbor).folder(t))
	for name, test := range map[string]struct{ old, new, want string }{
		"a policy that nobody runs": {"defined-sets:", "- {name: spare}\ndefined-sets:", "policy spare, which no session of the fabric runs,"},
		"a neighbour of nobody":     {"neighbors:\n", "neighbors:\n- {config: {neighbor-address: 192.0.2.1, peer-as: 1}}\n", "neighbor 192.0.2.1, which is none of the fabric's,"},
		"a timer":                   {"peer-as: 65102}", "peer-as: 65102}, timers: {config: {hold-time: 30}}", "neighbors timers config"},
		"a key, without the key":    {"peer-as: 65102}", "peer-as: 65102, auth-password: secret}", "neighbors config auth-password"},
		"another section":           {"global:\n", "bmp-servers: [{config: {address: 192.0.2.9, port: 11019}}]\nglobal:\n", "bmp-servers config"},
		"the router's identifier":   {"as: 65000}", "as: 65000, router-id: 192.0.2.9}", "global config"},
		"a description":             {"peer-as: 65102}", "peer-as: 65102, description: ours}", ""},
		"a set":                     {"[100.64.0.1]}", "[100.64.0.1, 100.64.0.9]}", ""},
		"the order of policies":     {"[one, two]", "[two, one]", ""},
		"a statement":               {"- {name: two, statements: [", "- {name: two, statements: [{name: more}, ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, oneNeighbor, test.old)
			c, err := b.With(files{"spine.gobgp.yaml": strings.Replace(oneNeighbor, test.old, test.new, 1)}.folder(t))
			require.NoError(t, err)
			if test.want == "" {
				require.Empty(t, c.Unjudged)
				return
			}
			require.NotEmpty(t, c.Unjudged)
			require.Equal(t, test.want+" changes: closlab does not judge that", c.Unjudged[0].Text)
			require.Positive(t, c.Unjudged[0].Pos.Line)
		})
	}
}
