package native_test

import (
	"archive/tar"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// seed is that of every lab: the same run every time.
const seed = 1

var ground = flag.String("lab", "netns", "where stand-ins run: netns (namespaces), or clab (containers of images that are made of them; Docker, and closlab-clab in the PATH)")

func TestMain(m *testing.M) {
	speaker.Hijack() // routers are this test's own binary, started again
	dir, err := os.MkdirTemp("", "closlab-native-")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir) // in namespaces routers share it, and what is killed leaves its files there
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// commands are those of the vendors.
var commands = []string{"cli", "Cli", "sr_cli"}

// standIn builds the program that stands in for vendors' routers, with their commands beside it, once for all tests.
var standIn = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "closlab-standin-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "standin"), "./testdata/standin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	for _, command := range commands {
		if err := os.Symlink("standin", filepath.Join(dir, command)); err != nil {
			return "", err
		}
	}
	return dir, os.Setenv("PATH", dir+":"+os.Getenv("PATH"))
})

var once sync.Once

// images makes images of the stand-ins, in which their commands are where the vendors' are, once for all tests.
func images(t *testing.T, folder string) {
	t.Helper()
	once.Do(func() { takeIn(t, folder) })
}

func takeIn(t *testing.T, folder string) {
	t.Helper()
	for _, kind := range []string{"juniper_crpd", "arista_ceos", "nokia_srlinux"} {
		var files bytes.Buffer
		out := tar.NewWriter(&files)
		program, err := os.ReadFile(filepath.Join(folder, "standin"))
		require.NoError(t, err)
		for _, dir := range []string{"tmp/", "proc/", "sys/"} {
			require.NoError(t, out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o1777}))
		}
		require.NoError(t, out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/bin/standin", Mode: 0o755, Size: int64(len(program))}))
		_, err = out.Write(program)
		require.NoError(t, err)
		for _, command := range commands {
			require.NoError(t, out.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "usr/bin/" + command, Linkname: "standin"}))
		}
		require.NoError(t, out.Close())
		make := exec.Command("docker", "import", "--change", fmt.Sprintf("ENTRYPOINT [%q, %q, %q]", "/usr/bin/standin", kind, kind), "-", "closlab/standin-"+kind+":test")
		make.Stdin = &files
		text, err := make.CombinedOutput()
		require.NoError(t, err, string(text))
	}
}

// beside is a ground of namespaces in which native routers' stand-ins run, with a speaker beside each as in a container.
type beside struct {
	netns.Ground
	folder string
	log    io.Writer
}

func (b beside) Start(life context.Context, n *fabric.Node, in *kernel.Namespace, r *speaker.Router, log io.Writer, changed func(*speaker.Glance)) (*speaker.Process, error) {
	if n.Engine == fabric.Native {
		device := exec.Command(filepath.Join(b.folder, "standin"), n.Kind, n.Name)
		device.Stdout, device.Stderr = b.log, b.log
		if err := in.Do(device.Start); err != nil {
			return nil, err
		}
		context.AfterFunc(life, func() {
			device.Process.Kill()
			device.Wait()
		})
	}
	return b.Ground.Start(life, n, in, r, log, changed)
}

// besides brings a fabric up with stand-ins for its native routers.
func besides(t *testing.T, life context.Context, ground string) func(*fabric.Fabric) (*gate.Live, error) {
	t.Helper()
	folder, err := standIn()
	require.NoError(t, err)
	if ground == "clab" {
		images(t, folder)
	}
	return func(f *fabric.Fabric) (*gate.Live, error) {
		life, end := context.WithCancel(life)
		opt := netns.Options{Seed: seed, Log: t.Output(), Ground: beside{netns.Namespaces(), folder, t.Output()}}
		bring := netns.New
		if ground == "clab" {
			bring = clab.New
		}
		r, err := bring(life, f, opt)
		if err != nil {
			end()
			return nil, err
		}
		differences := func() []string {
			var out []string
			for _, d := range r.Differences() {
				out = append(out, d.String())
			}
			return out
		}
		stop := func() error {
			defer end()
			return r.Stop()
		}
		return &gate.Live{Runtime: r, Name: r.Version(), Differences: differences, Notes: r.Notes, Stop: stop, Stream: r.Stream}, nil
	}
}

// crpds is the fabric of the founding incident with spines that run cRPD, each with a whole configuration of its own.
func crpds(t *testing.T) string {
	t.Helper()
	const mcp = "../../topologies/mcp"
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "mcp")
	require.NoError(t, os.CopyFS(dir, os.DirFS(mcp)))
	file := filepath.Join(dir, "fabric.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = regexp.MustCompile(`(?m)^  - \{at: spine, .*\n`).ReplaceAll(text, nil)
	changed := strings.Replace(string(text), "spine:    {count: 2, asn: 65100}",
		`spine: {count: 2, asn: 65100, engine: native, kind: juniper_crpd, image: "closlab/standin-juniper_crpd:test", config: "{node}.junos.conf"}`, 1)
	require.NotEqual(t, string(text), changed)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o644))
	policies := filepath.Join(dir, "policy", "spine.junos.conf")
	shared, err := os.ReadFile(policies)
	require.NoError(t, err)
	require.NoError(t, os.Remove(policies))
	for _, name := range []string{"spine1", "spine2"} {
		n := base.Fabric.Node(name)
		lines := []string{"set system host-name " + name, "set routing-options router-id " + n.RouterID.String(),
			fmt.Sprint("set routing-options autonomous-system ", n.ASN)}
		for _, s := range base.Fabric.SessionsOf(name) {
			for _, fam := range fabric.Families {
				lines = append(lines, fmt.Sprintf("set protocols bgp group %s neighbor %s peer-as %d", s.Binding[fam].Group, s.Remote[fam], s.PeerAS))
			}
		}
		own := edit(t, string(shared), strings.Join(lines, "\n")+"\n")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", name+".junos.conf"), []byte(own), 0o644))
	}
	return dir
}

// edit returns a Junos text after commands.
func edit(t *testing.T, text, commands string) string {
	t.Helper()
	p, err := conf.ParsePatch("patch", []byte(commands))
	require.NoError(t, err)
	c, err := conf.Parse("text", []byte(text))
	require.NoError(t, err)
	out, _, err := p.ApplyTo(map[string]*conf.Config{"text": c})
	require.NoError(t, err)
	return string(out["text"].Text())
}

// natively judges a candidate with stand-ins for native routers.
func natively(t *testing.T, ctx context.Context, ground, dir string, files map[string]string) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(dir)
	require.NoError(t, err)
	folder := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	c, err := base.With(folder)
	require.NoError(t, err)
	return gate.Run(ctx, base, c, gate.Options{Seed: seed, Start: besides(t, ctx, ground)})
}

// The founding candidate is rejected on spines that run the vendor's own text, as it was predicted and for the same reason.
func TestFoundingCandidateOnNativeSpines(t *testing.T) {
	t.Parallel()
	diff, err := os.ReadFile("../../scenarios/reordered-site-locals/candidate/spine.junos.conf.diff")
	require.NoError(t, err)
	v := natively(t, t.Context(), *ground, crpds(t), map[string]string{"spines.diff": string(diff)})
	require.Equal(t, gate.Reject, v.Outcome)
	require.Empty(t, v.Unknowns)
	require.Contains(t, v.Evidence.String(), "predicted: sim, observed: "+*ground+" gobgp 4.8.0 + juniper_crpd 0-standin")
	require.Contains(t, v.Causes[0].What, "term 4-ADV-SITE-LOCALS of AGGREGATES-OUT can no longer be reached")
	require.True(t, v.Restored)
}

// The change as it was meant passes: the routers show that they hold it, do what is predicted, and are rolled back.
func TestIntendedChangeOnNativeSpinesPasses(t *testing.T) {
	t.Parallel()
	v := natively(t, t.Context(), *ground, crpds(t), map[string]string{"spines.set": `
set policy-options policy-statement AGGREGATES-OUT term 4-ADV-SITE-LOCALS then community add STATIC-ROUTE
set policy-options policy-statement AGGREGATES-OUT term 4-ADV-SITE-LOCALS then community add EUROPE
`})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.True(t, v.Restored)
	require.NotEmpty(t, v.Moved)
}

// A router that ends makes no Pass, and the verdict says why.
func TestANativeRouterThatEndsAsItIsGivenACandidate(t *testing.T) {
	t.Parallel()
	v := vendors[0].judged(t, vendors[0].named(t, "dies"))
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Regexp(t, "cli: exit status 1: error: connection lost|its process has ended: container ", strings.Join(v.Unknowns, "\n")) // which ends with it
}

// said returns the checks of findings with their status.
func said(fs []check.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Check+" "+f.Status.String())
	}
	return strings.Join(out, "\n")
}
