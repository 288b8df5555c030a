//go:build linux

package netns

import (
	"slices"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// blindFlows is how many flows tell whether packets of a trip pass that the forwarding tables lose sight of at a blind router: of two
// equal paths, one of which loses all, some are on that one but for once in 10^19.
const blindFlows = 64

// unseen returns whether the forwarding tables lose sight of a trip at a blind router.
func (r *Runtime) unseen(t observe.Trip) bool {
	for _, w := range []observe.Walk{t.Out, t.Back} {
		if w.Lost > 0 && r.isBlind(w.At()) {
			return true
		}
	}
	return false
}

// decide says what became of a trip by its packets alone.
func decide(t *observe.Trip, a probe.Answer) {
	if none, all := a.Replied == 0, a.Replied == blindFlows; a.Echo && none || !a.Echo && all {
		t.Why = "ICMP disagrees with UDP, and no forwarding table can tell which is right"
		t.Out.Ending, t.Back.Ending = observe.Unknown, observe.Unknown
		return
	}
	way := func(w observe.Walk, from, to string, came int) observe.Walk {
		if len(w.Hops) == 0 {
			w.Hops = []string{from}
		}
		if came == blindFlows {
			return observe.Walk{Ending: observe.Delivered, Hops: append(slices.Clone(w.Hops), to)}
		}
		return observe.Walk{Ending: observe.Gone, Hops: w.Hops, Lost: 1 - float64(came)/blindFlows}
	}
	back := t.Back
	t.Out, t.Back = way(t.Out, t.From, t.To, a.Came), observe.Walk{}
	if a.Came == blindFlows {
		t.Back = way(back, t.To, t.From, a.Replied)
	}
}

// isBlind reports whether a node is a blind router: nothing can be sent from it, and nothing says what comes to it.
func (r *Runtime) isBlind(name string) bool {
	n := r.byName[name]
	return n != nil && n.Blind()
}
