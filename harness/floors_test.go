// Package harness_test keeps the rules of the whole tree: packages import only from floors below their own, and
// each says in one comment what it is.
package harness_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// floors is the table of ARCHITECTURE.md: a package imports only from lower floors.
var floors = map[string]int{
	"place":                0,
	"policy":               1,
	"policy/random":        2,
	"observe":              2,
	"fabric":               2,
	"multimog":             2,
	"dialect/junos/conf":   2,
	"dialect/frr/ere":      2,
	"dialect/clab":         2,
	"dialect/junos":        3,
	"dialect/frr":          3,
	"dialect/gobgp":        3,
	"dialect/frr/routemap": 3,
	"check":                3,
	"stage":                3,
	"survey":               4,
	"record":               4,
	"candidate":            5,
	"runtime/sim":          4,
	"kernel":               4,
	"dialect/proof":        5,
	"daemons":              4,
	"native":               4,
	"budget":               4,
	"docker":               4,
	"lab":                  5,
	"multimog/dataplane":   5,
	"probe":                5,
	"speaker":              5,
	"footprint":            5,
	"runtime/netns":        6,
	"runtime/clab":         7,
	"render":               6,
	"doctor":               8,
	"holder":               7,
	"gate":                 6,
	"report":               7,
	"labtest":              8,
	"cmd/closlab":          9,
	"cmd/closlab-clab":     9,
}

const module = "github.com/closlab/closlab/harness/"

// sources parses every Go file below harness/ and calls f with its package path below harness.
func sources(t *testing.T, mode parser.Mode, f func(pkg, file string, imports []string, doc string)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "testdata" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || path.Dir(name) == "." {
			return err
		}
		src, err := parser.ParseFile(token.NewFileSet(), name, nil, mode)
		require.NoError(t, err)
		var imports []string
		for _, i := range src.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			imports = append(imports, p)
		}
		f(path.Dir(filepath.ToSlash(name)), name, imports, src.Doc.Text())
		return nil
	}))
}

func TestPackagesImportOnlyFromFloorsBelow(t *testing.T) {
	t.Parallel()
	sources(t, parser.ImportsOnly, func(pkg, file string, imports []string, _ string) {
		floor, known := floors[pkg]
		require.True(t, known, "%s: package %s has no floor: give it one here and in ARCHITECTURE.md", file, pkg)
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		for _, i := range imports {
			if below, ours := strings.CutPrefix(i, module); ours {
				require.Less(t, floors[below], floor, "%s (floor %d) imports %s (floor %d)", file, floor, below, floors[below])
			}
		}
	})
}

func TestPureFloorsTouchNoClockProcessOrNetwork(t *testing.T) {
	t.Parallel()
	forbidden := []string{"os/exec", "net", "net/http", "syscall", "time", "math/rand", "math/rand/v2"}
	sources(t, parser.ImportsOnly, func(pkg, file string, imports []string, _ string) {
		if floors[pkg] > 3 || strings.HasSuffix(file, "_test.go") || pkg == "observe" { // observe holds a duration
			return
		}
		for _, i := range imports {
			require.NotContains(t, forbidden, i, "%s: floors 0 to 3 are pure", file)
		}
	})
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	docs := map[string][]string{}
	sources(t, parser.PackageClauseOnly|parser.ParseComments, func(pkg, file string, _ []string, doc string) {
		if doc != "" && !strings.HasSuffix(file, "_test.go") {
			docs[pkg] = append(docs[pkg], file)
		}
	})
	for pkg := range floors {
		require.Len(t, docs[pkg], 1, "package %s needs one package comment", pkg)
	}
}

func TestArchitectureShowsTheFloors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	require.NoError(t, err)
	for pkg, floor := range floors {
		row := "| " + strconv.Itoa(floor) + " | `" + pkg + "` |"
		require.Contains(t, string(text), row)
	}
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.LessOrEqual(t, strings.Count(string(text), "\n"), 300, "%s: more than one noun?", name)
		return nil
	}))
}
