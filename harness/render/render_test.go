package render

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/speaker"
)

var update = flag.Bool("update", false, "write the golden files")

var images = Options{FRR: "frr:1", GoBGP: "router:1", Seed: 1}

func load(t *testing.T, dir string) *fabric.Fabric {
	base, err := candidate.Load(dir)
	require.NoError(t, err)
	return base.Fabric
}

// parse returns a fabric of one spine and one leaf with this text behind it.
func parse(t *testing.T, text string) *fabric.Fabric {
	f, err := fabric.Parse("fabric.yaml", []byte(text))
	require.NoError(t, err)
	return f
}

// tree returns the files of a folder.
func tree(t *testing.T, dir string) map[string]string {
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(text)
		return err
	}))
	return out
}

func TestRenderASmallFabric(t *testing.T) {
	t.Parallel()
	want, dir := filepath.Join("testdata", "rendered"), t.TempDir()
	f := load(t, filepath.Join("testdata", "small"))
	if *update {
		_, err := Folder(want, f, images)
		require.NoError(t, err)
		_, err = ClabernetesFolder(filepath.Join("testdata", "kubernetes"), f, images)
		require.NoError(t, err)
	}
	name, err := Folder(dir, f, images)
	require.NoError(t, err)
	require.Equal(t, "Small.clab.yml", name)
	require.Equal(t, tree(t, want), tree(t, dir))
	_, err = speaker.ReadConfig(filepath.Join(dir, "leafA", "router.json"))
	require.NoError(t, err)

	name, err = ClabernetesFolder(filepath.Join(dir, "kubernetes"), f, images)
	require.NoError(t, err)
	require.Equal(t, "Small.clabernetes.yaml", name)
	require.Equal(t, tree(t, filepath.Join("testdata", "kubernetes")), tree(t, filepath.Join(dir, "kubernetes")))
}

// The same fabric makes the same files, over those of another one and again, on either engine; containerlab's own folder stays.
func TestRenderAnew(t *testing.T) {
	t.Parallel()
	dir, fresh := t.TempDir(), t.TempDir()
	for _, name := range []string{"mcp", "clos-small", "clos-gobgp"} {
		f := load(t, filepath.Join("..", "..", "topologies", name))
		for _, to := range []string{dir, filepath.Join(fresh, name), dir} {
			_, err := Folder(to, f, images)
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "clab-lab"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "clab-lab", "topology-data.json"), nil, 0o644))
		}
		got := tree(t, dir)
		require.Contains(t, got, "clab-lab/topology-data.json")
		delete(got, "clab-lab/topology-data.json")
		require.Equal(t, tree(t, filepath.Join(fresh, name)), got, name)
		topology, err := clab.Read(name, []byte(got[name+".clab.yml"]))
		require.NoError(t, err)
		require.Len(t, topology.Nodes, len(f.Nodes))
		require.Len(t, topology.Links, len(f.Links))
		for _, n := range topology.Nodes {
			for _, b := range n.Binds {
				require.Contains(t, got, b.Host, n.Name)
			}
		}
	}
}

func TestFoldersThatAreLeftAlone(t *testing.T) {
	t.Parallel()
	f := load(t, filepath.Join("testdata", "small"))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("mine"), 0o644))
	_, err := Folder(dir, f, images)
	require.EqualError(t, err, dir+": not empty, and closlab did not render it: name another folder")
	require.Len(t, tree(t, dir), 1)

	outside := filepath.Join(t.TempDir(), "precious")
	require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o644))
	rel, err := filepath.Rel(dir, outside)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, list), []byte(rel+"\n"), 0o644))
	_, err = Folder(dir, f, images)
	require.ErrorContains(t, err, "path escapes")
	require.FileExists(t, outside, "a list of a stranger's leads to no other folder")
}

// A candidate is rendered as it would run.
func TestRenderACandidate(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(filepath.Join("..", "..", "topologies", "mcp"))
	require.NoError(t, err)
	c, err := base.With(filepath.Join("..", "..", "scenarios", "reordered-site-locals", "candidate"))
	require.NoError(t, err)
	_, before, err := Topology(base.Fabric, images)
	require.NoError(t, err)
	_, after, err := Topology(c.After, images)
	require.NoError(t, err)
	require.NotEqual(t, before["spine1"], after["spine1"])
	require.Equal(t, before["edge1"], after["edge1"])
}

func TestWhatFRRCannotDoIsRefused(t *testing.T) {
	t.Parallel()
	f := parse(t, `name: x
tiers: {spine: {count: 1, asn: 65000, engine: frr}, leaf: {count: 1, asn: 65001}}
links: [{from: leaf, to: spine}]
routes: [{at: spine, prefix: 10.0.0.0/8, aggregate: true}]
invariants: [{name: up, sessions: all}]
`)
	_, _, err := Topology(f, images)
	require.EqualError(t, err, "fabric.yaml:4: node spine1: aggregate routes do not run on FRR without closlab: use engine gobgp")
	dir := filepath.Join(t.TempDir(), "out")
	_, err = Folder(dir, f, images)
	require.Error(t, err)
	require.NoDirExists(t, dir)
}

// Kubernetes and clabernetes are narrower in names than containerlab; all problems are told at once.
func TestNamesThatKubernetesDoesNotTake(t *testing.T) {
	t.Parallel()
	f := parse(t, `name: lab.one
tiers: {top: {nodes: [Spine, spine, a_b, averylongname], asn: 65000}, leaf: {count: 1, asn: 65001}}
links: [{from: leaf, to: top}]
invariants: [{name: up, sessions: all}]
`)
	_, err := Clabernetes(f, images)
	for _, want := range []string{
		"fabric lab.one: Kubernetes takes no such name",
		"node spine: Kubernetes takes it for Spine",
		"node a_b: Kubernetes takes no such name",
		"clabernetes names an interface averylongname-eth1, and Linux takes 15 letters",
	} {
		require.ErrorContains(t, err, want)
	}
}

// A native router comes with its own image and configuration.
func TestRenderANativeRouter(t *testing.T) {
	t.Parallel()
	f := parse(t, `name: x
tiers:
  spine: {count: 1, asn: 65000, engine: native, kind: nokia_srlinux, image: "srl:1", config: "{node}.srl.json"}
  leaf: {count: 1, asn: 65001}
links: [{from: leaf, to: spine}]
invariants: [{name: up, sessions: all}]
`)
	f.Texts = map[string]string{"spine1": "set / system\n"}
	lab, files, err := Topology(f, images)
	require.NoError(t, err)
	n := lab.Nodes["spine1"]
	require.Equal(t, "nokia_srlinux srl:1 spine1/spine1.srl.json true", fmt.Sprint(n.Kind, " ", n.Image, " ", n.Startup, " ", *n.Privileged))
	require.Equal(t, [2]string{"leaf1:eth1", "spine1:e1-1"}, lab.Links[0].Endpoints)
	require.Equal(t, "set / system\n", string(files["spine1"][0].Text))
	require.True(t, strings.HasPrefix(files["leaf1"][0].Path, "leaf1/"))
}
