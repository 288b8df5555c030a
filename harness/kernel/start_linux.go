package kernel

import (
	"errors"
	"fmt"
	"io/fs"
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
