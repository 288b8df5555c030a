package gate

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Effect is what a cause did to routes.
type Effect uint8

const (
	Withdrawn Effect = iota // was passed on, is no longer
	Leaked                  // was held back, is passed on
	Altered                 // passed on with other attributes
)

func (e Effect) String() string { return [...]string{"withdrawn", "leaked", "altered"}[e] }

// Cause is one pair of terms that decides some routes differently now, with all that came of it.
type Cause struct {
	Effect    Effect
	Direction policy.Direction
	Before    policy.Result // of the first route
	After     policy.Result
	What      string         // what is different in the policy, in words
	Advice    string         // what a person would do next; "" if nothing needs to be done
	Because   []check.Reason // the terms, with their places
	Sessions  []string       // "spine1→edge1", the direct ones, in fabric order
	Prefixes  []netip.Prefix // sorted
	Routes    int            // pairs of session and prefix

	witness policy.Route // the first route, as it goes into the chain
	env     policy.Env
}

// tracer finds causes in what a candidate did to a fabric.
type tracer struct {
	g      *gate
	causes []*Cause
	byKey  map[causeKey]*Cause
}

type causeKey struct {
	effect        Effect
	dir           policy.Direction
	before, after *policy.Term
	held          bool
}

// causes explains every movement by the terms that made it, worst first, and gives findings their reasons.
func causes(g *gate) []*Cause {
	t := &tracer{g: g, byKey: map[causeKey]*Cause{}}
	for _, m := range g.v.Moved {
		for _, r := range m.Withdrawn {
			t.direct(m.Node, m.Peer, r.Prefix, Withdrawn)
		}
		for _, r := range m.Added {
			t.direct(m.Node, m.Peer, r.Prefix, Leaked)
		}
		for _, r := range m.Changed {
			t.direct(m.Node, m.Peer, r.Before.Prefix, Altered)
		}
	}
	for _, c := range t.causes {
		slices.SortFunc(c.Prefixes, observe.ComparePrefix)
		c.explain(g)
	}
	slices.SortStableFunc(t.causes, func(a, b *Cause) int {
		if a.Effect != b.Effect {
			return int(a.Effect) - int(b.Effect)
		}
		return b.Routes - a.Routes
	})
	for _, step := range g.v.Steps {
		for i := range step.Findings {
			if step.Findings[i].Status == check.Broken || step.Findings[i].Status == check.Waived {
				step.Findings[i].Because = append(step.Findings[i].Because, t.reasons(step.Findings[i])...)
			}
		}
	}
	return t.causes
}

// direct returns the cause of what happened to a prefix on the way from node to peer, if a policy of one of the two
// decides differently now; nil if neither does.
func (t *tracer) direct(node, peer string, p netip.Prefix, effect Effect) *Cause {
	fam := fabric.FamilyOf(p.Addr())
	for i, s := range t.g.base.Fabric.Sessions {
		after := t.g.cand.After.Sessions[i]
		switch {
		case s.Node == node && s.Peer == peer:
			if c := t.compare(s, policy.Export, s.Out[fam], after.Out[fam], p, effect); c != nil {
				return c
			}
		case s.Node == peer && s.Peer == node:
			if c := t.compare(s, policy.Import, s.In[fam], after.In[fam], p, effect); c != nil {
				return c
			}
		}
	}
	return nil
}

// compare runs the baseline's route through both chains, and books the difference.
func (t *tracer) compare(s *fabric.Session, dir policy.Direction, before, after policy.Chain, p netip.Prefix, effect Effect) *Cause {
	if head(before) == head(after) {
		return nil
	}
	r, ok := t.route(s, dir, p)
	if !ok {
		return nil
	}
	env := t.g.env(s, dir, r)
	b, a := policy.Apply(before, r, env), policy.Apply(after, r, env)
	held := a.Decision == policy.Accept && b.Decision == policy.Accept && a.Route.Communities.Has(policy.NoExport) && !b.Route.Communities.Has(policy.NoExport)
	switch {
	case b.Decision == policy.Accept && a.Decision == policy.Reject && effect == Withdrawn:
	case held && effect == Withdrawn:
	case b.Decision == policy.Reject && a.Decision == policy.Accept && effect == Leaked:
	case b.Decision == policy.Accept && a.Decision == policy.Accept && effect == Altered && !b.Route.SameAttributes(a.Route):
	default:
		return nil
	}
	c := t.book(causeKey{effect, dir, b.Term, a.Term, held}, s, p)
	if c.Routes == 1 {
		c.Before, c.After, c.witness, c.env = b, a, r, env
	}
	return c
}

func (t *tracer) book(k causeKey, s *fabric.Session, p netip.Prefix) *Cause {
	c := t.byKey[k]
	if c == nil {
		c = &Cause{Effect: k.effect, Direction: k.dir}
		t.byKey[k] = c
		t.causes = append(t.causes, c)
	}
	name := observe.SessionName(s.Node, s.Peer)
	if k.dir == policy.Import {
		name = observe.SessionName(s.Peer, s.Node)
	}
	if !slices.Contains(c.Sessions, name) {
		c.Sessions = append(c.Sessions, name)
	}
	if !slices.Contains(c.Prefixes, p) {
		c.Prefixes = append(c.Prefixes, p)
	}
	c.Routes++
	return c
}

// route returns what goes into the session's chain for a prefix, in the baseline or, for what is new, in the end.
func (t *tracer) route(s *fabric.Session, dir policy.Direction, p netip.Prefix) (policy.Route, bool) {
	for _, snapshot := range []*observe.Snapshot{t.g.v.Baseline, t.g.v.Final} {
		for _, r := range offered(snapshot, s, dir) {
			if r.Prefix == p {
				return r, true
			}
		}
	}
	return policy.Route{}, false
}
