//go:build linux

package clab_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// brought is the environment variable that makes a test of this binary the process of a lab of the fabric of that name.
const brought = "CLOSLAB_TEST_VICTIM"

// closlab-clab is built where it is missing, into a folder that is in the PATH of these tests.
func TestMain(m *testing.M) {
	speaker.Hijack()
	if slices.Equal(os.Args[1:], []string{"router"}) { // in the image of GoBGP routers, which is made of this binary
		c, err := speaker.ReadConfig("/etc/closlab/router.json")
		if err == nil {
			err = speaker.Serve(context.Background(), c, os.Stderr)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if name := os.Getenv(brought); name != "" {
		if err := bring(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(func() int {
		defer func() {
			if shared != nil {
				shared.end(syscall.SIGTERM)
				discard(shared.dir)
			}
		}()
		if _, err := exec.LookPath("closlab-clab"); err == nil {
			return m.Run()
		}
		bin, err := os.MkdirTemp("", "closlab-clab")
		if err == nil {
			defer os.RemoveAll(bin)
			build := exec.Command("go", "build", "-C", "../../cmd/closlab-clab", "-o", filepath.Join(bin, "closlab-clab"), ".")
			build.Stderr, build.Env = os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
			err = build.Run()
		}
		if err == nil {
			err = os.Setenv("PATH", bin+":"+os.Getenv("PATH"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// bring brings the small fabric up under that name, says so, and ends it when terminated.
func bring(name string) error {
	base, err := candidate.Load("../../../topologies/clos-small")
	if err != nil {
		return err
	}
	base.Fabric.Name = name
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r, err := clab.New(context.Background(), base.Fabric, netns.Options{})
	if err == nil {
		err = r.Settle(context.Background())
	}
	if err != nil {
		return err
	}
	fmt.Println("alive")
	<-ctx.Done()
	return r.Stop()
}

// victim starts a process with a lab of its own and returns when that is up. What it says of the end is in said once it has been waited for.
func victim(t *testing.T, name string) (child *exec.Cmd, said *strings.Builder) {
	t.Helper()
	said = &strings.Builder{}
	child = exec.Command("/proc/self/exe")
	child.Env, child.Stderr = append(os.Environ(), brought+"="+name), said
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { child.Process.Kill() })
	word := make([]byte, 6)
	_, err = io.ReadFull(out, word)
	require.NoError(t, err, said)
	return child, said
}

// docker is a daemon of these tests' own, which changes nothing of the machine's network and at first has no image.
type docker struct {
	t   testing.TB // that uses it
	dir string
	cmd *exec.Cmd
}

// shared is the daemon of tests that leave it as it is.
var shared *docker

// sharedDocker has closlab use the shared daemon in a test. There is no container yet.
func sharedDocker(t testing.TB) *docker {
	t.Helper()
	if shared == nil {
		shared = &docker{dir: folder(t)}
	}
	shared.t = t
	t.Setenv("DOCKER_HOST", "unix://"+shared.socket())
	if shared.cmd == nil {
		shared.start()
	}
	return shared
}

// newDocker has closlab use a daemon in a test that is this one's alone, and keeps all it has in a folder.
func newDocker(t *testing.T, dir string) *docker {
	t.Helper()
	d := &docker{t: t, dir: dir}
	t.Setenv("DOCKER_HOST", "unix://"+d.socket())
	d.start()
	t.Cleanup(func() { d.end(syscall.SIGTERM) })
	return d
}

// folder returns one for a daemon, whose name is short enough for its sockets.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "clab")
	require.NoError(t, err)
	return dir
}

// discard removes the folder of a daemon that has ended: what that has mounted on itself stays mounted.
func discard(dir string) {
	syscall.Unmount(filepath.Join(dir, "data"), syscall.MNT_DETACH)
	os.RemoveAll(dir)
}

func (d *docker) socket() string { return filepath.Join(d.dir, "socket") }

// start starts the daemon, once more if it has ended, and waits until it answers.
func (d *docker) start() {
	d.t.Helper()
	log, err := os.Create(filepath.Join(d.dir, "log"))
	require.NoError(d.t, err)
	defer log.Close()
	d.cmd = exec.Command("dockerd", "--host", "unix://"+d.socket(), "--data-root", filepath.Join(d.dir, "data"), "--exec-root", filepath.Join(d.dir, "run"),
		"--pidfile", filepath.Join(d.dir, "pid"), "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
	d.cmd.Stdout, d.cmd.Stderr = log, log
	require.NoError(d.t, d.cmd.Start(), "scripts/need dockerd:docker.io")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for exec.CommandContext(ctx, "docker", "version").Run() != nil {
		if ctx.Err() != nil {
			text, _ := os.ReadFile(log.Name())
			d.t.Fatalf("dockerd does not start:\n%s", text)
		}
	}
}

// end ends the daemon by a signal, and waits for the end of its containerd, which the kernel kills with it.
func (d *docker) end(s syscall.Signal) {
	note := filepath.Join(d.dir, "run", "containerd", "containerd.pid")
	text, _ := os.ReadFile(note)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	child, err := kernel.ProcessOf(pid)
	d.cmd.Process.Signal(s)
	d.cmd.Wait()
	if err == nil {
		child.Kill()
	}
	os.Remove(note)
}

// command runs docker's own command and returns what it says.
func (d *docker) command(args ...string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	require.NoError(d.t, err, "docker %q: %s", args, out)
	return string(out)
}

// left returns what there is of containers, by name.
func (d *docker) left() string { return d.command("ps", "--all", "--format", "{{.Names}}") }
