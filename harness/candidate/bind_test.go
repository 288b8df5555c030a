package candidate

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/stretchr/testify/require"
)

// filesOf returns the files below a folder.
func filesOf(t testing.TB, dir string) files {
	t.Helper()
	out := files{}
	root := os.DirFS(dir)
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		out[name] = string(text)
		return err
	}))
	return out
}

// small is a spine that names its two leaves one by one: its neighbours are 100.64.0.1 and 100.64.0.3, as the fabric derives them.
func small(policy string) files {
	return files{
		"fabric.yaml": `
name: small
tiers:
  spine: {count: 1, asn: 65000}
  leaf: {count: 2, asn_from: 65101}
links:
  - {from: spine, to: leaf}
policy:
  - {at: spine, file: spine.junos.conf, family: inet}
`,
		"policy/spine.junos.conf": policy,
	}
}

const named2 = `policy-options {
    policy-statement ONE { then accept; }
    policy-statement TWO { then reject; }
}
protocols {
    bgp {
        group LEAVES {
            type external;
            import ONE;
            export ONE;
            neighbor 100.64.0.1 { peer-as 65101; }
            neighbor 100.64.0.3 { peer-as 65102; export TWO; }
        }
    }
}
`

// A neighbour's own statement replaces the group's.
func TestNeighborsHaveTheirOwnChains(t *testing.T) {
	t.Parallel()
	b := baseline(t, small(named2).folder(t))
	got := map[string]policy.Chain{}
	for _, s := range b.Fabric.Sessions {
		if s.Node == "spine" || s.Node == "spine1" {
			got[s.Peer+" in"], got[s.Peer+" out"] = s.In[fabric.V4], s.Out[fabric.V4]
			require.Nil(t, s.Out[fabric.V6], "not bound")
		}
	}
	require.Equal(t, "ONE", got["leaf1 in"].String())
	require.Equal(t, "ONE", got["leaf1 out"].String())
	require.Equal(t, "ONE", got["leaf2 in"].String())
	require.Equal(t, "TWO", got["leaf2 out"].String())
}

// What a candidate says of a session must be what the fabric says of it, for every session and family by itself.
func TestCandidatesForOtherSessionsAreRefused(t *testing.T) {
	t.Parallel()
	whole, few := baseline(t, mcp), baseline(t, small(named2).folder(t))
	for name, test := range map[string]struct {
		base  *Base
		patch string
		want  string
	}{
		"peer-as that fits the first leaf only": {whole, "set protocols bgp group LEAVES peer-as 65201", "spine1 toward leafB: the text says peer-as 65201, the fabric 65202"},
		"peer-as of a neighbor":                 {whole, "set protocols bgp group LEAVES neighbor 100.64.0.38 peer-as 65202", "spine1 toward leafA: the text says peer-as 65202, the fabric 65201"},
		"local-as":                              {whole, "set protocols bgp local-as 1", "spine1 toward edge1: the text says local-as 1, the fabric 65100"},
		"type":                                  {whole, "set protocols bgp group LEAVES type internal", "spine1 toward leafA: the text says type internal, the fabric external"},
		"no type":                               {whole, "delete protocols bgp group LEAVES type", "the text no longer has type"},
		"one family":                            {whole, "set protocols bgp group LEAVES family inet unicast", "spine1 toward leafA: the text says family inet unicast, the fabric inet6 unicast"},
		"another family":                        {whole, "set protocols bgp family l2vpn signaling\nset protocols bgp group LEAVES family inet6 unicast", "the text says family inet6 unicast, the fabric inet unicast"},
		"multipath":                             {whole, "set protocols bgp group LEAVES multipath", "group LEAVES: a change of multipath is not modelled"},
		"multipath of all groups":               {whole, "set protocols bgp multipath multiple-as", "group EDGES: a change of multipath is not modelled"},
		"multipath of one neighbor":             {whole, "set protocols bgp group LEAVES neighbor fd00:64::26 multipath", "group LEAVES: a change of multipath is not modelled"},
		"another group for a neighbor":          {whole, "set protocols bgp group EDGES neighbor fd00:64::26 export DEFAULT-ONLY", "the text has neighbor fd00:64::26 in group EDGES, the fabric in group LEAVES"},
		"no such group":                         {whole, "rename protocols bgp group LEAVES to group LEAFS", `spine1: no BGP group "LEAVES" in spine.junos.conf`},
		"an inactive group":                     {whole, "deactivate protocols bgp group LEAVES", `spine1: no BGP group "LEAVES" in spine.junos.conf`},
		"no such neighbor":                      {few, "delete protocols bgp group LEAVES neighbor 100.64.0.3", "no BGP neighbour 100.64.0.3 in spine.junos.conf"},
		"an inactive neighbor":                  {few, "deactivate protocols bgp group LEAVES neighbor 100.64.0.3", "no BGP neighbour 100.64.0.3 in spine.junos.conf"},
		"no peer-as":                            {few, "delete protocols bgp group LEAVES neighbor 100.64.0.3 peer-as", "the text no longer has peer-as"},
		"a shut session":                        {few, "set protocols bgp group LEAVES neighbor 100.64.0.3 shutdown", "shutdown is not modelled and could change routes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.base.With(files{"spine.junos.conf.set": test.patch}.folder(t))
			require.ErrorContains(t, err, test.want)
		})
	}
}

// What closlab does not model is an error where a session of the fabric has it or runs it, and a warning of lint elsewhere.
func TestJunosSessionsAreJudgedOneByOne(t *testing.T) {
	t.Parallel()
	const other = "neighbor 192.0.2.99 { peer-as 64999; as-override; import MEDDLES; }"
	dir := small(strings.Replace(named2, "neighbor 100.64.0.3", other+" neighbor 100.64.0.3", 1) +
		"policy-options { policy-statement MEDDLES { then metric2 5; } }")
	b := baseline(t, dir.folder(t))
	var lint []string
	for _, f := range b.Lint() {
		lint = append(lint, f.String())
	}
	require.Contains(t, strings.Join(lint, "\n"), "neighbor 192.0.2.99: as-override is not modelled")
	require.Contains(t, strings.Join(lint, "\n"), "policy MEDDLES unnamed term: then metric2 5 is not modelled")
	for patch, want := range map[string]string{
		"set protocols bgp group LEAVES neighbor 100.64.0.1 as-override":         "group LEAVES neighbor 100.64.0.1: as-override is not modelled",
		"set protocols bgp group LEAVES neighbor 100.64.0.1 export MEDDLES":      "then metric2 5 is not modelled",
		"set protocols bgp group LEAVES advertise-inactive":                      "group LEAVES: advertise-inactive is not modelled",
		"set protocols bgp advertise-inactive":                                   "protocols bgp: advertise-inactive is not modelled",
		"set protocols bgp group LEAVES neighbor 100.64.0.1 export \"( ONE &&\"": "policy expression",
		"set policy-options policy-statement ONE from policy \"( ONE &&\"":       "policy expression",
		"set routing-options confederation 65009 members 65000":                  "a confederation is not modelled",
		"set routing-options autonomous-system 65009":                            "the text says local-as 65009, the fabric 65000",
		"set protocols bgp group LEAVES neighbor 100.64.0.1 peer-as 1.2.3.4":     "peer-as 1.2.3.4: want an AS number",
	} {
		_, err := b.With(files{"spine.junos.conf.set": patch}.folder(t))
		require.ErrorContains(t, err, want, patch)
		require.NotContains(t, err.Error(), "192.0.2.99")
	}
}

// Junos prepends in front of the router's own AS over eBGP, as no other router of closlab's does: only where that AS is prepended can
// nobody tell.
func TestPrependsAhead(t *testing.T) {
	t.Parallel()
	b := baseline(t, small(named2).folder(t))
	const one = "set policy-options policy-statement ONE then "
	for patch, want := range map[string]string{
		one + "as-path-prepend \"65000 65000\"":                                                                         "",
		one + "as-path-expand last-as count 2":                                                                          "",
		one + "as-path-prepend \"65000 65009\"":                                                                         "policy ONE term (unnamed final term): as-path-prepend 65000 65009 over eBGP: closlab does not model another AS in front of the router's own, 65000: prepend that",
		one + "as-path-prepend 65000\n" + one + "as-path-expand last-as count 2":                                        "as-path-expand last-as in a chain over eBGP that prepends is not modelled",
		"set protocols bgp group LEAVES import ADD\nset policy-options policy-statement ADD then as-path-prepend 65009": "",
	} {
		_, err := b.With(files{"spine.junos.conf.set": patch}.folder(t))
		if want == "" {
			require.NoError(t, err, patch)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

// What holds for all sessions of a router holds for one that only the fabric knows.
func TestWhatHoldsForAllSessions(t *testing.T) {
	t.Parallel()
	dir := small("policy-options { policy-statement ONE { then accept; } } protocols { bgp { path-selection always-compare-med; group OTHER { neighbor 192.0.2.1; } } }")
	dir["fabric.yaml"] = strings.Replace(dir["fabric.yaml"], "family: inet}", "in: ONE, out: ONE}", 1)
	_, err := Load(dir.folder(t))
	require.ErrorContains(t, err, "protocols bgp: path-selection is not modelled")
}

// A group that the fabric names may list its neighbours; then none of them may go.
func TestANeighborOfANamedGroupMustStay(t *testing.T) {
	t.Parallel()
	dir := small(named2)
	dir["fabric.yaml"] += "  - {at: leaf, file: spine.junos.conf, group: SPINE}\n"
	dir["policy/spine.junos.conf"] += "protocols { bgp { group SPINE { type external; neighbor 100.64.0.0 { peer-as 65000; } } } }\n"
	b := baseline(t, dir.folder(t))
	_, err := b.With(files{"any.set": "delete protocols bgp group SPINE neighbor 100.64.0.0"}.folder(t))
	require.ErrorContains(t, err, "leaf1 toward spine1: the text no longer has its neighbor statement")
}

func TestPoliciesNamedByTheFabric(t *testing.T) {
	t.Parallel()
	dir := small(named2)
	dir["fabric.yaml"] = `
name: small
tiers:
  spine: {count: 1, asn: 65000}
  leaf: {count: 2, asn_from: 65101}
links:
  - {from: spine, to: leaf}
policy:
  - {at: leaf, file: spine.junos.conf, in: "( ONE && !TWO )", out: ONE}
`
	b := baseline(t, dir.folder(t))
	require.Len(t, b.Fabric.Sessions[1].In[fabric.V6].Policies(), 2)

	dir["fabric.yaml"] += `  - {at: spine, file: spine.junos.conf, in: THREE, out: FOUR}
`
	_, err := Load(dir.folder(t))
	require.ErrorContains(t, err, "fabric.yaml:10: spine.junos.conf: policy-statement THREE is not defined")
	require.ErrorContains(t, err, "fabric.yaml:10: spine.junos.conf: policy-statement FOUR is not defined")
}
