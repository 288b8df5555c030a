package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/observe"
)

// maxSteps bounds the walk through a fabric with forwarding loops; what is left then counts as looped.
const maxSteps = 1 << 16

// spread is where the packets from one node to one address end, over all equal-cost paths. Every router divides what
// it gets equally among its next nodes.
type spread struct {
	view    *view
	to      netip.Addr
	from    *node
	landed  map[*node]float64 // delivered shares by the node that takes them
	lost    float64
	worst   observe.Ending // of the paths that do not deliver; Delivered if all do
	failing []*node        // a path that ends worst

	order  []*node // nodes reached, each after all that send to it
	before map[*node]*node
	color  map[*node]int
	looped bool
}

const (
	unseen = iota
	entered
	left
)

// spread follows all paths. Without loops the nodes are taken in topological order, each once, so that wide fabrics cost
// no more than their links; with loops every path is followed until it comes back to itself.
func (v *view) spread(from *node, to netip.Addr) *spread {
	w := &spread{view: v, to: to, from: from, landed: map[*node]float64{}, worst: observe.Delivered,
		before: map[*node]*node{}, color: map[*node]int{}}
	w.visit(from)
	if w.looped {
		steps := maxSteps
		w.enumerate([]*node{from}, 1, &steps)
		return w
	}
	slices.Reverse(w.order)
	share := map[*node]float64{from: 1}
	for _, n := range w.order {
		end, hops := w.next(n)
		if end != observe.Unknown {
			w.end(end, n, share[n], w.path)
			continue
		}
		for _, m := range hops {
			share[m] += share[n] / float64(len(hops))
			if w.before[m] == nil {
				w.before[m] = n
			}
		}
	}
	return w
}

func (w *spread) next(n *node) (observe.Ending, []*node) { return w.view.next(n, w.to, n == w.from) }

// visit is a depth-first search that leaves the nodes in w.order, last first, or finds that there is a loop.
func (w *spread) visit(n *node) {
	w.color[n] = entered
	_, hops := w.next(n)
	for _, m := range slices.Backward(hops) {
		switch w.color[m] {
		case entered:
			w.looped = true
		case unseen:
			w.visit(m)
		}
	}
	w.color[n] = left
	w.order = append(w.order, n)
}

// end counts a share that ends at n; path returns how it came there.
func (w *spread) end(e observe.Ending, n *node, share float64, path func(*node) []*node) {
	if e == observe.Delivered {
		w.landed[n] += share
		if w.worst == observe.Delivered && w.failing == nil {
			w.failing = path(n)
		}
		return
	}
	w.lost += share
	if w.worst == observe.Delivered || e > w.worst {
		w.worst, w.failing = e, path(n)
	}
}

// path returns a path to n in topological order.
func (w *spread) path(n *node) []*node {
	var out []*node
	for ; n != nil; n = w.before[n] {
		out = append(out, n)
	}
	slices.Reverse(out)
	return out
}

func (w *spread) enumerate(path []*node, share float64, steps *int) {
	n := path[len(path)-1]
	here := func(*node) []*node { return slices.Clone(path) }
	if *steps--; *steps < 0 || slices.Contains(path[:len(path)-1], n) {
		w.end(observe.Looped, n, share, here)
		return
	}
	end, hops := w.next(n)
	if end != observe.Unknown {
		w.end(end, n, share, here)
		return
	}
	for _, m := range hops {
		w.enumerate(append(path, m), share/float64(len(hops)), steps)
	}
}

// walk returns the outcome as a Walk.
func (w *spread) walk() observe.Walk {
	out := observe.Walk{Ending: w.worst, Lost: w.lost}
	if w.worst != observe.Delivered && len(w.landed) == 0 {
		out.Lost = 1 // free of rounding
	}
	for _, n := range w.failing {
		out.Hops = append(out.Hops, n.Name)
	}
	return out
}

// trip asks and answers: the way back starts at every node that the request reaches.
func (v *view) trip(t observe.Trip) observe.Trip {
	f := familyOf(t.V6)
	from, to := v.sim.byName[t.From], v.sim.address(t.To, f)
	if from == nil || !to.IsValid() || !from.Addrs[f].IsValid() {
		return t // both ways Unknown
	}
	out := v.spread(from, to)
	t.Out = out.walk()
	if t.Out.Ending != observe.Delivered {
		return t
	}
	for _, n := range v.sim.nodes {
		share := out.landed[n]
		if share == 0 {
			continue
		}
		back := v.spread(n, from.Addrs[f]).walk()
		lost := t.Back.Lost + share*back.Lost
		if t.Back.Ending == observe.Unknown || t.Back.Ending == observe.Delivered && back.Ending != observe.Delivered {
			t.Back = back
		}
		t.Back.Lost = lost
	}
	return t
}
