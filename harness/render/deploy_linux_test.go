package render

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

var containerlab = flag.String("containerlab", "", "containerlab's command, to deploy what is rendered (Docker, root, images)")

var frrImage, gobgpImage = flag.String("frr-image", FRRImage, "image of FRR"), flag.String("gobgp-image", GoBGPImage, "image of this command")

// Somebody renders a fabric and deploys it with containerlab's own command: in the end every forwarding table is what sim predicts.
func TestDeployed(t *testing.T) {
	if *containerlab == "" {
		return // it needs a machine with Docker: the flag says so
	}
	for _, name := range []string{"clos-small", "mcp"} {
		for _, engine := range []string{"", "frr", "gobgp"} {
			t.Run(name+"/"+engine, func(t *testing.T) { deployed(t, name, engine) })
		}
	}
}

func deployed(t *testing.T, name, engine string) {
	base, err := candidate.Load(filepath.Join("..", "..", "topologies", name))
	require.NoError(t, err)
	f := base.Fabric
	f.Name = "rendered-" + name
	for _, n := range f.Nodes {
		if engine != "" && n.Role == fabric.Router {
			n.Engine = engine
		}
	}
	dir := t.TempDir()
	file, err := Folder(dir, f, Options{FRR: *frrImage, GoBGP: *gobgpImage, Seed: 1})
	require.NoError(t, err)
	run := func(args ...string) {
		cmd := exec.Command(*containerlab, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	t.Cleanup(func() {
		run("destroy", "--cleanup", "-t", file)
		require.NoDirExists(t, filepath.Join(dir, "clab-"+f.Name))
	})
	start := time.Now()
	run("deploy", "-t", file)
	up := time.Since(start)
	ctx, cancel := context.WithDeadline(t.Context(), start.Add(time.Minute))
	defer cancel()
	want := predicted(t, f)
	for _, n := range nodes(f, func(s string) string { return s }) {
		ns, err := kernel.Open("clab-" + f.Name + "-" + n.Name)
		require.NoError(t, err)
		changes, err := ns.Watch(ctx)
		require.NoError(t, err)
		for {
			got := n.forwards(t, ns)
			if slices.EqualFunc(got, want[n.Name], sameForward) {
				break
			}
			select {
			case <-changes:
			case <-time.After(100 * time.Millisecond): // IPv4 routes that go with a link are not told
			case <-ctx.Done():
				require.Equal(t, fmt.Sprint(want[n.Name]), fmt.Sprint(got), n.Name)
			}
		}
		require.NoError(t, ns.Close())
	}
	t.Logf("deployed after %.1f s, all routes in the forwarding tables after %.1f s", up.Seconds(), time.Since(start).Seconds())
	if entries, err := os.ReadDir("/run/closlab"); err == nil {
		require.NotContains(t, entries, f.Name)
	}
}

// predicted returns the forwarding tables: of routers by sim, of the others their own routes.
func predicted(t *testing.T, f *fabric.Fabric) map[string][]observe.Forward {
	s := sim.New(f, 1)
	require.NoError(t, s.Settle(t.Context()))
	snap, err := s.Observe(observe.Request{})
	require.NoError(t, err)
	out := map[string][]observe.Forward{}
	for _, n := range nodes(f, func(s string) string { return s }) {
		if n.Role == fabric.Router {
			out[n.Name] = slices.DeleteFunc(snap.Tables[n.Name].FIB, func(x observe.Forward) bool { return slices.Contains(x.Hops, n.Name) })
			continue
		}
		for _, o := range best(n.routes()) {
			x := observe.Forward{Prefix: o.Prefix}
			for _, l := range o.links {
				x.Hops = append(x.Hops, l.far)
			}
			if len(x.Hops) > 0 {
				out[n.Name] = append(out[n.Name], x)
			}
		}
		slices.SortFunc(out[n.Name], func(a, b observe.Forward) int { return observe.ComparePrefix(a.Prefix, b.Prefix) })
	}
	return out
}

// forwards returns the kernel's table of a node without the links themselves and what is delivered on the node.
func (n *node) forwards(t *testing.T, ns *kernel.Namespace) []observe.Forward {
	fib, err := ns.FIB()
	require.NoError(t, err)
	var out []observe.Forward
	for _, r := range fib {
		if r.Protocol == kernel.Connected {
			continue
		}
		x := observe.Forward{Prefix: r.Dst, Drop: r.Discard}
		for _, h := range r.Hops {
			i := slices.IndexFunc(n.links, func(l link) bool { return l.name == h.Link })
			require.GreaterOrEqual(t, i, 0, "%s: %s", n.Name, h.Link)
			x.Hops = append(x.Hops, n.links[i].far)
		}
		slices.Sort(x.Hops)
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b observe.Forward) int { return observe.ComparePrefix(a.Prefix, b.Prefix) })
	return out
}

func sameForward(a, b observe.Forward) bool {
	return a.Prefix == b.Prefix && a.Drop == b.Drop && slices.Equal(a.Hops, b.Hops)
}
