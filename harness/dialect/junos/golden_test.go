package junos

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name + ".golden"
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// All that keeps definitions from being read is said at once, each at its line; none of it stops a router that runs none of them.
func TestUnread(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, u := range readFile(t, "wrong.conf").Unread {
		fmt.Fprintf(&b, "%s: %s %s\n", u.Pos, u.Kind, u.Name)
		for _, p := range u.Problems {
			fmt.Fprintf(&b, "  %s\n", p.Error())
		}
	}
	golden(t, "wrong", b.String())
}

// What is not modelled keeps those sessions from being judged that have it, inherit it or run it, and no others.
func TestUnjudgedSessions(t *testing.T) {
	t.Parallel()
	c := readFile(t, "unjudged.conf")
	var b strings.Builder
	show := func(who string, ps place.Problems) {
		fmt.Fprintf(&b, "%s\n  %s\n", who, strings.ReplaceAll(ps.Error(), "\n", "\n  "))
	}
	show("all of them", c.Everywhere)
	for _, g := range c.Groups {
		show("group "+g.Name, g.Problems[min(len(g.Problems), len(c.Everywhere)):])
		for _, n := range g.Neighbors {
			show("neighbor "+n.Addr.String(), n.Problems[min(len(n.Problems), len(g.Problems)):])
		}
	}
	golden(t, "unjudged", b.String())
}

// All that keeps Junos from taking the text is said at once.
func TestProblems(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/wrong-bgp.conf")
	require.NoError(t, err)
	parsed, err := conf.Parse("wrong-bgp.conf", text)
	require.NoError(t, err)
	_, err = Read(parsed)
	require.Error(t, err)
	golden(t, "wrong-bgp", err.Error()+"\n")
}

// A whole router: its sessions with the policies that hold for each, and what was passed over.
func TestRouter(t *testing.T) {
	t.Parallel()
	c := readFile(t, "router.conf")
	var b strings.Builder
	for _, p := range c.Policies {
		fmt.Fprintf(&b, "%s: policy %s\n", p.Pos, p.Name)
		for _, term := range p.Terms {
			fmt.Fprintf(&b, "  %s: %s: %s\n", term.Pos, term.Label(), term.Text())
		}
	}
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "%s: group %s %s\n", g.Pos, g.Name, describe(g.Settings))
		for _, n := range g.Neighbors {
			fmt.Fprintf(&b, "  %s: neighbor %s %s\n", n.Pos, n.Addr, describe(n.Settings))
		}
	}
	for _, p := range c.Passed {
		fmt.Fprintf(&b, "passed over: %s\n", p.Error())
	}
	golden(t, "router", b.String())
}

func describe(s Settings) string {
	return fmt.Sprintf("%s import [%s] export [%s] peer-as %d local-as %d families %q multipath %t multiple-as %t",
		s.Type, s.Import, s.Export, s.PeerAS, s.LocalAS, s.Families, s.Multipath, s.MultipleAS)
}

func TestLint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, name := range []string{"untidy.conf", "router.conf", "aggregates-out.conf", "aggregates-out-2022-06-21.conf"} {
		fmt.Fprintf(&b, "# %s\n", name)
		for _, f := range readFile(t, name).Lint() {
			fmt.Fprintln(&b, f)
		}
	}
	golden(t, "lint", b.String())
}

// Where a policy is used decides whether it is unused.
func TestLintBound(t *testing.T) {
	t.Parallel()
	c := read(t, "policy-options { policy-statement A { then reject; } policy-statement B { then reject; } }")
	require.Empty(t, c.Lint())
	unused := c.Lint("A")
	require.Len(t, unused, 1)
	require.Equal(t, "router.conf:1: note: policy-statement B is never used (unused)", unused[0].String())
}

func TestChain(t *testing.T) {
	t.Parallel()
	c := read(t, "policy-options { policy-statement A { then reject; } policy-statement B { then reject; } }")
	for entry, want := range map[string]string{
		"A":                  "A",
		"[ A B ]":            "A B",
		"( A && B )":         "(A && B)",
		"(A||B&&!A)":         "(A || (B && !A))",
		"B ( !A && (B||A) )": "B (!A && (B || A))",
	} {
		chain, err := c.Chain(entry)
		require.NoError(t, err, entry)
		require.Equal(t, want, chain.String())
	}
	_, err := c.Chain("A", "NONE", "( B && GONE )", "A &&")
	require.EqualError(t, err, `policy-statement NONE is not defined: define it under policy-options or mend the name
policy-statement GONE is not defined: define it under policy-options or mend the name
policy expression "A &&": want policies in parentheses with && || or ! between them`)
}

// What a group gives counts as if it stood where it is applied, and what is inactive does not count.
func TestGroups(t *testing.T) {
	t.Parallel()
	c := read(t, `
groups { SPINE {
	protocols { bgp { group <*> { type external; import IN; } } }
	policy-options { community C members 64500:1; policy-statement IN { term LAST { then reject; } } }
} }
apply-groups SPINE;
policy-options { policy-statement IN { term FIRST { from community C; then accept; } inactive: term GONE { from community NOWHERE; } } }
protocols { bgp { group LEAVES { export [ IN ( IN && !IN ) ]; neighbor 10.0.0.0; } } }`)
	in, ok := c.Policy("IN")
	require.True(t, ok)
	require.Len(t, in.Terms, 2)
	require.Equal(t, "FIRST", in.Terms[0].Name)
	require.Equal(t, "LAST", in.Terms[1].Name)
	require.Len(t, c.Groups, 1)
	require.Equal(t, "external import [IN] export [IN (IN && !IN)] peer-as 0 local-as 0 families [] multipath false multiple-as false", describe(c.Groups[0].Neighbors[0].Settings))
}
