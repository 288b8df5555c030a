package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a command in the network namespace, as the first process of a pid and a mount namespace of its own: no mount
// that it makes is seen outside. It is killed when this process ends, and with it all that it started. Confine is for the
// command itself to call.
func (n *Namespace) Start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:    syscall.SIGKILL,
		Setpgid:      true,
		Cloneflags:   unix.CLONE_NEWPID,
		Unshareflags: unix.CLONE_NEWNS, // unlike Cloneflags, this makes all mounts private
	}
	var err error
	done := make(chan struct{})
	parent() <- func() {
		err = n.Do(cmd.Start)
		close(done)
	}
	<-done
	return err
}

// parent takes what is to run on the one thread that starts processes. The kernel kills a child when the thread that started it ends
// (PR_SET_PDEATHSIG(2const)), and threads of a Go program may end; this one does not.
var parent = sync.OnceValue(func() chan<- func() {
	calls := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range calls {
			f()
		}
	}()
	return calls
})

// Confine gives a process that Start has started its own /proc and /sys, which show its processes and its network only, and hides the
// names of network namespaces and these folders.
func Confine(hidden ...string) error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	mount := func(kind, at string, flags uintptr) error {
		if err := unix.Mount(kind, at, kind, flags, ""); err != nil {
			return fmt.Errorf("cannot mount %s: %w", at, err)
		}
		return nil
	}
	if err := errors.Join(mount("proc", "/proc", flags), mount("sysfs", "/sys", flags)); err != nil {
		return err
	}
	for _, folder := range append(hidden, folder) {
		if err := mount("tmpfs", folder, flags|unix.MS_RDONLY); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Start starts a command beside the process: in its namespaces, with which it ends. The command is looked for there, and starts in the
// root folder if its own is not there.
func (p Process) Start(cmd *exec.Cmd) error {
	var err error
	briefly(func() { err = p.start(cmd) })
	return err
}

// briefly runs f on a thread that ends with it, so that nobody else gets into the namespaces which f enters. The main thread would
// stay to the end of the process, in those namespaces.
func briefly(f func()) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		if unix.Gettid() == os.Getpid() {
			briefly(f)
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

func (p Process) start(cmd *exec.Cmd) error {
	fd, err := unix.PidfdOpen(p.Pid, 0)
	if err != nil {
		return fmt.Errorf("process %d: %w", p.Pid, err)
	}
	defer unix.Close(fd)
	if now, err := ProcessOf(p.Pid); err != nil || now != p {
		return fmt.Errorf("process %d: it has ended", p.Pid)
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // or the mount namespace cannot be entered
		return fmt.Errorf("process %d: cannot enter its namespaces: %w", p.Pid, err)
	}
	if err := unix.Setns(fd, unix.CLONE_NEWNS|unix.CLONE_NEWPID|unix.CLONE_NEWNET|unix.CLONE_NEWUTS|unix.CLONE_NEWIPC); err != nil {
		return fmt.Errorf("process %d: cannot enter its namespaces: %w", p.Pid, err)
	}
	if cmd.Path, cmd.Err = exec.LookPath(cmd.Args[0]); cmd.Err != nil {
		return cmd.Err
	}
	if _, err := os.Stat(cmd.Dir); err != nil {
		cmd.Dir = "/"
	}
	return cmd.Start()
}
