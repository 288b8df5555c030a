package sim

import (
	"iter"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// terms yields every term that the chain can evaluate.
func terms(c policy.Chain) iter.Seq[*policy.Term] {
	return func(yield func(*policy.Term) bool) {
		for _, p := range c.Policies() {
			for _, t := range p.Terms {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// looksAtPeer reports whether an export chain can treat two peers differently.
func looksAtPeer(c policy.Chain) bool {
	for t := range terms(c) {
		for _, m := range t.From {
			if a, ok := m.(*policy.MatchAddr); ok && a.Field == policy.ToNeighbor {
				return true
			}
		}
		for _, a := range t.Then {
			if h, ok := a.(*policy.SetNextHop); ok && h.Kind == policy.NextHopPeer {
				return true
			}
		}
	}
	return false
}

// sameChain reports whether two chains are the same policies, combined in the same way.
func sameChain(a, b policy.Chain) bool {
	return slices.EqualFunc(a, b, func(x, y policy.Expr) bool {
		return x.Op == y.Op && x.Policy == y.Policy && sameChain(x.Args, y.Args)
	})
}

// conditions adds the prefixes whose presence the chain asks for.
func (n *node) conditions(c policy.Chain) {
	for t := range terms(c) {
		for _, m := range t.From {
			if x, ok := m.(*policy.MatchCondition); ok {
				n.watched[n.sim.prefixes.id(x.Prefix)] = true
			}
		}
	}
}
