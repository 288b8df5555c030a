package frr_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
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

// readFile reads a configuration of testdata.
func readFile(t *testing.T, name string) (*frr.Config, error) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return frr.Read(name, text)
}

// terms writes a policy, one line a term.
func terms(p *policy.Policy) string {
	var b strings.Builder
	for _, t := range p.Terms {
		fmt.Fprintf(&b, "    %s: %s: %s\n", t.Pos, t.Label(), t.Text())
	}
	return b.String()
}

// A whole router: its sessions with all that holds for each, and what was passed over.
func TestRouter(t *testing.T) {
	t.Parallel()
	c, err := readFile(t, "router.frr.conf")
	require.NoError(t, err)
	var b strings.Builder
	for _, p := range c.Policies() {
		fmt.Fprintf(&b, "%s: route-map %s\n%s", p.Pos, p.Name, terms(p))
	}
	for _, s := range c.Sessions {
		kind := map[bool]string{false: "internal", true: "external"}[s.External]
		fmt.Fprintf(&b, "%s: %s of group %q, v6 %t, %s, AS %d, paths %q\n", s.Pos, s.Name, s.Group, s.V6, kind, s.PeerAS, s.Multipath)
		fmt.Fprintf(&b, "  in %s\n  out %s\n", s.In, s.Out)
	}
	fmt.Fprintf(&b, "what bgpd does before the route-map out of %s:\n%s", c.Sessions[0].Name, terms(c.Sessions[0].Out[0].Policy))
	for _, p := range c.Passed {
		fmt.Fprintf(&b, "passed over: %s\n", p.Error())
	}
	golden(t, "router", b.String())
}

// All that is wrong with the sessions of a router, and with what they run, is said at once.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wrong", "refused"} {
		_, err := readFile(t, name+".frr.conf")
		var ps place.Problems
		require.True(t, errors.As(err, &ps))
		golden(t, name, err.Error()+"\n")
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	c, err := readFile(t, "untidy.frr.conf")
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range c.Lint() {
		fmt.Fprintln(&b, f)
	}
	golden(t, "lint", b.String())
}

// Where a route-map is used decides whether it is unused.
func TestLintBound(t *testing.T) {
	t.Parallel()
	c, err := frr.Read("r.frr.conf", []byte("route-map A deny 10\nroute-map B deny 10\n"))
	require.NoError(t, err)
	require.Empty(t, c.Lint())
	unused := c.Lint("A")
	require.Len(t, unused, 1)
	require.Equal(t, "r.frr.conf:2: note: route-map B is never used (unused)", unused[0].String())
}
