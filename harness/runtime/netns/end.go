//go:build linux

package netns

import (
	"errors"
	"sync"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// Wait returns when a router's process has ended, with an error that says how, or with nil when life is over.
func (r *Runtime) Wait() error {
	select {
	case name := <-r.lost:
		r.lost <- name
		if _, err := r.byName[name].speaker.Report(speaker.Digest{}); r.life.Err() == nil {
			return err
		}
	case <-r.life.Done():
	}
	return nil
}

// Stop ends the lab: its routers and whatever else runs in it are killed, its namespaces deleted, and nothing is left. Only the
// first call does so; the others return what came of it.
func (r *Runtime) Stop() error {
	return r.home.end(func() error {
		r.each(func(n *node) error {
			if n.speaker != nil {
				n.speaker.Kill()
			}
			return nil
		})
		errs := []error{r.unbalance(), r.prober.Close(), r.home.evict()}
		for _, n := range r.nodes {
			if n.ns != nil {
				errs = append(errs, n.ns.Delete())
			}
		}
		return errors.Join(errs...)
	})
}

// evict ends what others have started on the nodes: their namespaces would outlive the lab.
func (h *home) evict() error {
	strangers, err := kernel.Inside(h.Namespaces...)
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
		errs = append(errs, h.end(h.raze))
	}
	return errors.Join(errs...)
}
