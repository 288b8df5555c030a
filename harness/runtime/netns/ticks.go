//go:build linux

package netns

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/closlab/closlab/harness/multimog/dataplane"
	"github.com/closlab/closlab/harness/observe"
)

// wake lets time go by for the agents, if there are any, the first time that it is called.
func (as *agents) wake() {
	if as == nil {
		return
	}
	as.waking.Do(func() {
		asks := 0
		for _, a := range as.list {
			asks += len(a.peers)
		}
		interval := max(dataplane.Interval, time.Duration(asks)*time.Second/mostAsks)
		as.running.Go(func() { as.beat(interval) })
	})
}

// beat ticks by the clock until the agents are stopped. A tick that an agent does not come to take is lost, and so are all while
// somebody else gives the ticks.
func (as *agents) beat(interval time.Duration) {
	clock := time.NewTicker(interval)
	defer clock.Stop()
	for {
		select {
		case <-as.ctx.Done():
			return
		case now := <-clock.C:
			if as.clock.TryLock() {
				for _, a := range as.list {
					select {
					case a.ticks <- now:
					default:
					}
				}
				as.clock.Unlock()
			}
		}
	}
}

// trips returns the ways between servers over which agents ask and are answered, those of one family each once.
func (as *agents) trips() []observe.Trip {
	if as == nil {
		return nil
	}
	var out []observe.Trip
	for _, a := range as.list {
		for _, v := range a.peers {
			if w := v.way(); w.a == v.from.node.Name {
				out = append(out, observe.Trip{From: w.a, To: w.b, V6: w.v6})
			}
		}
	}
	return out
}

// way is between which servers a view goes, in the order of their names.
type way struct {
	a, b string
	v6   bool
}

func (v view) way() way {
	a, b := v.from.node.Name, v.to.node.Name
	return way{min(a, b), max(a, b), v.at.Is6()}
}

// know has the agents ask until each knows of all its peers whether they answer, and returns those that do not. The answers that
// arrive by the forwarding tables, as the trips say, are waited for, since the machine may be slow. The caller holds the clock.
func (as *agents) know(trips []observe.Trip) ([]view, error) {
	arrives := map[way]bool{}
	for _, t := range trips {
		arrives[way{t.From, t.To, t.V6}] = t.Arrived()
	}
	as.mu.Lock()
	as.turn++
	as.mu.Unlock()
	// Those who had been silent are down at the first tick, but may answer it.
	told := func(v view, x verdict) bool { return x.turn == as.turn }
	well := func(v view, x verdict) bool { return told(v, x) && (x.up || !arrives[v.way()]) }
	for range dataplane.Silence/dataplane.Interval + 1 { // at the last of them who has not answered is down
		for _, a := range as.list {
			select {
			case a.ticks <- time.Time{}:
			case <-as.ctx.Done():
			}
		}
		as.hear(func(v view, x verdict) bool { return well(v, x) || !arrives[v.way()] })
		if as.all(well) {
			break
		}
	}
	as.hear(told)
	known := as.all(told)
	as.mu.Lock()
	defer as.mu.Unlock()
	if err := cmp.Or(as.err, as.ctx.Err()); err != nil || !known {
		return nil, fmt.Errorf("what the load balancers' agents know cannot be told: %w", cmp.Or(err, errStill))
	}
	var down []view
	for _, a := range as.list {
		for _, v := range a.peers {
			if !as.known[v].up {
				down = append(down, v)
			}
		}
	}
	return down, nil
}

var errStill = errors.New("this machine stands still")

// hear waits until what the agents know of every peer is so, or for as long as an answer may take.
func (as *agents) hear(so func(view, verdict) bool) {
	late := time.NewTimer(as.hearing)
	defer late.Stop()
	for !as.all(so) {
		select {
		case <-as.news:
		case <-as.ctx.Done():
			return
		case <-late.C:
			return
		}
	}
}

// all reports whether what the agents know of every peer is so.
func (as *agents) all(so func(view, verdict) bool) bool {
	as.mu.Lock()
	defer as.mu.Unlock()
	for _, a := range as.list {
		for _, v := range a.peers {
			if !so(v, as.known[v]) {
				return false
			}
		}
	}
	return true
}

// stop ends the agents. There may be none.
func (as *agents) stop() {
	if as != nil {
		as.stopped()
		as.running.Wait()
	}
}
