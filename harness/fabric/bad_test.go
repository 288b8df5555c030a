package fabric_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/stretchr/testify/require"
)

// Every file of testdata/bad is refused, and the message names all that is wrong with it.
func TestParseNamesEveryProblem(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			f, err := fabric.Parse(name, data)
			require.Nil(t, f)
			require.ErrorAs(t, err, new(place.Problems))
			golden(t, "bad/"+strings.TrimSuffix(name, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

const small = "name: x\ntiers: {spine: {count: 2, asn: 65000}, leaf: {count: 2, asn: 65001}}\nlinks: [{from: leaf, to: spine}]\n"

// folder makes a fabric's folder.
func folder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, fabric.FileName), []byte(text), 0o644))
	return dir
}

func TestLoadStaysInsideTheFolder(t *testing.T) {
	dir := folder(t, small+"policy: [{at: spine, file: out.conf, out: A}, {at: leaf, file: gone.conf, out: A}]\n")
	require.NoError(t, os.Mkdir(filepath.Join(dir, fabric.PolicyFolder), 0o755))
	outside := filepath.Join(t.TempDir(), "out.conf")
	require.NoError(t, os.WriteFile(outside, nil, 0o644))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, fabric.PolicyFolder, "out.conf")))

	_, err := fabric.Load(dir)
	require.ErrorContains(t, err, `fabric.yaml:4: policy file "policy/out.conf": path escapes from parent`)
	require.ErrorContains(t, err, `fabric.yaml:4: policy file "policy/gone.conf": no such file or directory`)

	elsewhere := t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(folder(t, small), fabric.FileName), filepath.Join(elsewhere, fabric.FileName)))
	_, err = fabric.Load(elsewhere)
	require.ErrorContains(t, err, "fabric.yaml: path escapes from parent")
}

func TestLoadRefusesWhatIsNoFabric(t *testing.T) {
	_, err := fabric.Load(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "no folder with a fabric: no such file or directory")
	_, err = fabric.Load(t.TempDir())
	require.ErrorContains(t, err, "fabric.yaml: no such file or directory")
	_, err = fabric.Load(folder(t, small+"#"+strings.Repeat("x", fabric.MaxFile)))
	require.ErrorContains(t, err, "fabric.yaml: larger than 1048576 bytes")

	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, fabric.FileName), 0o755))
	_, err = fabric.Load(dir)
	require.ErrorContains(t, err, "fabric.yaml: not a regular file")
}

// A small file cannot ask for more than its reader would want to wait for.
func TestParseIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"name: x\ntiers: {a: {count: 20000, asn: 1}, b: {count: 1, asn: 1}}", "tier b: a fabric has at most 20000 nodes"},
		{"name: x\ntiers: {a: {count: 10000, asn: 1}, b: {count: 10000, asn: 1}}\nlinks: [{from: a, to: b}]", "link: a fabric has at most 200000 links"},
		{"name: x\ntiers: {a: {count: 2000, asn: 1, owns: p}}\nprefixes: {p: {block: 10.0.0.0/8, each: 24}}\nannounces: [{at: a, prefix: p}]",
			"announcement: a fabric has at most 1000000 routes"},
		{"name: x\ntiers: {a: {count: 20000, asn: 1}}\ninvariants:\n" + strings.Repeat("- {name: n, sessions: [routers, all]}\n", 400), "fabric: too large"},
	} {
		_, err := fabric.Parse("large.yaml", []byte(c.text))
		require.ErrorContains(t, err, c.want)
	}
}
