package survey_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

var topologies = flag.String("topologies", "", "topologies to prove beside the project's own, with commas between them")

// run is what a container of FRR does when it starts: the daemons, and then the configuration as it is.
const run = `set -e
mount -t tmpfs tmpfs /etc/frr
mount -t tmpfs tmpfs /run/frr
mount -t tmpfs tmpfs /var/tmp
mount -t proc proc /proc
mkdir -p /var/tmp/frr
cat > /etc/frr/frr.conf
touch /etc/frr/vtysh.conf
chown -R frr:frr /etc/frr /run/frr /var/tmp/frr
for daemon in zebra staticd bgpd; do /usr/lib/frr/$daemon -d -A 127.0.0.1 --log file:/var/tmp/frr/log; done
vtysh -b || true # lines that it does not know do not stop a container
exec sleep infinity`

// live is a node of a lab that runs what the lab's own files say.
type live struct {
	ns    *kernel.Namespace
	ports map[string]string // the far node by interface
	said  bytes.Buffer
}

// Routers that run their own frr.conf, word for word, come to the forwarding tables that closlab predicts for the lab that it drew.
func TestRoutersForwardAsDrawn(t *testing.T) {
	list := []string{"../../scenarios/foreign-lab/lab"}
	if *topologies != "" {
		list = append(list, strings.Split(*topologies, ",")...)
	}
	for _, topology := range list {
		t.Run(strings.ReplaceAll(topology, "/", "_"), func(t *testing.T) {
			t.Parallel()
			prove(t, topology)
		})
	}
	for name, lab := range map[string]files{"numbered": numbered, "unnumbered": unnumbered.with("leaf2.conf", "internal", "external"), "anycast": anycast, "reflector": reflector} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range lab {
				require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
			}
			prove(t, dir)
		})
	}
}

func prove(t *testing.T, topology string) {
	base, err := candidate.Load(topology)
	require.NoError(t, err)
	path, err := candidate.Topology(topology)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	top, err := clab.Read(path, text)
	require.NoError(t, err)
	model := sim.New(base.Fabric, 1)
	require.NoError(t, model.Settle(t.Context()))
	predicted, err := model.Observe(observe.Request{})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()

	nodes := bring(t, top, base.Fabric, filepath.Dir(path))
	changed := make(chan struct{}, 1)
	for _, n := range nodes {
		events, err := n.ns.Watch(ctx)
		require.NoError(t, err)
		go func() {
			for range events {
				select {
				case changed <- struct{}{}:
				default:
				}
			}
		}()
	}
	const rest = 5 * time.Second // without a change, in the predicted state
	for {
		differ := compare(t, base.Fabric, nodes, predicted)
		var rested <-chan time.Time
		if differ == "" {
			rested = time.After(rest)
		}
		select {
		case <-changed:
		case <-rested:
			return
		case <-ctx.Done():
			for name, n := range nodes {
				t.Logf("%s: %s", name, n.said.String())
			}
			require.Fail(t, "the routers forward otherwise than predicted", "%s", differ)
		}
	}
}

// bring makes the lab's namespaces and links, and starts its routers with their own configurations.
func bring(t *testing.T, top *clab.Topology, f *fabric.Fabric, dir string) map[string]*live {
	nodes := map[string]*live{}
	for _, n := range top.Nodes {
		ns, err := kernel.New("")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, ns.Delete()) })
		require.NoError(t, ns.BeRouter(1))
		nodes[n.Name] = &live{ns: ns, ports: map[string]string{}}
	}
	for _, l := range top.Links {
		a, b := nodes[l.Ends[0].Node], nodes[l.Ends[1].Node]
		a.ports[l.Ends[0].Port], b.ports[l.Ends[1].Port] = l.Ends[1].Node, l.Ends[0].Node
		require.NoError(t, kernel.Connect(kernel.End{In: a.ns, Name: l.Ends[0].Port}, kernel.End{In: b.ns, Name: l.Ends[1].Port}, 1500))
	}
	for _, n := range top.Nodes {
		setup, err := n.Setup()
		require.NoError(t, err)
		for _, a := range setup.Addrs {
			require.NoError(t, nodes[n.Name].ns.AddAddresses(a.Port, a.Prefix))
		}
		if f.Node(n.Name).Role != fabric.Router {
			continue
		}
		conf, _ := n.Bound("/etc/frr/frr.conf")
		text, err := os.ReadFile(filepath.Join(dir, conf))
		require.NoError(t, err)
		cmd := exec.Command("/bin/sh", "-c", run)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &nodes[n.Name].said, &nodes[n.Name].said
		require.NoError(t, nodes[n.Name].ns.Start(cmd))
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
	}
	return nodes
}

// compare returns where the kernels' forwarding tables are others than predicted; "" if nowhere. Addresses of a router's own are in no such table.
func compare(t *testing.T, f *fabric.Fabric, nodes map[string]*live, predicted *observe.Snapshot) string {
	var out []string
	for _, n := range f.Nodes {
		if n.Role != fabric.Router {
			continue
		}
		fib, err := nodes[n.Name].ns.FIB()
		require.NoError(t, err)
		there, want := map[string]string{}, map[string]string{}
		for _, r := range fib {
			var hops []string
			for _, h := range r.Hops {
				if h.Link == "lo" { // a static route into the router itself
					r.Discard = true
					continue
				}
				hops = append(hops, nodes[n.Name].ports[h.Link])
			}
			slices.Sort(hops)
			there[r.Dst.String()] = fmt.Sprint(slices.Compact(hops), r.Discard)
		}
		for _, x := range predicted.Tables[n.Name].FIB {
			if !slices.Equal(x.Hops, []string{n.Name}) {
				want[x.Prefix.String()] = fmt.Sprint(x.Hops, x.Drop)
			}
		}
		for p, w := range want {
			if there[p] != w {
				out = append(out, fmt.Sprintf("%s: %s predicted %s, observed %q", n.Name, p, w, there[p]))
			}
		}
		for p, h := range there {
			if want[p] == "" {
				out = append(out, fmt.Sprintf("%s: %s not predicted, observed %s", n.Name, p, h))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
