//go:build linux

package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/closlab/closlab/harness/kernel"
)

// Lab is a lab on this machine, whichever process it belongs to.
type Lab struct {
	Name       string
	Fabric     string // the fabric's file
	Pid        int    // of the process that it belongs to
	Alive      bool   // if not, Clean removes it
	Namespaces []string
	Routers    map[string]kernel.Process // empty while they are started
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
		folder := filepath.Join(runFolder, e.Name())
		l := Lab{Name: e.Name()}
		lock, err := hold(folder, 0, syscall.LOCK_NB)
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
			l.Fabric, l.Pid, l.Namespaces, l.Routers = h.Fabric, h.Pid, h.Namespaces, h.Routers
		}
		out = append(out, l)
	}
	return out, nil
}

// lab returns a lab that is alive.
func lab(name string) (Lab, error) {
	labs, err := Labs()
	if err != nil {
		return Lab{}, err
	}
	i := slices.IndexFunc(labs, func(l Lab) bool { return l.Name == name && l.Alive })
	if i < 0 {
		return Lab{}, fmt.Errorf("no lab named %q is up: closlab lab ls lists them", name)
	}
	return labs[i], nil
}

// Namespace returns the namespace of a node of a lab that is up.
func Namespace(name, node string) (*kernel.Namespace, error) {
	l, err := lab(name)
	if err != nil {
		return nil, err
	}
	if ns := name + "." + node; slices.Contains(l.Namespaces, ns) {
		return kernel.Open(ns)
	}
	return nil, fmt.Errorf("lab %s: no node named %q", name, node)
}

// Down asks the process that a lab belongs to to end, and waits until the lab is gone.
func Down(name string) error {
	l, err := lab(name)
	if err != nil {
		return err
	}
	if err := syscall.Kill(l.Pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("lab %s: process %d: %w", name, l.Pid, err)
	}
	lock, err := hold(filepath.Join(runFolder, name), 0, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lab %s: %w", name, err)
	}
	return lock.Close()
}
