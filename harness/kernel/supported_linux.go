package kernel

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Supported returns nil if this process can make network namespaces and routers of them, and otherwise why not
// and what to do. It finds out by making one, which is gone when it returns.
func Supported() error {
	n, err := New("")
	switch {
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%w: this machine allows no more of them: raise the sysctl user.max_net_namespaces, or use the sim runtime", err)
	case err != nil:
		return fmt.Errorf("%w: run as root (sudo) with CAP_SYS_ADMIN and CAP_NET_ADMIN, or use the sim runtime", err)
	}
	defer n.Close()
	err = n.BeRouter(1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: Linux 6.11 or later is needed, this is %s: use the sim runtime here", err, Release())
	case err != nil:
		return fmt.Errorf("%w: a writable /proc/sys is needed, as a privileged container has, or use the sim runtime", err)
	}
	return nil
}

// Release returns the version of Linux.
func Release() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return err.Error()
	}
	return unix.ByteSliceToString(name.Release[:])
}
