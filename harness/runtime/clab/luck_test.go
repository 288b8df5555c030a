//go:build linux

package clab_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// visit runs something on a node until the lab or the test ends, and returns its process id.
func visit(t *testing.T, l netns.Lab, node string) int {
	t.Helper()
	cmd := exec.Command("sleep", "infinity")
	require.NoError(t, l.Start(node, cmd))
	go cmd.Wait() // or its pid namespace would not end
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd.Process.Pid
}

// fails wants a fabric not to come up, for that reason, and nothing to be left of it.
func fails(t *testing.T, f *fabric.Fabric, says string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := clab.New(ctx, f, netns.Options{Log: t.Output()})
	require.Nil(t, r)
	require.Error(t, err)
	require.Contains(t, err.Error(), says)
	require.Empty(t, remnants(t, f))
}

// What is missing is said before anything is made.
func TestWhatIsMissingIsSaid(t *testing.T) {
	f := named(t, "clos-small", "missing")
	t.Run("docker", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", "unix:///nowhere")
		fails(t, f, "Docker does not answer: start its daemon, or use another runtime: ")
	})
	t.Run("closlab-clab", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		fails(t, f, "closlab-clab is missing, which has containerlab in it: put it beside closlab or into the PATH (make build makes both)")
	})
	t.Run("image", func(t *testing.T) {
		sharedDocker(t)
		f.Node("spine2").Image = "quay.io/frrouting/frr:10.3.1"
		fails(t, f, "node spine2: image quay.io/frrouting/frr:10.3.1 is not on this machine, and closlab pulls none unless it is asked to: docker pull quay.io/frrouting/frr:10.3.1")
	})
}

// A container that is somebody else's stays, and the lab that would have the same name does not come up.
func TestANameThatIsTaken(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "taken")
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	other := "clab-" + f.Name + "-1-leaf2"
	d.command("create", "--name", other, "closlab/router")
	fails(t, f, `The container name "/`+other+`" is already in use`)
	require.Equal(t, other+"\n", d.left())
	d.command("rm", other)

	other = "clab-" + f.Name + "-1-another" // of somebody's lab that containerlab has deployed
	d.command("create", "--name", other, "--label", "containerlab="+f.Name+"-1", "closlab/router")
	fails(t, f, "containerlab has another lab "+f.Name+"-1, of "+other+": containerlab destroy --name "+f.Name+"-1 ends it")
	require.Equal(t, other+"\n", d.left())
	d.command("rm", other)
}

// An image without what FRR needs, or that does not start, is named with the node.
func TestAnImageThatIsOfNoUse(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "useless")
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	f.Node("leaf1").Image = "closlab/router:latest"
	fails(t, f, "router leaf1: start: FRR is not installed")
	require.Empty(t, d.left())
}

// Docker's disk is full as an image is made.
func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mount("none", dir, "tmpfs", 0, "size=8m"))
	t.Cleanup(func() {
		syscall.Unmount(filepath.Join(dir, "data"), syscall.MNT_DETACH)
		syscall.Unmount(dir, syscall.MNT_DETACH)
	})
	t.Setenv("TMPDIR", dir)
	d := newDocker(t, dir)
	fails(t, named(t, "clos-small", "full"), "no space left on device")
	require.Empty(t, d.left())
}

// A life that ends while containers are made leaves none.
func TestALifeThatEndsEarlyLeavesNothing(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	f := named(t, "clos-small", "stillborn")
	life, over := context.WithCancelCause(t.Context())
	go func() {
		for !strings.Contains(d.left(), f.Name) {
		}
		over(context.DeadlineExceeded)
	}()
	r, err := clab.New(life, f, netns.Options{Log: t.Output()})
	require.Nil(t, r)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
}

// A container that somebody kills is named by whatever needs it next, also where it is no router.
func TestAKilledContainerIsNamed(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "mcp", "killed")
	r, err := clab.New(t.Context(), f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(t.Context()))
	d.command("kill", "clab-"+r.Name+"-a1")
	_, err = r.Observe(observe.Request{})
	require.ErrorContains(t, err, "node a1: its process has ended: container clab-"+f.Name+"-1-a1: exit status 137")
	require.ErrorContains(t, r.Settle(t.Context()), "its process has ended")
	require.ErrorContains(t, r.Wait(), "a1")
	require.NoError(t, r.Stop())
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
}

// When Docker's daemon dies the lab lives on, but cannot be removed: that is said, and Clean does so when the daemon is back.
func TestDockerDies(t *testing.T) {
	dir := folder(t)
	t.Cleanup(func() { discard(dir) })
	d := newDocker(t, dir)
	f := named(t, "clos-small", "orphan")
	child, said := victim(t, f.Name)
	require.Len(t, strings.Fields(d.left()), len(f.Nodes))
	d.end(syscall.SIGKILL)
	require.NoError(t, child.Process.Signal(syscall.SIGTERM))
	require.Error(t, child.Wait())
	require.Contains(t, said.String(), "its containers cannot be removed: Docker does not answer")
	require.Contains(t, said.String(), "closlab lab clean does so once Docker answers")
	_, err := clab.Clean(t.Context())
	require.ErrorContains(t, err, "containers of killed labs: Docker does not answer")

	d.start()
	labs, err := clab.Clean(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{f.Name + "-1"}, labs)
	require.Empty(t, d.left())
	_, err = netns.Clean()
	require.NoError(t, err)
	require.Empty(t, remnants(t, f))
}

// When the process of a lab is killed its containers end by themselves. Clean removes them, and no container of a lab that is alive.
func TestCleanRemovesWhatAKilledLabLeft(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "survivor")
	alive, err := clab.New(t.Context(), f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer alive.Stop()
	mine := d.left()

	dead := named(t, "clos-small", "victim")
	child, _ := victim(t, dead.Name)
	l, err := netns.Find(dead.Name + "-1")
	require.NoError(t, err)
	require.NoError(t, child.Process.Kill())
	child.Wait()
	for name := range l.Processes {
		require.Equal(t, "0\n", d.command("wait", "clab-"+l.Name+"-"+name))
	}
	labs, err := clab.Clean(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{l.Name}, labs)
	require.Equal(t, mine, d.left())
	_, err = netns.Clean()
	require.NoError(t, err)
	require.Empty(t, remnants(t, dead))
	require.NoError(t, alive.Settle(t.Context()))
	require.Empty(t, alive.Differences())
}
