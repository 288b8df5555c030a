package native

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// answering returns a command line that answers from files of testdata, by words of the command.
func answering(t *testing.T, files map[string]string) cli {
	t.Helper()
	return cli{folder: t.TempDir(), run: func(_ context.Context, _ string, argv ...string) (string, error) {
		for words, file := range files {
			if strings.Contains(strings.Join(argv, " "), words) {
				text, err := os.ReadFile(filepath.Join("testdata", file))
				return string(text), err
			}
		}
		return "", os.ErrNotExist
	}}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// best1 and rest1 are the two routes that every sample shows: over the first neighbour, used, and over the second, not.
var (
	best1 = Path{Best: true, Route: policy.Route{Prefix: netip.MustParsePrefix("10.20.0.0/24"), NextHop: addr("100.64.0.0"), Neighbor: addr("100.64.0.0"),
		LocalPref: 100, MED: 5, ASPath: []uint32{65101, 65001}, Communities: policy.CommunitySet(policy.Std(65000, 1), policy.Std(0xffff, 0xff01),
			policy.Community{Kind: policy.Large, A: 65000, B: 1, C: 2})}}
	rest1 = Path{Route: policy.Route{Prefix: netip.MustParsePrefix("10.20.0.0/24"), NextHop: addr("100.64.0.2"), Neighbor: addr("100.64.0.2"),
		LocalPref: 100, ASPath: []uint32{65102, 65102, 65001}, Origin: policy.Incomplete}}
)

func TestSamplesAreRead(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for kind, d := range map[string]device{
		"juniper_crpd": &crpd{answering(t, map[string]string{"show version": "crpd-version.json", "show bgp summary": "crpd-summary.json", "show route": "crpd-routes.json"})},
		"arista_ceos": &ceos{cli: answering(t, map[string]string{"show version": "ceos-version.json", "show ip bgp summary": "ceos-summary.json",
			"show ipv6 bgp": "ceos-none.json", "show ip bgp detail": "ceos-routes.json", "show ip route": "ceos-table.json", "show ipv6 route": "ceos-none.json"})},
		"nokia_srlinux": &srlinux{cli: answering(t, map[string]string{"system information": "srlinux-version.json", "session-state": "srlinux-sessions.json",
			"bgp-rib": "srlinux-rib.json", "route-table": "srlinux-table.json"})},
	} {
		version, err := d.version(ctx)
		require.NoError(t, err, kind)
		require.NotEmpty(t, version, kind)
		sessions, err := d.sessions(ctx)
		require.NoError(t, err, kind)
		require.Len(t, sessions, 2, kind)
		require.Equal(t, Up, sessions[addr("100.64.0.0")], kind)
		require.NotEqual(t, Up, sessions[addr("100.64.0.2")], kind)
		paths, err := d.paths(ctx)
		require.NoError(t, err, kind)
		require.Equal(t, []Path{best1, rest1}, paths, kind)
		fib, err := d.fib(ctx)
		require.NoError(t, err, kind)
		if kind == "juniper_crpd" {
			require.Nil(t, fib, "the kernel has it")
			continue
		}
		require.ElementsMatch(t, []Forward{
			{Prefix: netip.MustParsePrefix("10.20.0.0/24"), Hops: []netip.Addr{addr("100.64.0.0")}},
			{Prefix: netip.MustParsePrefix("10.255.0.1/32"), Local: true},
			{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Drop: true},
		}, fib, kind)
	}
}

// What is not of the shape that is known is an error: no sessions, routes or entries are taken for none.
func TestOtherShapesAreErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "% Invalid input", "[]", `{"a": 1}`, "error: unknown command"} {
		c := cli{folder: t.TempDir(), run: func(context.Context, string, ...string) (string, error) { return text, nil }}
		for kind, d := range map[string]device{"juniper_crpd": &crpd{c}, "arista_ceos": &ceos{cli: c}, "nokia_srlinux": &srlinux{cli: c}} {
			_, err := d.version(t.Context())
			require.Error(t, err, "%s: %q", kind, text)
			_, err = d.sessions(t.Context())
			require.Error(t, err, "%s: %q", kind, text)
			_, err = d.paths(t.Context())
			require.Error(t, err, "%s: %q", kind, text)
			if fib, err := d.fib(t.Context()); kind != "juniper_crpd" {
				require.Error(t, err, "%s: %q: %v", kind, text, fib)
			}
		}
	}
}

func TestJunosThatHoldsSomethingElse(t *testing.T) {
	t.Parallel()
	const text = `policy-options {
    policy-statement A {
        term one { then { community add X; community delete Y; accept; } }
        term two { then reject; }
    }
}
protocols { bgp { group G { export [ A B ]; neighbor 192.0.2.1; } } }
`
	sent, err := conf.Parse("text", []byte(text))
	require.NoError(t, err)
	edit := func(old, now string) string { return strings.Replace(text, old, now, 1) }
	for name, test := range map[string]struct{ shown, want string }{
		"the same":                      {"version 24.2R1;\n" + text, ""},
		"another order of sections":     {text[strings.Index(text, "protocols"):] + text[:strings.Index(text, "protocols")], ""},
		"a statement less":              {edit("community delete Y; ", ""), "does not hold \"policy-options policy-statement A term one then community delete Y\""},
		"a statement more":              {edit("then reject;", "then { reject; community add Z; }"), "which it was not sent"},
		"another order of terms":        {edit("term two { then reject; }", ""), "does not hold"},
		"another order of policies":     {edit("[ A B ]", "[ B A ]"), "in another order"},
		"another order of actions":      {edit("community add X; community delete Y;", "community delete Y; community add X;"), ""},
		"a block that is not supported": {edit("protocols {", "## Warning: configuration block ignored: unsupported platform (crpd)\nprotocols {"), "ignores part"},
	} {
		err := holds(sent, test.shown)
		if test.want == "" && !strings.Contains(name, "actions") {
			require.NoError(t, err, name)
		} else if test.want != "" {
			require.ErrorContains(t, err, test.want, name)
		}
	}
	swapped := strings.Replace(strings.Replace(strings.Replace(text, "term one", "term tmp", 1), "term two { then reject; }", "", 1), "term tmp", "term two { then reject; }\nterm one", 1)
	require.ErrorContains(t, holds(sent, swapped), "in another order")
}

// Configurations come from strangers. What would have a router run commands is refused before the router hears of it.
func TestConfigurationsThatRunCommandsAreRefused(t *testing.T) {
	t.Parallel()
	silent := cli{folder: t.TempDir(), run: func(_ context.Context, _ string, argv ...string) (string, error) {
		t.Errorf("the router was asked: %q", argv)
		return "", os.ErrPermission
	}}
	for name, c := range map[string]struct {
		to         device
		text, want string
	}{
		"an event policy of Junos": {&crpd{silent}, "policy-options {\n    prefix-list A;\n}\nevent-options {\n    policy P {\n        then {\n            execute-commands {\n                commands {\n                    \"request system reboot\";\n                }\n            }\n        }\n    }\n}\n", "event-options: refused"},
		"a commit script of Junos": {&crpd{silent}, "set system scripts commit file x.slax\n", "line 1: system scripts: refused"},
		"an event handler of EOS":  {&ceos{cli: silent}, "hostname a\nevent-handler X\n   action bash reboot\n", "line 2: event-handler: refused"},
		"a shell of EOS":           {&ceos{cli: silent}, "bash reboot\n", "line 1: bash: refused"},
		"an event handler of SR Linux": {&srlinux{cli: silent}, `{"srl_nokia-system:system": {"srl_nokia-event_handler:event-handler": {"instance": [{"name": "x", "upython-script": "y.py"}]}}}`,
			"/srl_nokia-system:system/srl_nokia-event_handler:event-handler: refused"},
		"a list in SR Linux": {&srlinux{cli: silent}, `{"a": [{"event-handler": {}}]}`, "/a[0]/event-handler: refused"},
	} {
		require.ErrorContains(t, c.to.load(t.Context(), c.text), c.want, name)
	}
}

// A commit that never comes to an end is an error when the time is over.
func TestARouterThatHangs(t *testing.T) {
	t.Parallel()
	for kind, text := range map[string]string{"juniper_crpd": "system { host-name a; }\n", "arista_ceos": "hostname a\n", "nokia_srlinux": "{}"} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := Open(ctx, kind, t.TempDir(), func(ctx context.Context, stdin string, argv ...string) (string, error) {
			if strings.Contains(stdin+strings.Join(argv, " "), "commit") || strings.Contains(strings.Join(argv, " "), "session-config") {
				cancel()
				<-ctx.Done()
				return "", ctx.Err()
			}
			return `{"software-information": [{"junos-version": [{"data": "1"}]}], "version": "1", "system": {"information": {"version": "1"}}}`, nil
		})
		require.NoError(t, err, kind)
		require.ErrorIs(t, r.Load(ctx, text), context.Canceled, kind)
	}
}

// What SR Linux shows is compared with a saved file by what is configured: without modules, and without what save adds.
func TestSRLinuxThatHoldsSomethingElse(t *testing.T) {
	t.Parallel()
	const sent = `{"_preamble": {"header": {"release": "v1"}}, "srl_nokia-system:system": {"name": {"host-name": "a"}},
		"srl_nokia-network-instance:network-instance": [{"name": "default", "type": "srl_nokia-network-instance:default"}, {"name": "b"}]}`
	const held = `{"network-instance": [{"name": "default", "type": "default"}, {"name": "b"}], "system": {"name": {"host-name": "a"}}}`
	for now, want := range map[string]string{
		held:                                   "",
		strings.Replace(held, `"a"`, `"c"`, 1): "the router holds /system/name/host-name c, not a",
		strings.Replace(held, `, {"name": "b"}`, "", 1):                         "the router holds 1 of /network-instance, not 2",
		strings.Replace(held, `{"host-name": "a"}`, "{}", 1):                    "the router does not hold /system/name/host-name",
		strings.Replace(held, `"type": "default"`, `"type": "host"`, 1):         "the router holds /network-instance[0]/type host, not default",
		strings.Replace(held, `"system"`, `"acl": {}, "system"`, 1):             "the router holds /acl, which it was not sent",
		strings.Replace(held, `"system"`, `"srl_nokia-a:system"`, 1):            "",
		strings.Replace(held, `{"name"`, `{"srl_nokia-a:name": "x", "name"`, 1): "the router holds /network-instance[0]/srl_nokia-a:name, which it was not sent",
	} {
		var a, b any
		require.NoError(t, json.Unmarshal([]byte(sent), &a))
		require.NoError(t, json.Unmarshal([]byte(now), &b))
		if err := alike("", bareJSON(a), bareJSON(b)); want == "" {
			require.NoError(t, err, now)
		} else {
			require.ErrorContains(t, err, want, now)
		}
	}
}

// Releases of SR Linux before 25 show what leads to a path by "info" alone.
func TestOlderSRLinuxIsAskedInItsWords(t *testing.T) {
	t.Parallel()
	c := &srlinux{cli: answering(t, map[string]string{"-d info from state system information": "srlinux-version.json"})}
	_, err := c.version(t.Context())
	require.NoError(t, err)
	require.Equal(t, "info", c.info)
}
