//go:build linux

package netns

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/speaker"
)

// announce gives the routers their own routes for the first time, in an order that spares GoBGP 4.8.0 what it can do wrong (see the
// package comment): once all sessions are up or nothing moves any more; in rounds; and those of last resort once the others have
// arrived, since before they would only be replaced.
func (r *Runtime) announce(ctx context.Context) error {
	if r.announced {
		return nil
	}
	if err := r.await(ctx, func() bool { return !r.pending() }, quietPending); err != nil {
		return err
	}
	for _, round := range r.rounds() {
		err := all(round, func(n *node) error { return n.speaker.SetOwn(slices.DeleteFunc(r.own(n), lastResort)) })
		if err != nil {
			return err
		}
	}
	if err := r.await(ctx, r.arrived, quietResend); err != nil {
		return err
	}
	err := r.each(func(n *node) error { return n.speaker.SetOwn(r.own(n)) })
	r.announced = err == nil
	return err
}

func lastResort(o speaker.Own) bool { return o.Learned }

// await waits until something is so, or nothing has been heard of the routers for so long as patience.
func (r *Runtime) await(ctx context.Context, so func() bool, patience time.Duration) error {
	for rested := false; !rested && !so(); {
		var err error
		if rested, err = r.listen(ctx, patience); err != nil {
			return err
		}
	}
	return nil
}

// rounds returns the routers in rounds: of those that announce the same prefix, each in a later round than those of lower identifiers,
// which are preferred where all else is equal. So their neighbours seldom have to change their minds.
func (r *Runtime) rounds() [][]*node {
	var out [][]*node
	next := map[netip.Prefix]int{} // the first round in which nobody has announced it yet
	for _, n := range slices.SortedFunc(slices.Values(r.nodes), func(a, b *node) int { return a.RouterID.Compare(b.RouterID) }) {
		if n.Role != fabric.Router {
			continue
		}
		own, round := slices.DeleteFunc(r.own(n), lastResort), 0
		for _, o := range own {
			round = max(round, next[o.Route.Prefix])
		}
		for _, o := range own {
			next[o.Route.Prefix] = round + 1
		}
		if round == len(out) {
			out = append(out, nil)
		}
		out[round] = append(out[round], n)
	}
	return out
}
