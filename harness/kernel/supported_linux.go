package kernel

import "fmt"

// Supported returns nil if this process can make network namespaces and routers of them, and otherwise why not
// and what to do. It finds out by making one, which is gone when it returns.
func Supported() error {
	n, err := New("")
	if err != nil {
		return fmt.Errorf("%w: run as root (sudo) with CAP_SYS_ADMIN and CAP_NET_ADMIN, or use the sim runtime", err)
	}
	defer n.Close()
	if err := n.BeRouter(1); err != nil {
		return fmt.Errorf("%w: Linux 6.11 or later with a writable /proc/sys is needed, or use the sim runtime", err)
	}
	return nil
}
