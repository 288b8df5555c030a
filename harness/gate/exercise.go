package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// exercise finds the changed classes that no route of the fabric is in and the prefixes of our own that a peer could newly claim,
// adds a witness route of each to a fabric with the baseline and to one with the candidate, and judges what the candidate alone
// breaks.
func (g *gate) exercise() error {
	for _, c := range g.v.Changes {
		for i, class := range c.Difference.Classes {
			if !g.exercised(g.v.Baseline, c, class) {
				g.v.Unexercised = append(g.v.Unexercised, Unexercised{Change: c, Class: i})
			}
		}
	}
	g.v.Claims = g.claims()
	if len(g.v.Unexercised)+len(g.v.Claims) == 0 {
		return nil
	}
	before, err := g.witnessed(g.base.Fabric)
	if err != nil {
		return fmt.Errorf("baseline with witness routes: %w", err)
	}
	after, err := g.witnessed(g.cand.After)
	if err != nil {
		return fmt.Errorf("candidate with witness routes: %w", err)
	}
	type same struct{ check, node, session, prefix, got string }
	already := map[same]bool{}
	for _, f := range append(g.judge(g.baselineChecks(), before), g.judge(g.baselineChecks(), g.v.Final)...) {
		already[same{f.Check, f.Node, f.Session, f.Prefix, f.Got}] = true
	}
	for i := range g.v.Unexercised {
		u := &g.v.Unexercised[i]
		class := u.Change.Difference.Classes[u.Class]
		u.Injected = g.exercised(before, u.Change, class) || u.received(before, after)
		if !u.Injected && class.Kind != policy.CommunitiesDiffer {
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("%s: no route could be made to come to it, such as %s", class, class.Witness.Route))
		}
	}
	step := Step{Name: "with witness routes"}
	for _, f := range g.waive(g.judge(g.baselineChecks(), after)) {
		if !already[same{f.Check, f.Node, f.Session, f.Prefix, f.Got}] {
			step.Findings = append(step.Findings, f)
		}
	}
	g.v.Steps = append(g.v.Steps, step)
	g.blameWitnesses(step.Findings)
	return nil
}

// exercised reports whether some route of a snapshot is decided by the two terms of the class, on any session of
// the change.
func (g *gate) exercised(in *observe.Snapshot, c *Change, class policy.Class) bool {
	for _, s := range c.Sessions {
		for _, r := range offered(in, s, c.Direction) {
			if !slices.Contains(c.Families, fabric.FamilyOf(r.Prefix.Addr())) {
				continue
			}
			env := g.env(s, c.Direction, r)
			b, a := policy.Apply(c.Before, r, env), policy.Apply(c.After, r, env)
			if decided(b, class.Before) && decided(a, class.After) {
				return true
			}
		}
	}
	return false
}

// offered returns the routes that go into a session's chain: on export the active routes of the router's table, on
// import what the peer sends, as the router takes it in.
func offered(in *observe.Snapshot, s *fabric.Session, dir policy.Direction) []policy.Route {
	var out []policy.Route
	if dir == policy.Import {
		peer, _ := in.Session(s.Peer, s.Node)
		for _, r := range peer.Sent {
			r.Neighbor, r.External = s.Remote[fabric.FamilyOf(r.Prefix.Addr())], s.External()
			if r.External {
				r.LocalPref = usualLocalPref
			}
			out = append(out, r)
		}
		return out
	}
	if t := in.Tables[s.Node]; t != nil {
		for _, e := range t.RIB {
			if len(e.Paths) > 0 && e.Paths[0].Active {
				out = append(out, e.Paths[0].Route)
			}
		}
	}
	return out
}

// env is what the baseline router's chain can ask about.
func (g *gate) env(s *fabric.Session, dir policy.Direction, r policy.Route) policy.Env {
	return policy.Env{Direction: dir, Peer: s.Remote[fabric.FamilyOf(r.Prefix.Addr())], Exists: holds(g.v.Baseline.Tables[s.Node])}
}

// holds returns what tells whether a table has an active route to a prefix.
func holds(t *observe.Table) func(netip.Prefix) bool {
	return func(p netip.Prefix) bool {
		e, ok := t.Entry(p)
		return ok && len(e.Paths) > 0 && e.Paths[0].Active
	}
}
