package frr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/policy"
)

const patched = `ip prefix-list RACKS seq 5 permit 10.20.0.0/16 le 24
!
route-map OUT permit 10
 match ip address prefix-list RACKS
exit
!
route-map OUT deny 20
exit
!
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 route-map OUT out
exit
`

// said returns what a text says, one command a line.
func said(t *frr.Text) string {
	var out []string
	for _, s := range t.Statements() {
		out = append(out, s.Pos.String()+": "+strings.Join(s.Words, " "))
	}
	return strings.Join(out, "\n")
}

func patch(t *testing.T, diff string) (*frr.Text, error) {
	t.Helper()
	ds, err := frr.ParseDiff("p.diff", []byte(diff))
	if err != nil {
		return nil, err
	}
	require.Len(t, ds, 1)
	return frr.Parse("r.frr.conf", []byte(patched)).Patch(ds[0])
}

// Added lines are told by their place in the diff, all others by that in the text.
func TestDiffIsApplied(t *testing.T) {
	t.Parallel()
	text, err := patch(t, `diff --git a/policy/r.frr.conf b/policy/r.frr.conf
index 83db48f..bf269f4 100644
--- a/policy/r.frr.conf
+++ b/policy/r.frr.conf
@@ -2,5 +2,6 @@ ip prefix-list
 !
 route-map OUT permit 10
- match ip address prefix-list RACKS
+ match ip address prefix-list ALL
+ set metric 5
 exit
 !
`)
	require.NoError(t, err)
	require.Equal(t, `r.frr.conf:1: ip prefix-list RACKS seq 5 permit 10.20.0.0/16 le 24
r.frr.conf:3: route-map OUT 10 permit
p.diff:9: route-map OUT 10 match ip address prefix-list ALL
p.diff:10: route-map OUT 10 set metric 5
r.frr.conf:7: route-map OUT 20 deny
r.frr.conf:10: router bgp 65000
r.frr.conf:11: router bgp neighbor 10.0.0.1 remote-as 65001
r.frr.conf:12: router bgp neighbor 10.0.0.1 route-map OUT out`, said(text))
}

// A hunk that is not where it says goes where alone it fits, and those behind it as far from where they say.
func TestHunksFindTheirPlace(t *testing.T) {
	t.Parallel()
	text, err := patch(t, "@@ -40,3 +40,4 @@\n route-map OUT deny 20\n exit\n+route-map OUT permit 30\n !\n@@ -48,1 +49,0 @@\n- neighbor 10.0.0.1 route-map OUT out\n")
	require.NoError(t, err)
	require.Contains(t, said(text), "p.diff:4: route-map OUT 30 permit")
	require.NotContains(t, said(text), "route-map OUT out")
	text, err = patch(t, "@@ -13,0 +14,1 @@\n+ip prefix-list MORE permit any\n")
	require.NoError(t, err)
	require.Contains(t, said(text), "p.diff:2: ip prefix-list MORE permit any")
	text, err = patch(t, strings.ReplaceAll("@@ -7,2 +7,1 @@\n-route-map OUT deny 20\n exit\n\\ No newline at end of file\n", "\n", "\r\n"))
	require.NoError(t, err)
	require.NotContains(t, said(text), "deny")
}

func TestDiffsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for diff, want := range map[string]string{
		"@@ -3,2 +3,1 @@\n route-map IN permit 10\n- set metric 7\n": `p.diff:2: r.frr.conf has no line "route-map IN permit 10": the diff is of another text`,
		"@@ -4,2 +4,1 @@\n exit\n-route-map OUT permit 10\n":         `p.diff:2: "exit" does not stand here in r.frr.conf, which has " match ip address prefix-list RACKS" at r.frr.conf:4: the diff is of another text`,
		"@@ -1,1 +1,0 @@\n-exit\n":                                   `p.diff:1: the hunk is not where it says and fits in several places, as at r.frr.conf:5 and r.frr.conf:8 and r.frr.conf:13: give more lines around it`,
		"@@ -3,2 +3,1 @@\n route-map OUT permit 10\n":                `p.diff:1: @@ -3,2 +3,1 @@: the hunk does not have the lines that its header says: the diff is cut off or was edited`,
		"@@ -3,2 +3,2 @@\nroute-map OUT permit 10\n":                 `p.diff:2: route-map OUT permit 10: a line of a hunk begins with a blank, - or +; the header at p.diff:1 promises 2 more lines of before and 2 of after`,
		"@@ three @@\n":             `p.diff:1: @@ three @@: want @@ -LINE,COUNT +LINE,COUNT @@`,
		"@@ -99,0 +99,1 @@\n+!":     `p.diff:1: the hunk stands behind the end of r.frr.conf`,
		"route-map OUT permit 10\n": `p.diff: a diff without hunks: want what git diff prints`,
		"--- /dev/null\n+++ b/x.frr.conf\n@@ -0,0 +1,1 @@\n+!\n":                         `p.diff:1: a file that comes or goes: closlab judges changes of the texts that the baseline has`,
		"diff --git a/x b/y\nrename from x\n--- a/x\n+++ b/y\n@@ -1,1 +1,1 @@\n-!\n+#\n": `p.diff:2: rename from x: want changed lines of a text`,
	} {
		_, err := patch(t, diff)
		require.EqualError(t, err, want, diff)
	}
}

// Lines that are typed do what they do to a router that runs the text; TestBGPdIsToldWhatTypeSays has seen it.
func TestTypedLines(t *testing.T) {
	t.Parallel()
	ten, rack := learned("10.0.0.0/8"), learned("10.20.1.0/24")
	const accept = " bgp as-path 65009 7"
	for typed, want := range map[string][2]string{
		"":                           {"reject", rack.Prefix.String() + accept},
		"no route-map OUT permit 10": {"reject", "reject"},
		"conf t\nno route-map OUT deny 20\nroute-map OUT permit 30\nend\nwrite":              {},
		"configure terminal\nroute-map OUT permit 10\n no match ip address prefix-list\nend": {ten.Prefix.String() + accept, rack.Prefix.String() + accept},
		"route-map OUT permit 10\nmatch ip address prefix-list GONE":                         {"reject", "reject"},
		"no ip prefix-list RACKS seq 5\nip prefix-list RACKS permit 10.0.0.0/8":              {ten.Prefix.String() + accept, "reject"},
		"ip prefix-list RACKS seq 3 deny 10.20.1.0/24":                                       {"reject", "reject"},
		"no ip prefix-list RACKS": {"reject", "reject"},
		"route-map OUT permit 10\nset metric 5\nset metric 6\nexit\nroute-map OUT permit 5\nmatch ip address prefix-list RACKS":                                       {"reject", rack.Prefix.String() + accept},
		"router bgp 65000\nno neighbor 10.0.0.1 route-map OUT out":                                                                                                    {"reject", "reject"},
		"router bgp 65000\nno bgp ebgp-requires-policy\naddress-family ipv4 unicast\nno neighbor 10.0.0.1 route-map OUT out\nneighbor 10.0.0.1 prefix-list RACKS out": {"reject", rack.Prefix.String() + accept},
	} {
		text, err := frr.Parse("r.frr.conf", []byte(patched)).Type("typed", []byte(typed))
		if want[0] == "" {
			require.EqualError(t, err, "typed:5: write: configures nothing: leave it out")
			continue
		}
		require.NoError(t, err, typed)
		c, err := text.Read()
		require.NoError(t, err, typed)
		require.Empty(t, c.Problems(), typed)
		require.Equal(t, want, [2]string{outcome(c.Sessions[0].Out, ten, policy.Export), outcome(c.Sessions[0].Out, rack, policy.Export)}, typed)
	}
}

// What bgpd would not take, or take without doing anything, is an error of the typed line.
func TestTypedLinesThatDoNothing(t *testing.T) {
	t.Parallel()
	_, err := frr.Parse("r.frr.conf", []byte(patched)).Type("typed", []byte(`no route-map OUT permit 15
no route-map IN
no ip prefix-list RACKS seq 7
no ip prefix-list RACKS permit 10.0.0.0/8
no ip prefix-list GONE
route-map OUT permit 10
no set metric
no call
no on-match next
rout-map OUT permit 5
`))
	require.EqualError(t, err, `typed:1: no route-map OUT permit 15: there is no entry 15 of route-map OUT
typed:2: no route-map IN: there is no route-map IN
typed:3: no ip prefix-list RACKS seq 7: there is no such entry
typed:4: no ip prefix-list RACKS permit 10.0.0.0/8: there is no such entry
typed:5: no ip prefix-list GONE: there is no ip prefix-list GONE
typed:7: no set metric: there is no set metric in entry 10 of route-map OUT
typed:8: no call: there is no call in entry 10 of route-map OUT
typed:9: no on-match next: there is no on-match in entry 10 of route-map OUT
typed:10: unknown: rout-map OUT permit 5`)
	_, err = frr.Parse("r.frr.conf", []byte(patched)).Type("typed", []byte("show run\nvtysh -c 'conf t'\n"))
	require.EqualError(t, err, "typed:1: show run: configures nothing: leave it out\ntyped:2: vtysh -c 'conf t': want the lines that are typed in vtysh, without vtysh -c")
	_, err = frr.Parse("r.frr.conf", []byte(patched)).Type("typed", []byte("end\nno route-map OUT\nconf t\nno route-map OUT\n"))
	require.EqualError(t, err, "typed:2: no route-map OUT: FRR does not take this behind end: type configure terminal first")
}

// FuzzPatch: any text is a diff or not, and any diff fits or does not.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(patched), []byte("@@ -7,2 +7,1 @@\n-route-map OUT deny 20\n exit\n"))
	f.Add([]byte(patched), []byte("no route-map OUT permit 10\n"))
	f.Fuzz(func(_ *testing.T, text, change []byte) {
		base := frr.Parse("r.frr.conf", text)
		if ds, err := frr.ParseDiff("p.diff", change); err == nil {
			for _, d := range ds {
				if is, err := base.Patch(d); err == nil {
					is.Statements()
				}
			}
		}
		if is, err := base.Type("typed", change); err == nil {
			is.Read()
		}
	})
}
