//go:build linux

package netns

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// try sends real packets for every trip, and makes those trips Unknown of which the kernels' forwarding tables say one thing, and ICMP
// or UDP another.
func (r *Runtime) try(trips []observe.Trip) error {
	var questions []probe.Question
	var asked []int // trips
	for i, t := range trips {
		if r.isBlind(t.From) || r.isBlind(t.To) {
			trips[i].Out.Ending, trips[i].Back.Ending = observe.Unknown, observe.Unknown
			trips[i].Why = "closlab does not see into " + t.From + " or " + t.To + ": name what is behind it"
			continue
		}
		if t.Out.Ending == observe.Unknown {
			continue // no such pair of addresses
		}
		flows := 1
		if lost := cmp.Or(t.Out.Lost, t.Back.Lost); lost > 0 && !whole(lost) {
			flows = flowsFor(lost)
		}
		if r.unseen(t) {
			flows = blindFlows
		}
		questions = append(questions, probe.Question{Pair: r.pair(t), Flows: flows, Once: !t.Arrived() && !r.unseen(t)})
		asked = append(asked, i)
	}
	answers, err := r.prober.Matrix(questions)
	if err != nil {
		return err
	}
	for n, i := range asked {
		t := &trips[i]
		if r.unseen(*t) {
			decide(t, answers[n])
			continue
		}
		if t.Why = dissent(*t, answers[n], questions[n].Flows); t.Why != "" {
			t.Out.Ending, t.Back.Ending = observe.Unknown, observe.Unknown
		}
	}
	return nil
}

// pair returns the addresses and namespaces of a trip's ends. A service is answered by any of its servers.
func (r *Runtime) pair(t observe.Trip) probe.Pair {
	fam := fabric.V4
	if t.V6 {
		fam = fabric.V6
	}
	from := r.byName[t.From]
	out := probe.Pair{From: probe.End{In: from.ns, Addr: from.Addrs[fam]}}
	if to := r.byName[t.To]; to != nil {
		out.To, out.At = to.Addrs[fam], []*kernel.Namespace{to.ns}
		return out
	}
	out.To = r.Fabric.Service(t.To).VIP
	for _, n := range r.nodes {
		if slices.Contains(r.addresses(n), netip.PrefixFrom(out.To, out.To.BitLen())) {
			out.At = append(out.At, n.ns)
		}
	}
	return out
}

// Flows of a trip of which some paths lose what takes them: so many that, if a hash chooses the paths at random, it happens once in a
// million trips that all flows take those, or none. As the hash is the same every time, a trip that is unlucky is so every time, and
// Unknown.
const (
	unlucky   = 1e-6
	mostFlows = 256
)

// flowsFor returns how many flows to send where that share of the paths is lost, neither none nor all.
func flowsFor(lost float64) int {
	n := math.Ceil(math.Log(unlucky) / math.Log(max(lost, 1-lost)))
	return min(int(n), mostFlows)
}

// dissent says which packets do not agree with what the forwarding tables say of a trip; "" if all do.
func dissent(t observe.Trip, a probe.Answer, flows int) string {
	some := func(n int) bool { return n > 0 && n < flows }
	var icmp, udp bool // agree
	switch {
	case t.Arrived():
		icmp, udp = a.Echo, a.Replied == flows
	case whole(t.Out.Lost):
		icmp, udp = !a.Echo, a.Came == 0
	case t.Out.Lost > 0:
		icmp, udp = true, some(a.Came) // an echo takes one of the paths
	case whole(t.Back.Lost):
		icmp, udp = !a.Echo, a.Came == flows && a.Replied == 0
	default:
		icmp, udp = true, a.Came == flows && some(a.Replied)
	}
	var who string
	switch {
	case icmp && udp:
		return ""
	case icmp:
		who = "UDP disagrees"
	case udp:
		who = "ICMP disagrees"
	default:
		who = "ICMP and UDP disagree"
	}
	echo := map[bool]string{true: "the echo was answered", false: "the echo was not answered"}[a.Echo]
	return fmt.Sprintf("%s with the kernels' forwarding tables, which say %s: %s; of %d flows %d arrived and %d were answered",
		who, tables(t), echo, flows, a.Came, a.Replied)
}

// whole reports whether a share is all there is, but for rounding.
func whole(share float64) bool { return share > 1-1e-9 }

// tables says what the forwarding tables make of a trip.
func tables(t observe.Trip) string {
	w, way := t.Out, ""
	if w.Lost == 0 {
		w, way = t.Back, " on the way back"
	}
	switch {
	case w.Lost == 0:
		return "delivered"
	case whole(w.Lost):
		return fmt.Sprintf("%s at %s%s", w.Ending, w.At(), way)
	}
	return fmt.Sprintf("%s at %s on %.0f %% of the paths%s", w.Ending, w.At(), 100*w.Lost, way)
}
