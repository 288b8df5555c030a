//go:build linux

package clab_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/footprint"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// named loads a topology under a name that no other run of these tests has, so that it tells its labs.
func named(t testing.TB, topology, name string) *fabric.Fabric {
	t.Helper()
	base, err := candidate.Load("../../../topologies/" + topology)
	require.NoError(t, err)
	base.Fabric.Name = fmt.Sprintf("%s%d", name, os.Getpid())
	return base.Fabric
}

// remnants returns what is left of the labs of a fabric besides containers.
func remnants(t *testing.T, f *fabric.Fabric) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"/run/netns/clab-" + f.Name + "-*", "/run/closlab/" + f.Name + "-*"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		out = append(out, found...)
	}
	return out
}

func find(t testing.TB, r *netns.Runtime) netns.Lab {
	t.Helper()
	l, err := netns.Find(r.Name)
	require.NoError(t, err)
	return l
}

// A fabric of both engines is as predicted, in a closed world of containers that containerlab takes for its own. The images are made of this machine's
// programs; when the lab is down nothing but these is left.
func TestALabOfContainers(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "closed")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	before := footprint.See(t, f.Name, "clab-"+f.Name)
	r, err := clab.New(ctx, f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(ctx))
	require.Empty(t, r.Differences())
	snap, err := r.Observe(check.RequestOf(f, check.Of(f)...))
	require.NoError(t, err)
	for _, c := range check.Of(f) {
		for _, finding := range c.Judge(f, snap) {
			require.Equal(t, check.OK, finding.Status, finding)
		}
	}
	require.Regexp(t, `^clab frr \d.* \+ gobgp 4\.8\.0$`, r.Version())

	l := find(t, r)
	require.Equal(t, "clab", l.Runtime)
	require.Len(t, l.Processes, len(f.Nodes))
	require.Empty(t, footprint.Escapes(t, l.Namespaces()...))
	require.Len(t, strings.Fields(d.left()), len(f.Nodes))
	require.Equal(t, strings.Repeat("running none no 0\n", len(f.Nodes)), d.command(append([]string{"inspect", "--format",
		"{{.State.Status}} {{.HostConfig.NetworkMode}} {{.HostConfig.RestartPolicy.Name}} {{.RestartCount}}"}, strings.Fields(d.left())...)...))
	require.Contains(t, d.command("exec", "clab-"+r.Name+"-spine1", "vtysh", "-c", "show bgp summary"), "Peers 6")
	require.Contains(t, d.command("exec", "clab-"+r.Name+"-edge1", "ip", "-brief", "link"), "spine2@")
	for _, file := range []string{".state.clab.yaml", "topology-data.json", "ansible-inventory.yml"} {
		require.FileExists(t, filepath.Join(netns.Folder(r.Name), "clab-"+r.Name, file))
	}

	lab := netns.Folder(r.Name)
	require.Equal(t, len(f.Nodes), strings.Count(containerlab(t, lab, "inspect", "--name", r.Name, "--format", "json"), `"state": "running"`))
	require.Contains(t, containerlab(t, lab, "exec", "--name", r.Name, "--label", "clab-node-name=spine1", "--cmd", "vtysh -c 'show bgp summary'"), "Peers 6")
	containerlab(t, lab, "graph", "--dot")
	require.Contains(t, containerlab(t, lab, "deploy", "--dry-run"), "no changes")

	require.NoError(t, r.Stop())
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
	require.Empty(t, before.Differences(footprint.See(t, f.Name, "clab-"+f.Name)))
	require.Equal(t, "closlab/frr:latest\ncloslab/router:latest\n", sorted(d.command("images", "--format", "{{.Repository}}:{{.Tag}}")))
}

func sorted(lines string) string {
	list := strings.SplitAfter(lines, "\n")
	slices.Sort(list)
	return strings.Join(list, "")
}

// Who is at work in a container of a lab has its namespaces, and finds what is there.
func TestCommandsRunInContainers(t *testing.T) {
	sharedDocker(t)
	f := named(t, "clos-small", "visit")
	r, err := clab.New(t.Context(), f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	p := find(t, r).Processes["spine1"]
	for _, kind := range []string{"net", "mnt", "pid", "uts", "ipc"} {
		own, err := os.Readlink("/proc/self/ns/" + kind)
		require.NoError(t, err)
		its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p.Pid, kind))
		require.NoError(t, err)
		require.NotEqual(t, own, its)
		visitor := visit(t, find(t, r), "spine1")
		there, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", visitor, kind))
		require.NoError(t, err)
		require.Equal(t, its, there)
	}
	_, err = kernel.ProcessOf(p.Pid)
	require.NoError(t, err)
}
