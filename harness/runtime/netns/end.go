//go:build linux

package netns

import (
	"errors"
	"io"
	"sync"
)

// Wait returns when a router's process has ended, with an error that says how and that lab ls shows from now on, or with nil when life
// is over.
func (r *Runtime) Wait() error {
	select {
	case name := <-r.lost:
		r.lost <- name
		if r.life.Err() == nil {
			err := r.byName[name].speaker.Ended()
			r.home.change(func() { r.home.State = err.Error() })
			return err
		}
	case <-r.life.Done():
	}
	return nil
}

// diary writes what is said to several logs, and minds none that is full: the routers live on.
type diary []io.Writer

func (d diary) Write(b []byte) (int, error) {
	for _, w := range d {
		w.Write(b)
	}
	return len(b), nil
}

// Stop ends the lab: its routers and whatever else runs in it are killed, its namespaces deleted, and nothing is left. Only the
// first call does so; the others return what came of it.
func (r *Runtime) Stop() error {
	return r.home.end(func() error {
		var dying sync.WaitGroup
		for _, n := range r.nodes {
			if n.speaker != nil {
				dying.Go(n.speaker.Kill) // all at once: most of it is waiting
			}
		}
		dying.Wait()
		errs := []error{r.unbalance(), r.prober.Close(), r.home.evict(), r.opt.Ground.Raze()}
		for _, n := range r.nodes {
			if n.ns != nil {
				errs = append(errs, n.ns.Delete())
			}
		}
		return errors.Join(errs...)
	})
}
