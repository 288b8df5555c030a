//go:build linux

package clab_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	engine "github.com/closlab/closlab/harness/docker"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// modest is runc for machines without CAP_SYS_RESOURCE: Podman wants limits that such a machine cannot give.
const modest = `#!/bin/sh
for word; do
	[ "$before" != --bundle ] || sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$word/config.json"
	before=$word
done
exec runc "$@"
`

// podman has closlab use Podman in a test, which keeps all it has in a folder, and speaks Docker's API there.
func podman(t *testing.T) *docker {
	t.Helper()
	d := &docker{t: t, dir: folder(t)}
	t.Cleanup(func() { os.RemoveAll(d.dir) })
	runc := filepath.Join(d.dir, "runc")
	require.NoError(t, os.WriteFile(runc, []byte(modest), 0o755))
	conf := filepath.Join(d.dir, "containers.conf")
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, `[engine]
runtime = "modest"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "%s/tmp"
[engine.runtimes]
modest = ["%s"]
`, d.dir, runc), 0o644))
	d.cmd = exec.Command("podman", "--root", filepath.Join(d.dir, "data"), "--runroot", filepath.Join(d.dir, "run"), "system", "service", "--time=0", "unix://"+d.socket())
	d.cmd.Env = append(os.Environ(), "CONTAINERS_CONF="+conf, "TMPDIR="+d.dir) // Podman 4.3 leaves what it imports there
	d.cmd.Stdout, d.cmd.Stderr = t.Output(), t.Output()
	t.Setenv("DOCKER_HOST", "unix://"+d.socket())
	require.NoError(t, d.cmd.Start(), "scripts/need podman")
	t.Cleanup(func() {
		d.cmd.Process.Signal(syscall.SIGTERM)
		d.cmd.Wait()
		syscall.Unmount(filepath.Join(d.dir, "data", "overlay"), syscall.MNT_DETACH)
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for exec.CommandContext(ctx, "docker", "version").Run() != nil {
		require.NoError(t, ctx.Err(), "podman system service does not answer")
	}
	return d
}

// Podman does what Docker does: it says who it is, the lab is as predicted, a container that somebody removes is named, and nothing is left.
func TestPodman(t *testing.T) {
	d := podman(t)
	e, err := engine.Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Podman", e.Name)
	f := named(t, "clos-small", "pods")
	r, err := clab.New(t.Context(), f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(t.Context()))
	require.Empty(t, r.Differences())
	snap, err := r.Observe(check.RequestOf(f, check.Of(f)...))
	require.NoError(t, err)
	for _, c := range check.Of(f) {
		for _, finding := range c.Judge(f, snap) {
			require.Equal(t, check.OK, finding.Status, finding)
		}
	}
	d.command("rm", "--force", "clab-"+r.Name+"-leaf1")
	require.ErrorContains(t, r.Settle(t.Context()), "router leaf1: ")
	require.NoError(t, r.Stop())
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
}
