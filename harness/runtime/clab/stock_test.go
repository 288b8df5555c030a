//go:build linux

package clab_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/render"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// stock is a fabric in a folder, as closlab render writes it, for containerlab's own command.
type stock struct {
	t         testing.TB
	dir, file string
	prefix    string                       // of containers
	far       map[string]map[string]string // nodes by a node next to them and its interface
	want      map[string][]observe.Forward // forwarding tables by node
	deployed  bool
}

// rendered renders a fabric on closlab's own images.
func rendered(t testing.TB, f *fabric.Fabric) *stock {
	t.Helper()
	s := &stock{t: t, dir: t.TempDir(), prefix: "clab-" + f.Name + "-", far: map[string]map[string]string{}, want: predicted(t, f)}
	images := render.Options{FRR: render.FRRImage, GoBGP: render.GoBGPImage, Seed: 1}
	var err error
	s.file, err = render.Folder(s.dir, f, images)
	require.NoError(t, err)
	topology, _, err := render.Topology(f, images)
	require.NoError(t, err)
	for n := range s.want {
		s.far[n] = map[string]string{}
	}
	for _, l := range topology.Links {
		a, atA, _ := strings.Cut(l.Endpoints[0], ":")
		b, atB, _ := strings.Cut(l.Endpoints[1], ":")
		s.far[a][atA], s.far[b][atB] = b, a
	}
	t.Cleanup(s.destroy)
	return s
}

// predicted returns the forwarding tables without what is delivered on the node itself: of routers as sim has them, of the others their own routes.
func predicted(t testing.TB, f *fabric.Fabric) map[string][]observe.Forward {
	t.Helper()
	s := sim.New(f, 1)
	require.NoError(t, s.Settle(t.Context()))
	snap, err := s.Observe(observe.Request{})
	require.NoError(t, err)
	out := map[string][]observe.Forward{}
	for _, n := range f.Nodes {
		if n.Role == fabric.Router {
			out[n.Name] = slices.DeleteFunc(snap.Tables[n.Name].FIB, func(x observe.Forward) bool { return slices.Contains(x.Hops, n.Name) })
			continue
		}
		for _, o := range f.OwnRoutes(n) {
			if len(o.Via) > 0 {
				slices.Sort(o.Via)
				out[n.Name] = append(out[n.Name], observe.Forward{Prefix: o.Prefix, Hops: o.Via})
			}
		}
		slices.SortFunc(out[n.Name], byPrefix)
	}
	return out
}

func byPrefix(a, b observe.Forward) int { return observe.ComparePrefix(a.Prefix, b.Prefix) }

// containerlab runs its own command in a folder, without looking for a newer one, and returns what it says.
func containerlab(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("containerlab", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CLAB_VERSION_CHECK=disable")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "containerlab %q (make bin/containerlab builds it): %s", args, out)
	return string(out)
}

// deploy deploys the folder and waits until all routes are in the kernels' forwarding tables.
func (s *stock) deploy(ctx context.Context) {
	s.t.Helper()
	s.deployed = true
	containerlab(s.t, s.dir, "deploy", "-t", s.file)
	for name := range s.want {
		ns, err := kernel.Open(s.prefix + name)
		require.NoError(s.t, err)
		s.await(ctx, name, ns)
		require.NoError(s.t, ns.Close())
	}
}

// await waits until the forwarding table of a node is as predicted.
func (s *stock) await(ctx context.Context, name string, ns *kernel.Namespace) {
	s.t.Helper()
	changes, err := ns.Watch(ctx)
	require.NoError(s.t, err)
	for {
		got := s.forwards(name, ns)
		if slices.EqualFunc(got, s.want[name], sameForward) {
			return
		}
		select {
		case <-changes:
		case <-time.After(100 * time.Millisecond): // IPv4 routes that go with a link are not told
		case <-ctx.Done():
			require.Equal(s.t, s.want[name], got, name)
		}
	}
}

func sameForward(a, b observe.Forward) bool {
	return a.Prefix == b.Prefix && a.Drop == b.Drop && slices.Equal(a.Hops, b.Hops)
}

// forwards returns the forwarding table of a node without the links themselves.
func (s *stock) forwards(name string, ns *kernel.Namespace) []observe.Forward {
	s.t.Helper()
	fib, err := ns.FIB()
	require.NoError(s.t, err)
	var out []observe.Forward
	for _, r := range fib {
		if r.Protocol == kernel.Connected {
			continue
		}
		x := observe.Forward{Prefix: r.Dst, Drop: r.Discard}
		for _, h := range r.Hops {
			x.Hops = append(x.Hops, s.far[name][h.Link])
		}
		slices.Sort(x.Hops)
		out = append(out, x)
	}
	slices.SortFunc(out, byPrefix)
	return out
}

// destroy ends the lab, unless it has done so, and has containerlab remove its files.
func (s *stock) destroy() {
	s.t.Helper()
	if s.deployed {
		s.deployed = false
		containerlab(s.t, s.dir, "destroy", "--cleanup", "-t", s.file)
	}
}
