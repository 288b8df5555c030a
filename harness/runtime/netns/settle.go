//go:build linux

package netns

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/speaker"
)

// How long the routers must have been silent to have come to rest elsewhere than predicted. GoBGP is idle for five seconds after a session
// that failed, and up to one goes by before the next connection: that may happen twice.
const (
	quietResend  = 150 * time.Millisecond // before those are told to send once more whose neighbours lack what they should have sent
	quiet        = 2 * time.Second
	quietPending = 12 * time.Second // while a session that is predicted to be up is not
	slowness     = 20               // and so many times as long as the slowest of them takes to answer: it may lack the processor
)

// Settle waits until the routers are in the state that the simulation predicts, or have come to rest in another one: Differences
// then tells. The error says that ctx ended first, or what cannot be told.
func (r *Runtime) Settle(ctx context.Context) error {
	defer r.agents.wake()
	if r.running != nil {
		return r.quiesce(ctx)
	}
	if err := r.model.Settle(ctx); err != nil {
		return err
	}
	predicted, err := r.model.Observe(observe.Request{})
	if err != nil {
		return err
	}
	fresh := !r.tried // nothing has been changed yet
	r.tried = true
	r.expect(predicted)
	if err := r.announce(ctx); err != nil {
		return r.unsettled(predicted, err)
	}
	if err := r.each(r.tell); err != nil {
		return err
	}
	r.each(func(n *node) error { r.ring(n); return nil }) // each is looked at once at least
	silent := time.Duration(0)
	for resent := 0; ; {
		if there, err := r.reached(predicted); err != nil || there {
			return cmp.Or(err, r.rest())
		}
		patience, again := r.quiet(), resent < maxResends
		switch {
		case r.pending():
			patience, again = quietPending, false
		case again:
			patience = quietResend
		}
		rested, ended := r.listen(ctx, patience)
		if !rested && ended == nil {
			silent = 0
			continue
		}
		silent += patience
		slowest, err := r.lookAround(predicted)
		if err != nil || len(r.differences) == 0 {
			return err
		}
		switch {
		case ended != nil:
			return r.unsettled(predicted, ended)
		case !again && silent < slowness*slowest:
			continue
		case !again && fresh:
			fresh, resent, silent = false, 0, 0
			if stuck, err := r.restart(); err != nil || !stuck {
				return err
			}
			continue
		case !again:
			return nil
		}
		silent = 0
		resent++
		if err := r.resend(); err != nil {
			return err
		}
	}
}

// unsettled returns the error that the routers are not where they are predicted to be, for that cause. It names a session that is not up,
// if there is one, since all else may follow from that.
func (r *Runtime) unsettled(predicted *observe.Snapshot, cause error) error {
	if _, err := r.lookAround(predicted); err != nil {
		return err
	}
	if len(r.differences) == 0 {
		return fmt.Errorf("fabric %s: not settled: %w", r.Fabric.Name, cause)
	}
	i := max(0, slices.IndexFunc(r.differences, func(d Difference) bool { return d.What == "session" }))
	return fmt.Errorf("fabric %s: not settled: %s (and %d more differences): %w", r.Fabric.Name, r.differences[i], len(r.differences)-1, cause)
}

// tell gives a router what was injected.
func (r *Runtime) tell(n *node) error {
	if !n.untold {
		return nil
	}
	n.untold = false
	r.ring(n)
	return n.speaker.SetOwn(r.own(n))
}

// rest has the routers give memory back, once.
func (r *Runtime) rest() error {
	if r.rested {
		return nil
	}
	r.rested = true
	return r.each(func(n *node) error { return n.speaker.Rest() })
}

// reached reports whether all routers are where they are predicted to be. It looks at those that have news as soon as none is known to be
// elsewhere.
func (r *Runtime) reached(predicted *observe.Snapshot) (bool, error) {
	if !r.arrived() {
		return false, nil
	}
	if err := r.catchUp(); err != nil {
		return false, err
	}
	r.differences = differences(predicted, r.snapshot())
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.differences) == 0 && len(r.changed) == 0, nil
}

// maxResends is how often routers are told to send once more while Settle waits.
const maxResends = 3

// resend has routers send once more over the sessions that did not carry what was predicted, and write routes once more that are not in the
// kernel's table.
func (r *Runtime) resend() error {
	if err := r.install(); err != nil {
		return err
	}
	told := map[*fabric.Session]bool{}
	for _, d := range r.differences {
		n := r.byName[d.Node]
		if d.What != "sent" || n.Engine == speaker.FRR || n.Engine == speaker.Native { // it is GoBGP that needs this
			continue
		}
		for _, s := range n.sessions {
			if observe.SessionName(s.Node, s.Peer) != d.Session || told[s] {
				continue
			}
			told[s] = true
			r.note("%s was told to send all its routes to %s once more, as it rested without having sent what it should: %s", s.Node, s.Peer, d)
			if err := n.speaker.Resend(neighbours(n, s)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// note keeps what the verdict should say of what was done to the routers, once.
func (r *Runtime) note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(r.notes, note) {
		fmt.Fprintln(r.opt.Log, note)
		r.notes = append(r.notes, note)
	}
}

// catchUp looks at the routers that have news.
func (r *Runtime) catchUp() error {
	r.mu.Lock()
	var news []*node
	for n := range r.changed {
		news = append(news, n)
	}
	clear(r.changed)
	r.mu.Unlock()
	slices.SortFunc(news, func(a, b *node) int { return cmp.Compare(a.Name, b.Name) })
	return all(news, r.look)
}

// listen waits for news, and then a little for more. It reports whether there were none for so long as patience; the error is that of ctx.
func (r *Runtime) listen(ctx context.Context, patience time.Duration) (bool, error) {
	const more = 5 * time.Millisecond
	silence := time.NewTimer(patience)
	defer silence.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-silence.C:
		return true, nil
	case <-r.bell:
	}
	gather := time.NewTimer(more)
	defer gather.Stop()
	select {
	case <-ctx.Done():
	case <-gather.C:
	}
	return false, nil
}

// lookAround looks at every router once more, and notes how they differ from the prediction. It returns how long the slowest of them
// took to answer.
func (r *Runtime) lookAround(predicted *observe.Snapshot) (time.Duration, error) {
	var mu sync.Mutex
	var slowest time.Duration
	err := r.each(func(n *node) error {
		start := time.Now()
		err := r.look(n)
		mu.Lock()
		defer mu.Unlock()
		slowest = max(slowest, time.Since(start))
		return err
	})
	if err == nil {
		r.differences = differences(predicted, r.snapshot())
	}
	return slowest, err
}

// Notes returns what routers were told that production does not tell them, and why, in order.
func (r *Runtime) Notes() []string { return slices.Clone(r.notes) }

// Differences returns how the state in which the routers came to rest differs from the predicted one; none if it does not.
func (r *Runtime) Differences() []Difference { return r.differences }
