package candidate

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

// pair is a containerlab lab of two routers without a fabric.yaml.
var pair = files{
	"pair.clab.yml": `name: pair
topology:
  nodes:
    a: {kind: linux, binds: ["a/frr.conf:/etc/frr/frr.conf"]}
    b: {kind: linux, binds: ["b.conf:/etc/frr/frr.conf"]}
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`,
	"a/frr.conf": `interface lo
 ip address 10.0.0.1/32
router bgp 65001
 neighbor eth1 interface remote-as external
 address-family ipv4 unicast
  network 10.0.0.1/32
  neighbor eth1 route-map OUT out
  neighbor eth1 route-map ALL in
exit
route-map OUT permit 10
 set metric 5
exit
route-map ALL permit 10
`,
	"b.conf": `interface lo
 ip address 10.0.0.2/32
router bgp 65002
 no bgp ebgp-requires-policy
 neighbor eth1 interface remote-as external
`,
	"closlab.yaml": "invariants:\n  - {name: up, sessions: all}\n  - {name: there, present: {prefixes: 10.0.0.1/32, at: b}}\n",
}

// edit returns the files with other text in one.
func (f files) edit(t *testing.T, name, old, text string) files {
	t.Helper()
	require.Contains(t, f[name], old)
	out := files{}
	for n, x := range f {
		out[n] = x
	}
	out[name] = strings.ReplaceAll(out[name], old, text)
	return out
}

// A topology is a fabric whose policy files are the configurations bound into its nodes, whatever they are called.
func TestALabOfSomebodyElse(t *testing.T) {
	t.Parallel()
	dir := pair.folder(t)
	for _, path := range []string{dir, filepath.Join(dir, "pair.clab.yml")} {
		base, err := Load(path)
		require.NoError(t, err)
		require.Len(t, base.Fabric.Sessions, 2)
		require.Len(t, base.Fabric.Invariants, 2)
		require.NotEmpty(t, base.Fabric.Sessions[0].Out[fabric.V4])

		out := pair.edit(t, "a/frr.conf", "set metric 5", "set metric 6")["a/frr.conf"]
		c, err := base.With(files{"a/frr.conf": out, "candidate.yaml": "why: cheaper\nwaives: there\n"}.folder(t))
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, c.Order)
		require.Empty(t, c.Unjudged)
		require.Equal(t, []string{"there"}, c.Waives)

		_, err = base.With(files{"a/frr.conf": pair["a/frr.conf"] + "! only a comment\n"}.folder(t))
		require.ErrorContains(t, err, "changes nothing")
		_, err = base.With(files{"frr.conf": out}.folder(t))
		require.ErrorContains(t, err, "replaces nothing")
		_, err = base.With(files{"a/frr.conf": out + "router ospf\n"}.folder(t))
		require.ErrorContains(t, err, "routes of other protocols than BGP are not modelled")
	}
}

// What a candidate changes of the network itself is not judged, so that the verdict cannot be Pass.
func TestChangesOfTheNetworkItselfAreNotJudged(t *testing.T) {
	t.Parallel()
	base, err := Load(pair.folder(t))
	require.NoError(t, err)
	for old, edit := range map[string][2]string{
		"10.0.0.1/32\nrouter": {"10.0.0.3/32\nrouter", "a: its own route to 10.0.0.1/32 goes"},
		"router bgp 65001\n":  {"router bgp 65001\n bgp router-id 10.9.9.9\n", "a: its router id changes"},
		"exit\nroute-map O":   {" network 10.4.0.0/16\nexit\nip route 10.4.0.0/16 Null0\nroute-map O", "a: its own route to 10.4.0.0/16 comes"},
	} {
		c, err := base.With(files{"a/frr.conf": pair.edit(t, "a/frr.conf", old, edit[0])["a/frr.conf"]}.folder(t))
		require.NoError(t, err)
		require.Contains(t, c.Unjudged.Error(), edit[1])
	}
	_, err = base.With(files{"a/frr.conf": pair.edit(t, "a/frr.conf", "router bgp 65001", "router bgp 65009")["a/frr.conf"]}.folder(t))
	require.ErrorContains(t, err, "local-as 65009", "closlab cannot judge a session that would not come up")
}

func TestWhichTopologyAPathMeans(t *testing.T) {
	t.Parallel()
	two := pair.edit(t, "b.conf", "65002", "65002")
	two["other.clab.yaml"] = pair["pair.clab.yml"]
	_, err := Load(two.folder(t))
	require.ErrorContains(t, err, "several topologies: name one of")
	own := pair.edit(t, "b.conf", "65002", "65002")
	own["policy/README.md"] = "none"
	own["fabric.yaml"] = "name: own\ntiers: {spine: {count: 1, asn: 65000}}\n"
	base, err := Load(own.folder(t))
	require.NoError(t, err)
	require.Equal(t, "own", base.Fabric.Name, "a fabric.yaml comes first")
	_, err = Load(files{"x.clab.yml": "name: {{.x}}"}.folder(t) + "/x.clab.yml")
	require.ErrorContains(t, err, "a template")
	_, err = Load(pair.edit(t, "closlab.yaml", "at: b", "at: c").folder(t))
	require.ErrorContains(t, err, `closlab.yaml:3: invariant there: at: no node, tier or colo named "c"`)
	_, err = Load(pair.edit(t, "closlab.yaml", "invariants", "routes").folder(t))
	require.ErrorContains(t, err, `closlab.yaml:1: statement: no field named "routes"`)
}
