//go:build linux

package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/closlab/closlab/harness/kernel"
)

// Clean removes what labs have left whose process is gone, unless they are of a runtime to spare, and returns their names. It touches no lab that is
// alive, and nothing that is no lab's.
func Clean(spare ...string) ([]string, error) {
	if _, err := os.Stat(runFolder); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all, err := alone()
	if err != nil {
		return nil, err
	}
	defer all.Close()
	entries, err := os.ReadDir(runFolder)
	if err != nil {
		return nil, fmt.Errorf("folder of labs: %w", err)
	}
	var cleaned []string
	var errs []error
	for _, e := range entries {
		if !e.IsDir() {
			continue // the lock
		}
		h := &home{Name: e.Name()}
		if h.lock, err = hold(h.folder(), os.O_CREATE, syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
			continue // alive
		}
		if was, unread := read(h.Name); err == nil && unread == nil && slices.Contains(spare, was.Runtime) {
			h.lock.Close()
			continue
		}
		if err == nil {
			err = errors.Join(h.raze(), h.lock.Close())
		}
		if err == nil {
			err = os.RemoveAll(h.folder())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("lab %s: %w", h.Name, err))
			continue
		}
		cleaned = append(cleaned, h.Name)
	}
	return cleaned, errors.Join(errs...)
}

// raze removes what there is of the lab, by what its folder says.
func (h *home) raze() error {
	was, err := read(h.Name)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range was.Processes {
		errs = append(errs, p.Kill())
	}
	errs = append(errs, was.evict())
	for _, name := range was.namespaces() {
		errs = append(errs, kernel.Remove(name))
	}
	return errors.Join(errs...)
}

// evict ends what others have started on the nodes: their namespaces would outlive the lab.
func (h *home) evict() error {
	strangers, err := kernel.Inside(h.namespaces()...)
	errs := []error{err}
	for _, p := range strangers {
		errs = append(errs, p.Kill())
	}
	return errors.Join(errs...)
}

// claimed are the homes of this process' labs.
var claimed struct {
	sync.Mutex
	homes []*home
}

// Abandon ends all labs of this process at once, while others may still be at work on them: the process is about to end.
func Abandon() error {
	claimed.Lock()
	defer claimed.Unlock()
	var errs []error
	for _, h := range claimed.homes {
		errs = append(errs, h.end(func() error { return errors.Join(h.raze(), h.ground.Raze()) }))
	}
	return errors.Join(errs...)
}
