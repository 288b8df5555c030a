package conf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// lines parses text and returns its active statements, one a line.
func lines(t *testing.T, text string) string {
	t.Helper()
	c, err := Parse("r.conf", []byte(text))
	require.NoError(t, err)
	return statements(c)
}

func statements(c *Config) string {
	var b strings.Builder
	for _, s := range c.Root().Leaves() {
		b.WriteString(strings.Join(s.Words, " ") + "\n")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"braces and set lines say the same": {
			"set policy-options policy-statement A term B from protocol [ bgp static ]\nset policy-options policy-statement A term B then accept\n",
			lines(t, "policy-options { policy-statement A { term B { from { protocol [ bgp static ]; } then accept; } } }"),
		},
		"headers, comments and a version are no obstacle": {
			"## Last commit: 2022-06-21 06:17:00 UTC by admin; cr/123\nversion 21.4R1; /* two\nlines */\nsystem { host-name \"r 1\"; ## SECRET\n}",
			"version 21.4R1\nsystem host-name r 1\n",
		},
		"a fragment is put back under its parents": {
			"policy-statement A { then accept; } prefix-list P { 10.0.0.0/8; } group G { export A; } bgp { group H { type external; } }",
			"policy-options policy-statement A then accept\npolicy-options prefix-list P 10.0.0.0/8\nprotocols bgp group G export A\nprotocols bgp group H type external\n",
		},
		"actions keep their order across keywords": {
			"policy-statement A { then { community add X; local-preference 5; community delete Y; community { set Z; add Q; } } }",
			"policy-options policy-statement A then community add X\npolicy-options policy-statement A then local-preference 5\npolicy-options policy-statement A then community delete Y\npolicy-options policy-statement A then community set Z\npolicy-options policy-statement A then community add Q\n",
		},
		"a second value replaces the first where there is room for one": {
			"policy-statement A { then { metric 5; reject; metric add 6; accept; next term; } from { family inet; protocol bgp; family inet6; protocol static; } }\ngroup G { type internal; type external; local-as 1; local-as loops 2; local-as 3; import [ A B ]; import C; }\nas-path P \"1 .*\"; as-path P \"2 .*\";",
			"policy-options policy-statement A then metric add 6\npolicy-options policy-statement A then accept\npolicy-options policy-statement A then next term\npolicy-options policy-statement A from family inet6\npolicy-options policy-statement A from protocol bgp\npolicy-options policy-statement A from protocol static\npolicy-options as-path P 2 .*\nprotocols bgp group G type external\nprotocols bgp group G local-as 3\nprotocols bgp group G local-as loops 2\nprotocols bgp group G import A\nprotocols bgp group G import B\nprotocols bgp group G import C\n",
		},
		"what is inactive or to be deleted is not in the tree": {
			"policy-statement A { inactive: term B { then accept; } term C { inactive: from { protocol bgp; } then { inactive: metric 4; accept; } } delete: term D { then accept; } protect: term E { then reject; } }",
			"policy-options policy-statement A term C then accept\npolicy-options policy-statement A term E then reject\n",
		},
		"deactivate lines switch off a statement and all below it": {
			"set policy-options policy-statement A term B then community add X\nset policy-options policy-statement A term B then community add Y\nset policy-options policy-statement A term B then accept\ndeactivate policy-options policy-statement A term B then community\n",
			"policy-options policy-statement A term B then accept\n",
		},
		"policy expressions are cut into words, quoted words never": {
			"group G { export [ (A||B) C ( !D && E ) ]; import \"(A)\"; } policy-statement P { from policy ( X&&!Y ); from as-path \"a (b|c)\"; } as-path Q \"(1 | 2)\";",
			"protocols bgp group G export ( A || B )\nprotocols bgp group G export C\nprotocols bgp group G export ( ! D && E )\nprotocols bgp group G import (A)\npolicy-options policy-statement P from policy ( X && ! Y )\npolicy-options policy-statement P from as-path a (b|c)\npolicy-options as-path Q (1 | 2)\n",
		},
		"a name may look like a keyword": {
			"policy-statement export { term from { then accept; } term then { from protocol bgp; } } policy-statement import { term 1 { then reject; } } group type { type external; }",
			"policy-options policy-statement export term from then accept\npolicy-options policy-statement export term then from protocol bgp\npolicy-options policy-statement import term 1 then reject\nprotocols bgp group type type external\n",
		},
		"macros and flags are kept": {
			"policy-options { apply-macro site { colo AMS07; } apply-flags omit; policy-statement A; }",
			"policy-options apply-macro site colo AMS07\npolicy-options apply-flags omit\npolicy-options policy-statement A\n",
		},
		"other commands do to the lines before what they do on a router": {
			"delete\nset policy-options policy-statement A term B then accept\nset policy-options policy-statement A term C then reject\nset policy-options policy-statement A term D then reject\n" +
				"insert policy-options policy-statement A term C before term B\ndelete policy-options policy-statement A term D\nrename policy-options policy-statement A to policy-statement E\n" +
				"deactivate policy-options policy-statement E term B\nactivate policy-options policy-statement E term B\n",
			"policy-options policy-statement E term C then reject\npolicy-options policy-statement E term B then accept\n",
		},
		"a session with edit and top": {
			"configure\nedit policy-options policy-statement A\nset term B then accept\nup\nset prefix-list P 10.0.0.0/8\ntop\nset system host-name h\ncommit and-quit\n",
			"policy-options policy-statement A term B then accept\npolicy-options prefix-list P 10.0.0.0/8\nsystem host-name h\n",
		},
		"prompts and banners are no obstacle": {
			"show configuration | display set | no-more\n\nset a b\n\n{master:0}[edit]\nr@host# set c d\nhost> set e f\n\n{master:0}\nr@host>",
			"a b\nc d\ne f\n",
		},
		"the command that shows a part says where it belongs": {
			"r@h> show configuration policy-options policy-statement A | no-more \nterm B {\n    then accept;\n}\n\n{master}\nr@h> show configuration protocols bgp group G export\nexport [ A B ];\n\n" +
				"r@h> configure\nEntering configuration mode\n\n[edit policy-options]\nr@h# show prefix-list P\n10.0.0.0/8;\n\n[edit]\nr@h# show system\nhost-name h;\n",
			"policy-options policy-statement A term B then accept\npolicy-options prefix-list P 10.0.0.0/8\nprotocols bgp group G export A\nprotocols bgp group G export B\nsystem host-name h\n",
		},
		"what was typed in a comment was not typed": {
			"/* as in\nr@h> show configuration | match a\nr@i> show configuration c */\na b; # r@h> show\n", "a b\n",
		},
		"what a router omits where no policy can be is no obstacle": {
			"system { login { /* OMITTED */ }; host-name h; }", "system login\nsystem host-name h\n",
		},
		"a term split in two is one term": {
			"policy-statement A { term B { from protocol bgp; } term C { then reject; } term B { then accept; } }",
			"policy-options policy-statement A term B from protocol bgp\npolicy-options policy-statement A term B then accept\npolicy-options policy-statement A term C then reject\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, lines(t, tc.text))
		})
	}
}

func TestNode(t *testing.T) {
	c, err := Parse("r.conf", []byte("policy-statement A {\n term B {\n  then accept;\n }\n}"))
	require.NoError(t, err)
	term := c.Root().Get("policy-options", "policy-statement", "A", "term", "B")
	require.Equal(t, "r.conf:2", term.Pos.String())
	require.Equal(t, "r.conf:3", term.Get("then", "accept").Pos.String())
	require.Equal(t, []string{"then", "accept"}, term.Leaves()[0].Words)
	require.Nil(t, c.Root().Get("policy-options", "community", "X").Child("members"))
	require.Empty(t, c.Root().Child("system").Leaves())
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("a {", 130) + strings.Repeat("}", 130)
	for text, want := range map[string]string{
		"a {\n b;":                 "r.conf:2: the text ends where 1 closing braces are missing",
		"a;\n}":                    "r.conf:2: a closing brace without an opening one",
		"a { b }":                  `r.conf:1: the statement "b" does not end: a semicolon is missing`,
		"a b":                      `r.conf:1: the statement "a b" does not end: a semicolon is missing`,
		"a \"b;\n":                 "r.conf:1: a quoted string begins here and never ends",
		"a;\n/* b":                 "r.conf:2: a comment begins here and never ends",
		"a [ b;":                   "r.conf:1: a list in brackets begins here and does not end",
		"a [ b ] c;":               `r.conf:1: "c" stands behind a list in brackets`,
		"a ];":                     "r.conf:1: a closing bracket without an opening one",
		"a; ;":                     "r.conf:1: a semicolon without a statement",
		"a;\n{ b; }":               "r.conf:2: a block without a name",
		"a;\nb\x00;":               "r.conf:2: a NUL byte: this is not configuration text",
		"a;\nb\xff;":               "r.conf:2: not UTF-8: this is not configuration text",
		"term A { ... }":           "r.conf:1: the text is elided here (...): give all of it",
		"insert: term A;":          "r.conf:1: insert: is not supported: use an insert line",
		deep:                       "r.conf:1: braces nested deeper than 128",
		"group G { export (A; }":   "r.conf:1: the parentheses of a policy expression do not match",
		"set a b\nset\ndelete c":   "r.conf:2: set without a path\nr.conf:3: delete: there is no \"c\"",
		"set a b\nload merge x":    "r.conf:2: the command \"load\" is not supported in a configuration",
		"set a b\ndelete\nset a b": "r.conf:2: delete of the whole configuration is not supported",
		"r@h> show configuration\na b;\nr@i> show configuration\nc;": "r.conf:3: this was typed on i, what stands before on h: give each router a text of its own",
		"policy-options { policy-statement A { /* OMITTED */ }; }":   "r.conf:1: the content of \"policy-options policy-statement A\" is omitted here: give all of it",
		"system { login { user u; }; }":                              "r.conf:1: a semicolon without a statement",
		"r@h> show configuration | match a\na b;":                    "r.conf:1: \"show configuration | match a\" shows a part of the configuration: give all of it",
		"set a b\ndeactivate a c d":                                  "r.conf:2: deactivate: there is no \"c d\" in \"a\"",
		"set a b;\n":                                                 "r.conf:1: ';' in a set line",
		"policy-statement A { then { apply-groups Z; } }":            "r.conf:1: apply-groups Z: there is no configuration group \"Z\"",
		"apply-groups X;\npolicy-options { apply-groups [ Y ]; }":    "r.conf:1: apply-groups X: there is no configuration group \"X\"\nr.conf:2: apply-groups Y: there is no configuration group \"Y\"",
	} {
		_, err := Parse("r.conf", []byte(text))
		require.EqualError(t, err, want, "%.40q", text)
	}
}

// Text from strangers is refused or read at once, whatever it is.
func TestParseIsQuick(t *testing.T) {
	for name, text := range map[string]string{
		"a million terms":     "policy-statement A {" + strings.Repeat("term a;", 1_000_001) + "}",
		"a million set lines": strings.Repeat("set a b\n", 1_000_001),
		"a million members":   "a [" + strings.Repeat(" b", 1_000_001) + " ];",
		"a million words":     "a" + strings.Repeat(" b", 1_000_001) + ";",
		"a million braces":    strings.Repeat("a{", 1_000_001),
		"a large file":        strings.Repeat("#", 16<<20+1),
		"one endless string":  `a "` + strings.Repeat(`\"`, 1_000_001),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("r.conf", []byte(text))
			require.Error(t, err)
		})
	}
}

// A patch takes time in proportion to its length, whatever it does.
func TestPatchIsQuick(t *testing.T) {
	const many = 20_000
	var filters, terms, misses, prefixes, inserts, order, actions strings.Builder
	for i := range many {
		fmt.Fprintf(&filters, "route-filter %d exact;", i)
		fmt.Fprintf(&terms, "term %d;", i)
		fmt.Fprintf(&misses, "delete policy-options policy-statement A from route-filter x%d\n", i)
		fmt.Fprintf(&prefixes, "delete policy-options policy-statement A from route-filter %d\n", many-1-i)
		fmt.Fprintf(&inserts, "insert policy-options policy-statement A term %d before term 0\n", i+1)
		fmt.Fprintf(&order, "! term %d;\n", many-1-i)
		fmt.Fprintf(&actions, "set policy-options policy-statement A then metric %d\n", i)
		fmt.Fprintf(&actions, "set policy-options policy-statement A then community add %d\n", i)
	}
	c, err := Parse("r.conf", []byte("policy-statement A { from {"+filters.String()+"}"+terms.String()+"}"))
	require.NoError(t, err)
	for name, patch := range map[string]string{
		"what is not there": misses.String(),
		"shortened paths":   prefixes.String(),
		"inserts":           inserts.String(),
		"a new order":       "[edit policy-options policy-statement A]\n" + order.String(),
		"actions":           actions.String(),
		"all, many times":   strings.Repeat("deactivate policy-options policy-statement A from route-filter\n", many),
		"deep in":           strings.Repeat("edit a b c d\n", 200_000) + "set x",
		"long headers":      "[edit" + strings.Repeat(" a", 1_000_000) + "]\n+ b;",
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := ParsePatch("p", []byte(patch)); err == nil {
				_, _ = p.Apply(c)
			}
		})
	}
}
