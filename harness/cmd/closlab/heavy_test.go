package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What exhausts a careless reader is refused, in few words, and nothing is written.
func TestHeavyInput(t *testing.T) {
	junk := make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(junk)
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String()
	}
	huge := make([]byte, 100<<20)
	for name, test := range map[string]struct {
		file string // below the folder with the copy of mcp and the candidate folder c
		text string
		want string
	}{
		"100 MB replacement":      {"c/spine.junos.conf", string(huge), "c/spine.junos.conf: larger than 16 MiB: a routing policy is not"},
		"100 MB patch":            {"c/x.set", string(huge), "c/x.set: larger than 16 MiB"},
		"100 MB notes":            {"c/candidate.yaml", string(huge), "c/candidate.yaml: larger than"},
		"100 MB policy":           {"mcp/policy/leaf.junos.conf", string(huge), "mcp/policy/leaf.junos.conf: larger than 16 MiB"},
		"100 MB fabric":           {"mcp/fabric.yaml", string(huge), "mcp/fabric.yaml: larger than"},
		"2 MB notes":              {"c/candidate.yaml", "why: " + strings.Repeat("because ", 1<<18), "c/candidate.yaml: larger than"},
		"a million set lines":     {"c/x.set", many(1_000_000, "set policy-options policy-statement A term t%d then reject\n"), "c/x.set: larger than 16 MiB"},
		"a million short terms":   {"c/spine.junos.conf", "policy-options { policy-statement A {" + many(1_000_000, "term %d;"), "c/spine.junos.conf: more than "},
		"a quarter of them":       {"c/x.set", many(250_000, "set policy-options policy-statement A term t%d then reject\n"), "c/x.set: more than 100000 lines with terms"},
		"a million statements":    {"c/spine.junos.conf", strings.Repeat("a;", 1_000_000), "c/spine.junos.conf: more than 500000 statements"},
		"junk as replacement":     {"c/spine.junos.conf", string(junk), "c/spine.junos.conf:"},
		"junk as patch":           {"c/x.diff", string(junk), "c/x.diff:"},
		"junk as notes":           {"c/candidate.yaml", string(junk), "c/candidate.yaml: not YAML"},
		"junk as policy":          {"mcp/policy/leaf.junos.conf", string(junk), "mcp/policy/leaf.junos.conf:"},
		"junk as fabric":          {"mcp/fabric.yaml", string(junk), "mcp/fabric.yaml: not YAML"},
		"a hundred thousand {":    {"c/spine.junos.conf", strings.Repeat("a {", 100_000), "c/spine.junos.conf:1: braces nested deeper than 128"},
		"a hundred thousand [":    {"c/candidate.yaml", strings.Repeat("[", 100_000), "c/candidate.yaml: not YAML"},
		"a name of 15 MB":         {"c/x.set", "set policy-options policy-statement " + strings.Repeat("A", 15<<20) + " then reject", "c/x.set:1: a word of 15728640 letters"},
		"a statement of 15 MB":    {"c/x.set", "set " + strings.Repeat("a ", 7<<20), "c/x.set:1: a statement of more than 128 words"},
		"groups within groups":    {"c/spine.junos.conf.set", many(3000, "set groups g%[1]d policy-options prefix-list <*> 10.0.%[1]d.0/24\nset apply-groups g%[1]d\n"), "configuration groups expand to more than this program reads"},
		"an endless expression":   {"c/x.set", `set policy-options as-path X "((((1*){1,30}){1,30}){1,30}){1,30}"` + "\nset policy-options policy-statement AGGREGATES-OUT term 6-DISABLED_PREFIXES from as-path X", "c/x.set:1: as-path X: regular expression"},
		"ten thousand mistakes":   {"c/x.set", "set a b\n" + many(10_000, "frobnicate %d\n"), "and 9900 more problems"},
		"a mistake of a megabyte": {"c/x.set", "delete policy-options " + strings.Repeat("b", 1<<20), "c/x.set:1: no configuration contains"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, copied("topologies/mcp", filepath.Join(dir, "mcp")))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "c"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, test.file), []byte(test.text), 0o644))
			t.Chdir(dir)
			before, err := filepath.Glob("*/*")
			require.NoError(t, err)

			var stdout, stderr bytes.Buffer
			code := run([]string{"gate", "mcp", "--candidate", "c", "-o", "verdict.txt"}, &stdout, &stderr)
			require.Equal(t, exitInput, code, stderr.String())
			require.Contains(t, stderr.String(), test.want)
			require.Less(t, stderr.Len(), 20_000)
			require.Empty(t, stdout.String())
			after, err := filepath.Glob("*/*")
			require.NoError(t, err)
			require.Equal(t, before, after)
			require.NoFileExists(t, "verdict.txt")
		})
	}
}

// A command that cannot stop by itself is left behind when its time is over: forty additions that each apply or not make more
// values of local preference than anyone can compare.
func TestTheTimeoutHoldsWhateverTheCommandDoes(t *testing.T) {
	var patch strings.Builder
	for i := range 40 {
		fmt.Fprintf(&patch, `set policy-options community C%[1]d members 65000:%[1]d
set policy-options policy-statement AGGREGATES-OUT term t%[1]d from community C%[1]d
set policy-options policy-statement AGGREGATES-OUT term t%[1]d then local-preference add %[2]d
insert policy-options policy-statement AGGREGATES-OUT term t%[1]d before term 6-DISABLED_PREFIXES
`, i, 1<<(i%20))
	}
	file := filepath.Join(t.TempDir(), "spine.junos.conf.set")
	require.NoError(t, os.WriteFile(file, []byte(patch.String()), 0o644))
	var stdout, stderr bytes.Buffer
	code := run([]string{"gate", filepath.Join(project, "topologies", "mcp"), "--candidate", file, "--timeout", "100ms"}, &stdout, &stderr)
	require.Equal(t, exitUnknown, code, stderr.String())
	require.Contains(t, stderr.String()+stdout.String(), "deadline exceeded")
}

var took = regexp.MustCompile(`(?m); \d+ ms$`)

// The same input and seed give the same words, whatever the order of Go's maps.
func TestSameWordsEveryTime(t *testing.T) {
	gate := func() string {
		var stdout, stderr bytes.Buffer
		run([]string{"gate", filepath.Join(project, "topologies", "mcp"), "-v",
			"--candidate", filepath.Join(project, "scenarios", "reordered-site-locals", "candidate")}, &stdout, &stderr)
		return took.ReplaceAllString(stdout.String(), "") // what is being done is told on stderr, where it takes long
	}
	first := gate()
	for range 5 {
		require.Equal(t, first, gate())
	}
}

// BenchmarkGate is the whole gate of the founding candidate, from the files to the text.
func BenchmarkGate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var stdout, stderr bytes.Buffer
		code := run([]string{"gate", filepath.Join(project, "topologies", "mcp"),
			"--candidate", filepath.Join(project, "scenarios", "reordered-site-locals", "candidate")}, &stdout, &stderr)
		require.Equal(b, exitReject, code)
	}
}
