package candidate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// languages is a fabric whose nodes have texts of three languages.
func languages() files {
	f := routers(racks, `policy-options { policy-statement ALL { then accept; } }`)
	f["policy/leaf1.junos.conf"] = f["policy/leaf1.frr.conf"]
	delete(f, "policy/leaf1.frr.conf")
	f["policy/leaf2.gobgp.toml"] = "[global.config]\nas = 65102\n[global.apply-policy.config]\ndefault-export-policy = \"accept-route\"\n"
	f["fabric.yaml"] = f["fabric.yaml"][:strings.Index(f["fabric.yaml"], "policy:")] + `policy:
  - {at: spine1, file: spine1.frr.conf, out: RACKS-ONLY}
  - {at: leaf1, file: leaf1.junos.conf, out: ALL}
  - {at: leaf2, file: leaf2.gobgp.toml}
`
	return f
}

// One candidate changes texts of three languages, each in its own way.
func TestCandidateOfAllLanguages(t *testing.T) {
	t.Parallel()
	b, err := Load(languages().folder(t))
	require.NoError(t, err)
	require.Equal(t, "accept, reject", decisions(t, b, "spine1")["leaf1 inet out"])
	c, err := b.With(files{
		"spine1.frr.conf":      racks + "route-map RACKS-ONLY permit 20\n",
		"leaf1.junos.conf.set": "set policy-options policy-statement ALL then reject\n",
		"leaf2.gobgp.toml":     "[global.config]\nas = 65102\n[global.apply-policy.config]\ndefault-export-policy = \"reject-route\"\n",
		"candidate.yaml":       "why: to see\norder: [leaf2, spine1, leaf1]\n",
	}.folder(t))
	require.NoError(t, err)
	require.Equal(t, []string{"leaf1.junos.conf", "leaf2.gobgp.toml", "spine1.frr.conf"}, c.Files)
	require.Equal(t, []string{"leaf2", "spine1", "leaf1"}, c.Order)
	after := &Base{Fabric: c.After}
	require.Equal(t, "accept, accept", decisions(t, after, "spine1")["leaf1 inet out"])
	require.Equal(t, "reject, reject", decisions(t, after, "leaf1")["spine1 inet out"])
	require.Equal(t, "reject, reject", decisions(t, after, "leaf2")["spine1 inet out"])
}

const openRacks = `--- a/policy/spine1.frr.conf
+++ b/policy/spine1.frr.conf
@@ -2,2 +2,3 @@
 route-map RACKS-ONLY permit 10
  match ip address prefix-list RACKS
+route-map RACKS-ONLY permit 20
`

// A patch of an FRR text is a unified diff, named after the file or naming it, or what is typed in vtysh.
func TestFRRPatches(t *testing.T) {
	t.Parallel()
	b, err := Load(languages().folder(t))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"spine1.frr.conf.diff":  openRacks,
		"spine1.frr.conf.patch": openRacks,
		"all.diff":              "diff --git a/lab/policy/spine1.frr.conf b/lab/policy/spine1.frr.conf\n" + strings.ReplaceAll(openRacks, "policy/", "lab/policy/"),
		"spine1.frr.conf.vtysh": "configure terminal\nroute-map RACKS-ONLY permit 20\nend\n",
		"any.vtysh":             "route-map RACKS-ONLY permit 10\n no match ip address prefix-list RACKS\n",
	} {
		c, err := b.With(files{name: text}.folder(t))
		require.NoError(t, err, name)
		require.Equal(t, []string{"spine1.frr.conf"}, c.Files)
		require.Empty(t, c.Unjudged, name)
		require.Equal(t, "accept, accept", decisions(t, &Base{Fabric: c.After}, "spine1")["leaf1 inet out"], name)
	}
}

func TestFRRPatchesThatDoNotFit(t *testing.T) {
	t.Parallel()
	b, err := Load(languages().folder(t))
	require.NoError(t, err)
	for name, test := range map[string][2]string{
		"spine1.frr.conf.diff":   {"route-map RACKS-ONLY permit 20\n", "want a unified diff, as git diff prints it, of FRR's configuration; or lines as they are typed in vtysh, in a file named spine1.frr.conf.vtysh"},
		"spine1.frr.conf.set":    {"set policy-options policy-statement A then accept\n", "want a unified diff"},
		"leaf2.frr.conf.diff":    {openRacks, "a patch of a file that is not there"},
		"all.diff":               {strings.ReplaceAll(openRacks, "spine1", "spine9"), "all.diff:1: policy/spine9.frr.conf is no policy file: there are leaf1.junos.conf, leaf2.gobgp.toml, spine1.frr.conf"},
		"junos.diff":             {strings.ReplaceAll(openRacks, "spine1.frr.conf", "leaf1.junos.conf"), "leaf1.junos.conf: a unified diff edits FRR's configuration (*.frr.conf) only"},
		"bare.diff":              {openRacks[strings.Index(openRacks, "@@"):], "bare.diff:1: the diff does not say of which file it is: name it after that"},
		"leaf2.gobgp.toml.diff":  {openRacks, "patches edit Junos text and FRR's configuration: give the whole of any other policy file"},
		"leaf1.junos.conf.diff":  {openRacks, "leaf1.junos.conf: a unified diff edits FRR's configuration (*.frr.conf) only"},
		"leaf1.junos.conf.vtysh": {"route-map A permit 10\n", "leaf1.junos.conf is no FRR configuration"},
		"spine1.frr.conf.vtysh":  {"no route-map RACKS-ONLY permit 90\n", "spine1.frr.conf.vtysh:1: no route-map RACKS-ONLY permit 90: there is no entry 90"},
		"spine1.frr.conf.patch":  {openRacks + openRacks, "changes a second file"},
	} {
		_, err := b.With(files{name: test[0]}.folder(t))
		require.ErrorContains(t, err, test[1], name)
	}
}
