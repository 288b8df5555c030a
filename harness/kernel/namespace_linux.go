package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// folder is where iproute2 keeps the names of namespaces; see ip-netns(8).
const folder = "/run/netns"

var nameLike = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Namespace is a network namespace. Its methods may be called from any goroutine, whatever namespace the caller is in.
type Namespace struct {
	Name string // as in `ip netns`; empty if anonymous
	fd   netns.NsHandle
	link *netlink.Handle
	seen sync.Map // link index to name, and name to index
}

// New makes a network namespace with its loopback up. Without a name it is anonymous and vanishes when the last process,
// socket or Namespace that holds it is closed. With one it stays until Delete; a name in use is an error that
// wraps fs.ErrExist.
func New(name string) (*Namespace, error) {
	if name != "" && !nameLike.MatchString(name) {
		return nil, fmt.Errorf("network namespace %q: a name is letters, digits, dots, dashes and underscores", name)
	}
	n, err := away(func() (*Namespace, error) {
		fd, err := unshare(name)
		if err != nil {
			return nil, fmt.Errorf("network namespace %q: cannot make it: %w", name, err)
		}
		return hold(name, fd)
	})
	if err != nil {
		return nil, err
	}
	if err := n.SetUp("lo", true); err != nil {
		return nil, errors.Join(err, n.Delete())
	}
	return n, nil
}

// unshare makes a namespace and puts this thread into it.
func unshare(name string) (netns.NsHandle, error) {
	if name == "" {
		return netns.New()
	}
	fd, err := netns.NewNamed(name)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		os.Remove(filepath.Join(folder, name)) // an empty file where nothing could be mounted
	}
	return fd, err
}

// Open returns the namespace of that name.
func Open(name string) (*Namespace, error) {
	fd, err := netns.GetFromName(name)
	if err != nil {
		return nil, fmt.Errorf("network namespace %q: %w", name, err)
	}
	return hold(name, fd)
}

// Here returns the namespace that this process is in and stays in, under a name for messages. To be there takes no privilege.
func Here(name string) (*Namespace, error) {
	link, err := netlink.NewHandle()
	if err != nil {
		return nil, fmt.Errorf("network namespace of %s: no netlink socket in it: %w", name, err)
	}
	return &Namespace{Name: name, fd: netns.None(), link: link}, nil
}

func hold(name string, fd netns.NsHandle) (*Namespace, error) {
	link, err := netlink.NewHandleAt(fd)
	if err != nil {
		fd.Close()
		return nil, fmt.Errorf("network namespace %q: no netlink socket in it: %w", name, err)
	}
	return &Namespace{Name: name, fd: fd, link: link}, nil
}

// Fd returns the file descriptor of the namespace, for starting a process inside. It is valid until Close.
func (n *Namespace) Fd() uintptr { return uintptr(n.fd) }

// Close lets go of the namespace without deleting its name.
func (n *Namespace) Close() error {
	n.link.Close()
	if !n.fd.IsOpen() {
		return nil
	}
	return n.fd.Close()
}

// Delete removes the name, if there is one, and lets go of the namespace. Links inside go with it, and with them their other
// ends, as soon as nothing else holds it.
func (n *Namespace) Delete() error {
	var err error
	if n.Name != "" {
		err = Remove(n.Name)
	}
	return errors.Join(err, n.Close())
}

// Remove removes the name of a namespace, however far New had come with it, if it is there.
func Remove(name string) error {
	file := filepath.Join(folder, name)
	err := unix.Unmount(file, unix.MNT_DETACH)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, fs.ErrNotExist) { // EINVAL: nothing is mounted there
		err = nil
	}
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("network namespace %q: cannot remove it: %w", name, err)
	}
	return nil
}

// Do runs f in the namespace and returns its error. f has the thread for itself; sockets that it opens stay in the
// namespace, goroutines that it starts do not.
func (n *Namespace) Do(f func() error) error {
	if !n.fd.IsOpen() {
		return f()
	}
	_, err := away(func() (struct{}, error) {
		if err := netns.Set(n.fd); err != nil {
			return struct{}{}, fmt.Errorf("network namespace %q: cannot enter it: %w", n.Name, err)
		}
		return struct{}{}, f()
	})
	return err
}

// away runs f, which may change the namespace of its thread, and brings the thread home.
func away[T any](f func() (T, error)) (result T, err error) {
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return result, fmt.Errorf("the network namespace of this thread: %w", err)
	}
	defer func() {
		defer home.Close()
		if back := netns.Set(home); back != nil {
			if err == nil { // else it says why already
				err = fmt.Errorf("cannot return to the network namespace of this thread: %w", back)
			}
			return // still locked: no other goroutine may run here
		}
		runtime.UnlockOSThread()
	}()
	return f()
}
