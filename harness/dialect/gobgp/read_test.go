package gobgp_test

import (
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

func TestReadsPolicyAsGoBGPMeansIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/policy.toml")
	require.NoError(t, err)
	c, err := gobgp.Read("policy.toml", text)
	require.NoError(t, err)

	colo := policy.Env{Direction: policy.Import, Peer: netip.MustParseAddr("192.0.2.1")}
	route := policy.Route{Prefix: netip.MustParsePrefix("198.18.10.0/24"), ASPath: []uint32{65001, 7}, LocalPref: 100,
		Communities: policy.CommunitySet(policy.NoExport, policy.Std(64500, 1), policy.Std(64501, 9))}
	got := policy.Apply(c.Import, route, colo)
	require.Equal(t, policy.Accept, got.Decision)
	require.Equal(t, uint32(200), got.Route.LocalPref)
	require.Equal(t, uint32(10), got.Route.MED)
	stranger := route
	stranger.ASPath = []uint32{7}
	require.Equal(t, policy.Reject, policy.Apply(c.Import, stranger, colo).Decision)
	require.Equal(t, policy.Accept, policy.Apply(c.Import, stranger, policy.Env{Direction: policy.Import}).Decision, "not from the colo")

	out := policy.Apply(c.Export, route, policy.Env{Direction: policy.Export})
	require.Equal(t, policy.Accept, out.Decision)
	require.False(t, out.Route.Communities.Has(policy.NoExport))
	route.Communities = policy.CommunitySet(policy.Std(64500, 1))
	require.Equal(t, policy.Reject, policy.Apply(c.Export, route, policy.Env{Direction: policy.Export}).Decision, "one tag is missing")

	require.Equal(t, "policy.toml:35", c.Policies[0].Terms[1].Pos.String())
}

func TestReadsYAMLLikeTOML(t *testing.T) {
	t.Parallel()
	const toml = "[[policy-definitions]]\nname = \"p\"\nstatements = [{name = \"s\", actions = {route-disposition = \"accept-route\"}}]\n"
	const text = "policy-definitions:\n- name: p\n  statements:\n  - name: s\n    actions: {route-disposition: accept-route}\n"
	require.True(t, yaml.Unmarshal([]byte(text), &yaml.Node{}) == nil)
	a, err := gobgp.Read("c.toml", []byte(toml))
	require.NoError(t, err)
	b, err := gobgp.Read("c.yaml", []byte(text))
	require.NoError(t, err)
	require.Equal(t, "then accept", a.Policies[0].Terms[0].Text())
	require.Equal(t, a.Policies[0].Terms[0].Text(), b.Policies[0].Terms[0].Text())
}

func TestReadNamesWhatItDoesNotModel(t *testing.T) {
	t.Parallel()
	const head = "policy-definitions:\n- name: p\n  statements:\n  - name: s\n"
	for text, want := range map[string]string{
		head + "    conditions: {bgp-conditions: {rpki-validation-result: valid}}\n": `c.yaml:5: "rpki-validation-result" is not modelled here`,
		head + "    conditions: {match-prefix-set: {prefix-set: none}}\n":            `c.yaml:5: no prefix-set named "none"`,
		head + "    actions: {bgp-actions: {set-med: \"+10\"}}\n":                    "c.yaml:5: set-med +10: GoBGP leaves the metric alone",
		head + "    actions: {route-disposition: maybe}\n":                           `c.yaml:5: route-disposition "maybe"`,
		"global: {apply-policy: {config: {import-policy-list: [gone]}}}\n":           `no policy named "gone"`,
		"global: {apply-policy: {config: {default-export-policy: drop}}}\n":          `default policy "drop"`,
		"policy-definitions: 7\n": "c.yaml:1: want a list",
		"a: [\n":                  "cannot read YAML",
	} {
		_, err := gobgp.Read("c.yaml", []byte(text))
		require.ErrorContains(t, err, want)
	}
	_, err := gobgp.Read("c.toml", []byte("a = \n"))
	require.ErrorContains(t, err, "c.toml: cannot read TOML")
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/policy.toml")
	require.NoError(f, err)
	f.Add("a.toml", text)
	f.Add("a.yaml", []byte("policy-definitions: [{name: p, statements: [{conditions: {match-prefix-set: {prefix-set: a}}}]}]"))
	f.Fuzz(func(_ *testing.T, name string, text []byte) {
		c, err := gobgp.Read(name, text)
		if err == nil {
			policy.Apply(c.Import, policy.Route{Prefix: worldBases[0]}, policy.Env{})
		}
	})
}
