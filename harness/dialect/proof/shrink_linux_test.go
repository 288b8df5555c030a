package proof_test

import (
	"maps"
	"slices"

	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// shrink returns a disagreement of the same engine with as little as possible in the policy and the route: whatever can be left out while the
// live router still disagrees is.
func (e *engine) shrink(tr *trial, d *disagreement) *disagreement {
	small := &trial{chains: map[seat]policy.Chain{d.seat: d.chain}}
	for _, x := range tr.routes[d.from] {
		if x.Prefix == d.route.Prefix {
			small.routes[d.from] = []policy.Route{x}
		}
	}
	if in := (seat{d.from, d.seat.v6, policy.Import}); tr.chains[in] != nil {
		small.chains[in] = tr.chains[in]
	}
	again := func(c *trial) *disagreement {
		if x, refused := e.express(c); refused == 0 {
			if _, ds := x.compare(e.name, e.run(x)); len(ds) > 0 {
				return ds[0]
			}
		}
		return nil
	}
	if d2 := again(small); d2 == nil {
		return d // it takes more than this pair
	}
	for _, bare := range []bool{false, true} { // most of it at once
		c := &trial{chains: maps.Clone(small.chains), routes: small.routes}
		_, steps := policy.Explain(d.chain, d.route, policy.Env{Direction: d.seat.dir, Peer: proof.PeerAddr(d.seat.peer, d.seat.v6)})
		c.chains[d.seat] = matched(d.chain, steps, bare)
		if d2 := again(c); d2 != nil {
			small, d = c, d2
		}
	}
	all := small.smaller()
	for i, left := 0, len(all); left > 0 && len(all) > 0; left-- { // left until all have been tried without success
		i %= len(all)
		if d2 := again(all[i]); d2 != nil {
			small, d = all[i], d2
			all = small.smaller()
			left = len(all) + 1
			continue
		}
		i++
	}
	return d
}

// matched returns the chain with nothing but the terms that matched; bare ones ask for nothing but their subroutines.
func matched(c policy.Chain, steps []policy.Step, bare bool) policy.Chain {
	var out policy.Chain
	for _, e := range c {
		if e.Op != policy.Call {
			out = append(out, policy.Expr{Op: e.Op, Args: matched(e.Args, steps, bare)})
			continue
		}
		p := &policy.Policy{Name: e.Policy.Name}
		for _, t := range e.Policy.Terms {
			if !slices.ContainsFunc(steps, func(s policy.Step) bool { return s.Term == t && s.Failed == nil }) {
				continue
			}
			x := *t
			x.Skip, x.From = 0, nil
			for _, m := range t.From {
				if sub, ok := m.(*policy.MatchPolicy); ok {
					x.From = append(x.From, &policy.MatchPolicy{Chain: matched(sub.Chain, steps, bare)})
				} else if !bare {
					x.From = append(x.From, m)
				}
			}
			p.Terms = append(p.Terms, &x)
		}
		out = append(out, policy.Expr{Policy: p})
	}
	return out
}
