package junos

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// Whatever the text, reading it ends in a configuration or in problems, and what was read can be used.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.conf")
	require.NoError(f, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := conf.Parse("fuzz.conf", []byte(text))
		if err != nil {
			return
		}
		c, err := Read(parsed)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for _, finding := range c.Lint() {
			require.NotEmpty(t, finding.String())
		}
		for _, p := range c.Policies {
			chain, err := c.Chain(p.Name)
			require.NoError(t, err)
			got := policy.Apply(chain, bgp("198.18.10.0/24", policy.NoExport), policy.Env{})
			require.NotEqual(t, policy.Next, got.Decision)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	text.WriteString("policy-options {\n")
	for i := range 1_000 {
		fmt.Fprintf(&text, "prefix-list P%d { 10.%d.%d.0/24; }\ncommunity C%d members 64500:%d;\n", i, i/256, i%256, i, i)
	}
	text.WriteString("policy-statement A {\n")
	for i := range 1_000 {
		fmt.Fprintf(&text, "term T%d { from { protocol bgp; prefix-list P%d; } then { community add C%d; accept; } }\n", i, i, i)
	}
	text.WriteString("}\n}\n")
	parsed, err := conf.Parse("large.conf", []byte(text.String()))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(parsed); err != nil {
			b.Fatal(err)
		}
	}
}

// The policy of 2022-06-21 with its eleven terms: the first term decides, the last does, one changes the communities.
func BenchmarkApply(b *testing.B) {
	chain, err := readFile(b, "aggregates-out.conf").Chain("AGGREGATES-OUT")
	require.NoError(b, err)
	env := policy.Env{Direction: policy.Export, Peer: netip.MustParseAddr("192.0.2.99")}
	for name, route := range map[string]policy.Route{
		"first-term": bgp("2001:db8:dead::/48"),
		"site-local": bgp("198.18.10.0/24"),
		"last-term":  bgp("203.0.113.0/24"),
		"strip":      bgp("198.18.10.0/24", policy.NoExport),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				policy.Apply(chain, route, env)
			}
		})
	}
}

// A decision costs nothing to the garbage collector unless it changes a list of the route.
func TestApplyDoesNotAllocate(t *testing.T) {
	chain, err := readFile(t, "aggregates-out.conf").Chain("AGGREGATES-OUT")
	require.NoError(t, err)
	for _, prefix := range []string{"2001:db8:dead::/48", "198.18.10.0/24", "203.0.113.0/24"} {
		route := bgp(prefix)
		require.Zero(t, testing.AllocsPerRun(100, func() { policy.Apply(chain, route, policy.Env{}) }), prefix)
	}
}

// The command line takes abbreviations; what one of them may hide is not passed over.
func TestAbbreviations(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, readError(t, "set prot bgp group G export P\n"), "prot: write protocols in full")
	require.ErrorContains(t, readError(t, "set policy policy-statement P then reject\n"), "policy: write policy-options in full")
	require.ErrorContains(t, readError(t, "set policy-options policy P then reject\n"), "policy-options policy: write policy-statement in full")
	require.ErrorContains(t, readError(t, "set protocols bgp neigh 10.0.0.1\n"), "neigh is not modelled")
	c := read(t, "set policy-options policy-statement P then reject\nset policy-options policy-statement Q then reject\ndel policy-options policy-statement Q\n")
	require.Len(t, c.Policies, 1)
}
