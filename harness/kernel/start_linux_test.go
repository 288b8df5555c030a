package kernel_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// TestMain makes this binary the child of its own tests: "confined DIR" is started by Start, and "parent" starts one.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "confined":
		answer(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "parent":
		bringUp(os.Args[2])
	default:
		os.Exit(m.Run())
	}
}

// view is what a confined process sees.
type view struct {
	Pid       int
	Processes []string
	Links     []string
	Names     []string // of network namespaces
	Hidden    []string // files in the folder to be hidden
}

// answer confines this process, mounts something on dir, and says what it sees as often as it is asked.
func answer(dir string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	must(kernel.Confine(filepath.Join(dir, "hidden")))
	must(unix.Mount("tmpfs", filepath.Join(dir, "mounted"), "tmpfs", 0, ""))
	must(os.WriteFile(filepath.Join(dir, "mounted", "file"), nil, 0o644))
	names := func(pattern string) (out []string) {
		found, err := filepath.Glob(pattern)
		must(err)
		for _, f := range found {
			out = append(out, filepath.Base(f))
		}
		return out
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		must(json.NewEncoder(os.Stdout).Encode(view{os.Getpid(), names("/proc/[0-9]*"), names("/sys/class/net/*"), names("/run/netns/*"),
			names(filepath.Join(dir, "hidden", "*"))}))
	}
	select {} // only a signal ends it: its standard input does not
}

// bringUp starts a confined process, says its id, and waits to be killed.
func bringUp(dir string) {
	n, err := kernel.New("")
	if err == nil {
		cmd := exec.Command("/proc/self/exe", "confined", dir)
		if err = n.Start(cmd); err == nil {
			fmt.Println(cmd.Process.Pid)
			io.Copy(io.Discard, os.Stdin)
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

// folders returns a folder for a confined process.
func folders(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"mounted", "hidden"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, sub), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hidden", "secret"), nil, 0o644))
	return dir
}

// confined is a confined process that can be asked.
type confined struct {
	cmd *exec.Cmd
	in  io.Writer
	out *json.Decoder
}

// startConfined starts a confined process by the given means.
func startConfined(t *testing.T, dir string, start func(*exec.Cmd) error) *confined {
	t.Helper()
	c := &confined{cmd: exec.Command("/proc/self/exe", "confined", dir)}
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	c.in, c.out = in, json.NewDecoder(out)
	require.NoError(t, start(c.cmd))
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
	})
	return c
}

// see asks the process what it sees.
func (c *confined) see() (v view, err error) {
	if _, err = io.WriteString(c.in, "what?\n"); err == nil {
		err = c.out.Decode(&v)
	}
	return v, err
}

func TestAStartedProcessSeesOnlyItself(t *testing.T) {
	t.Parallel()
	n, dir := newNamespace(t), folders(t)
	other, err := kernel.New(prefix + "other")
	require.NoError(t, err)
	c := startConfined(t, dir, n.Start)
	got, err := c.see()
	require.NoError(t, err)
	require.Equal(t, view{Pid: 1, Processes: []string{"1"}, Links: []string{"lo"}}, got)
	require.NoFileExists(t, filepath.Join(dir, "mounted", "file"), "its mounts are its own")
	require.FileExists(t, filepath.Join(dir, "hidden", "secret"))

	mounts := func() string {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", c.cmd.Process.Pid))
		require.NoError(t, err)
		return string(text)
	}
	require.Contains(t, mounts(), other.Name)
	require.NoError(t, other.Delete())
	require.NotContains(t, mounts(), other.Name, "it holds no namespace of others")
}

// onABriefThread runs f on a thread other than the main one, and returns when that thread has ended.
func onABriefThread(f func()) {
	thread, away := make(chan int), make(chan struct{})
	var run func()
	run = func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() { // the main thread stays to the end
			go run()
			<-away
			runtime.UnlockOSThread()
			return
		}
		close(away)
		f()
		thread <- unix.Gettid() // and the thread ends with this goroutine, which has not unlocked it
	}
	go run()
	task := fmt.Sprintf("/proc/self/task/%d", <-thread)
	for _, err := os.Stat(task); err == nil; _, err = os.Stat(task) {
		runtime.Gosched()
	}
}

// A thread of a Go program ends with the goroutine that had it for itself. The kernel then kills the children of that thread.
func TestAStartedProcessOutlivesTheThreadThatAskedForIt(t *testing.T) {
	t.Parallel()
	n := newNamespace(t)
	plain := func(cmd *exec.Cmd) error {
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
		return n.Do(cmd.Start)
	}
	for name, start := range map[string]func(*exec.Cmd) error{"plain": plain, "Start": n.Start} {
		c := startConfined(t, folders(t), func(cmd *exec.Cmd) error {
			var err error
			onABriefThread(func() { err = start(cmd) })
			return err
		})
		_, err := c.see()
		require.Equal(t, name == "plain", err != nil, "%s: %v", name, err)
	}
}

func TestAStartedProcessDiesWithItsParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command("/proc/self/exe", "parent", folders(t))
	_, err := parent.StdinPipe()
	require.NoError(t, err)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var pid int
	_, err = fmt.Fscan(out, &pid)
	require.NoError(t, err)
	fd, err := unix.PidfdOpen(pid, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	ended, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
	require.NoError(t, err)
	require.Equal(t, 1, ended)
}

func TestKillEndsThatProcessOnly(t *testing.T) {
	t.Parallel()
	n := newNamespace(t)
	c := startConfined(t, folders(t), n.Start)
	p, err := kernel.ProcessOf(c.cmd.Process.Pid)
	require.NoError(t, err)
	require.NoError(t, kernel.Process{Pid: p.Pid, Born: p.Born + 1}.Kill(), "one that had the id before")
	_, err = c.see()
	require.NoError(t, err)
	go c.cmd.Wait() // a process is gone when its parent has buried it
	require.NoError(t, p.Kill())
	_, err = c.see()
	require.Error(t, err)
	require.NoError(t, p.Kill(), "it is gone already")
	_, err = kernel.ProcessOf(1 << 30)
	require.ErrorIs(t, err, os.ErrNotExist)
}
