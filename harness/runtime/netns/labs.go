//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/closlab/closlab/harness/kernel"
)

// Lab is a lab on this machine, whichever process it belongs to.
type Lab struct {
	Name      string
	Fabric    string // the fabric's file
	Runtime   string
	Pid       int  // of the process that it belongs to
	Alive     bool // if not, Clean removes it
	Since     time.Time
	State     string // Starting, Running, or which router has ended and how
	Nodes     []string
	Processes map[string]kernel.Process // of routers, and of whatever else has one; empty while they are started
	prefix    string
}

// Labs returns the labs on this machine, by name.
func Labs() ([]Lab, error) {
	if _, err := os.Stat(runFolder); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all, err := alone() // whoever claims or cleans must not find a lock that is held for a look only
	if err != nil {
		return nil, err
	}
	defer all.Close()
	entries, err := os.ReadDir(runFolder)
	if err != nil {
		return nil, fmt.Errorf("folder of labs: %w", err)
	}
	var out []Lab
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		l := Lab{Name: e.Name()}
		lock, err := hold(Folder(l.Name), 0, syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			l.Alive = true
		case errors.Is(err, fs.ErrNotExist): // killed while it left
		case err != nil:
			return nil, fmt.Errorf("lab %s: %w", l.Name, err)
		default:
			lock.Close()
		}
		if h, err := read(l.Name); err == nil { // what cannot be read has a name at least
			l.Fabric, l.Runtime, l.Pid, l.Since, l.State = h.Fabric, h.Runtime, h.Pid, h.Since, h.State
			l.Nodes, l.Processes, l.prefix = h.Nodes, h.Processes, h.Prefix
		}
		out = append(out, l)
	}
	return out, nil
}

// Namespaces returns the names of its network namespaces, as in ip netns.
func (l Lab) Namespaces() []string { return (&home{Prefix: l.prefix, Nodes: l.Nodes}).namespaces() }

// NoSuch is the error that a lab or a node is not there; it says which are.
type NoSuch string

func (e NoSuch) Error() string { return string(e) }

// Find returns the lab of that name, which is up. Without one the error is a NoSuch.
func Find(name string) (Lab, error) {
	labs, err := Labs()
	if err != nil {
		return Lab{}, err
	}
	var up []string
	for _, l := range labs {
		switch {
		case l.Alive && l.Name == name:
			return l, nil
		case l.Alive:
			up = append(up, l.Name)
		case l.Name == name:
			return Lab{}, NoSuch("lab " + name + ": its process has been killed: closlab lab clean removes what it left")
		}
	}
	there := "none is"
	if len(up) > 0 {
		there = "there is " + strings.Join(up, ", ")
	}
	return Lab{}, NoSuch(fmt.Sprintf("lab %q: no lab of this name is up: %s", name, there))
}

// Down asks the process that the lab belongs to to end, and waits until the lab is gone.
func (l Lab) Down(ctx context.Context) error {
	if err := syscall.Kill(l.Pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("lab %s: process %d: %w", l.Name, l.Pid, err)
	}
	ended := make(chan error, 1)
	go func() {
		lock, err := hold(Folder(l.Name), 0, 0)
		if err == nil {
			lock.Close()
		}
		ended <- err
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		return fmt.Errorf("lab %s: process %d does not end: kill it, and closlab lab clean removes the rest: %w", l.Name, l.Pid, ctx.Err())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("lab %s: %w", l.Name, err)
	}
	if _, err := os.Stat(Folder(l.Name)); err == nil {
		return fmt.Errorf("lab %s: process %d has ended, but not tidied up: closlab lab clean does", l.Name, l.Pid)
	}
	return nil
}

// Start starts a command on a node: in its network namespace and, on a router, where the router sees itself as the only other process.
// Without such a node the error is a NoSuch.
func (l Lab) Start(node string, cmd *exec.Cmd) error {
	if !slices.Contains(l.Nodes, node) {
		return NoSuch(fmt.Sprintf("lab %s: no node named %q: there is %s", l.Name, node, strings.Join(l.Nodes, ", ")))
	}
	if l.State == Starting {
		return fmt.Errorf("lab %s: it is still coming up", l.Name)
	}
	if p, ok := l.Processes[node]; ok {
		return p.Start(cmd)
	}
	ns, err := kernel.Open(l.prefix + node)
	if err != nil {
		return err
	}
	defer ns.Close()
	return ns.Do(cmd.Start)
}
