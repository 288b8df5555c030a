package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

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
	Explanation
	Sessions []string       // "spine1→edge1", the direct ones, in fabric order
	Prefixes []netip.Prefix // sorted
	Routes   int            // pairs of session and prefix
}

// tracer finds causes in what a candidate did to a fabric up to one step.
type tracer struct {
	g       *gate
	was     *observe.Snapshot // the baseline
	now     *observe.Snapshot
	applied []string       // nodes that run the candidate
	half    *fabric.Fabric // what the last of them runs while lines are typed into it; nil if that is done
	causes  []*Cause
	byKey   map[causeKey]*Cause
	booked  map[crossing]bool
}

// crossing is a prefix on its way over a session.
type crossing struct {
	session string
	prefix  netip.Prefix
}

type causeKey struct {
	effect        Effect
	dir           policy.Direction
	before, after *policy.Term
	held          bool
}

// causesAt explains what moved between the baseline and a state of the roll-out by the terms that made it, and gives the state's
// findings their reasons. The first n nodes of the order run the candidate.
func (g *gate) causesAt(now *observe.Snapshot, n int, findings []check.Finding) []*Cause {
	t := g.tracer(g.v.Baseline, now, n)
	t.explain(findings)
	return t.causes
}

// tracer returns one for what moved between two snapshots while the first n nodes of the order were given the candidate.
func (g *gate) tracer(was, now *observe.Snapshot, n int) *tracer {
	return &tracer{g: g, was: was, now: now, applied: g.cand.Order[:n], byKey: map[causeKey]*Cause{}, booked: map[crossing]bool{}}
}

// settleCauses puts together the causes at the end of the roll-out and those of the states on the way that did harm, worst
// first. What is gone at the end is a matter of order.
func (g *gate) settleCauses(onTheWay []*Cause) {
	for _, c := range onTheWay {
		if slices.ContainsFunc(g.v.Causes, c.same) {
			continue
		}
		if c.Advice != "" {
			c.Advice = fmt.Sprintf("change the order of the roll-out: this is so only on the way (now %s)", strings.Join(g.cand.Order, ", "))
		}
		g.v.Causes = append(g.v.Causes, c)
	}
	slices.SortStableFunc(g.v.Causes, func(a, b *Cause) int {
		if a.Effect != b.Effect {
			return int(a.Effect) - int(b.Effect)
		}
		return b.Routes - a.Routes
	})
}

// Culprits returns the causes to name for a verdict: those that took routes away or let them out or, where the damage comes of
// neither, those that changed routes on their way.
func (v *Verdict) Culprits() []*Cause {
	out := slices.DeleteFunc(slices.Clone(v.Causes), func(c *Cause) bool { return c.Effect == Altered })
	if len(out) == 0 && v.Outcome == Reject {
		return v.Causes
	}
	return out
}

func harms(f check.Finding) bool { return f.Status == check.Broken || f.Status == check.Waived }

// same reports whether two causes are the same pair of terms with the same effect.
func (c *Cause) same(o *Cause) bool {
	return c.Effect == o.Effect && c.Direction == o.Direction && c.Before.Term == o.Before.Term && c.After.Term == o.After.Term
}

// explain books what moved, finds the words, and gives the findings their reasons.
func (t *tracer) explain(findings []check.Finding) {
	for _, m := range append(Movements(t.was, t.now), intakes(t.was, t.now)...) {
		for _, r := range m.Withdrawn {
			t.book(m, r.Prefix, Withdrawn)
		}
		for _, r := range m.Added {
			t.book(m, r.Prefix, Leaked)
		}
		for _, r := range m.Changed {
			t.book(m, r.Before.Prefix, Altered)
		}
	}
	for _, c := range t.causes {
		slices.SortFunc(c.Prefixes, observe.ComparePrefix)
	}
	for i := range findings {
		if harms(findings[i]) {
			findings[i].Because = append(findings[i].Because, t.reasons(findings[i])...)
		}
	}
}

// book counts one route that moved for its cause, if a policy on its way is one.
func (t *tracer) book(m Movement, p netip.Prefix, effect Effect) {
	name := observe.SessionName(m.Node, m.Peer)
	c := t.direct(m.Node, m.Peer, p, effect)
	if c == nil || t.booked[crossing{name, p}] {
		return
	}
	t.booked[crossing{name, p}] = true
	if !slices.Contains(c.Sessions, name) {
		c.Sessions = append(c.Sessions, name)
	}
	if !slices.Contains(c.Prefixes, p) {
		c.Prefixes = append(c.Prefixes, p)
	}
	c.Routes++
}

// direct returns the cause of what happened to a prefix on the way from node to peer, if a policy of one of the two
// decides differently now; nil if neither does.
func (t *tracer) direct(node, peer string, p netip.Prefix, effect Effect) *Cause {
	fam := fabric.FamilyOf(p.Addr())
	for i, s := range t.g.base.Fabric.Sessions {
		after := s
		if slices.Contains(t.applied, s.Node) {
			after = t.g.cand.After.Sessions[i]
			if t.half != nil && s.Node == t.applied[len(t.applied)-1] {
				after = t.half.Sessions[i]
			}
		}
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

// compare runs the baseline's route through both chains, and returns the cause if they make the effect.
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
	d := difference{before, after, b, a, r, env, s.SendsAll[fabric.FamilyOf(p.Addr())]}
	held := a.Decision == policy.Accept && b.Decision == policy.Accept && d.kept(policy.NoExport)
	switch {
	case b.Decision == policy.Accept && a.Decision == policy.Reject && effect == Withdrawn:
	case held && effect == Withdrawn:
	case b.Decision == policy.Reject && a.Decision == policy.Accept && effect == Leaked:
	case b.Decision == policy.Accept && a.Decision == policy.Accept && effect == Altered && !b.Route.SameAttributes(a.Route):
	default:
		return nil
	}
	k := causeKey{effect, dir, b.Term, a.Term, held}
	if t.byKey[k] == nil {
		t.byKey[k] = &Cause{Effect: effect, Direction: dir, Before: b, After: a, Explanation: d.explain()}
		t.causes = append(t.causes, t.byKey[k])
	}
	return t.byKey[k]
}

// route returns what goes into the session's chain for a prefix, in the baseline or, for what is new, in the end.
func (t *tracer) route(s *fabric.Session, dir policy.Direction, p netip.Prefix) (policy.Route, bool) {
	for _, snapshot := range []*observe.Snapshot{t.was, t.now} {
		for _, r := range offered(snapshot, s, dir) {
			if r.Prefix == p {
				return r, true
			}
		}
	}
	return policy.Route{}, false
}
