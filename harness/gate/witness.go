package gate

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// witnessed returns what is seen of f once the witness routes of all unexercised classes and all claims are in it.
func (g *gate) witnessed(f *fabric.Fabric) (*observe.Snapshot, error) {
	s := sim.New(f, g.opt.Seed)
	if err := s.Settle(g.ctx); err != nil {
		return nil, err
	}
	for _, u := range g.v.Unexercised {
		for _, session := range u.Change.Sessions {
			peer := ""
			if u.Change.Direction == policy.Import {
				peer = session.Peer
			}
			if r, ok := u.carried(session); ok {
				if err := s.Inject(session.Node, peer, r); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, c := range g.v.Claims {
		if err := s.Inject(c.Session.Node, c.Session.Peer, c.Route); err != nil {
			return nil, err
		}
	}
	if err := s.Settle(g.ctx); err != nil {
		return nil, err
	}
	return s.Observe(g.req)
}

// carried returns the witness as it comes over the session; it reports false if it cannot: an eBGP peer's routes begin with
// its AS.
func (u Unexercised) carried(s *fabric.Session) (policy.Route, bool) {
	r := u.Change.Difference.Classes[u.Class].Witness.Route
	if u.Change.Direction == policy.Export {
		return r, true
	}
	r.External, r.Neighbor = s.External(), s.Remote[fabric.FamilyOf(r.Prefix.Addr())]
	return r, !r.External || len(r.ASPath) > 0 && r.ASPath[0] == s.PeerAS
}

// received reports whether a session of an import change took the witness in, in one of the snapshots.
func (u Unexercised) received(in ...*observe.Snapshot) bool {
	for _, s := range u.Change.Sessions {
		w, ok := u.carried(s)
		if !ok || u.Change.Direction != policy.Import {
			continue
		}
		for _, snapshot := range in {
			end, _ := snapshot.Session(s.Node, s.Peer)
			if slices.ContainsFunc(end.Received, func(r policy.Route) bool { return r.Prefix == w.Prefix && slices.Equal(r.ASPath, w.ASPath) }) {
				return true
			}
		}
	}
	return false
}

// decided reports whether two results are of the same decision by the same term.
func decided(a, b policy.Result) bool { return a.Term == b.Term && a.Decision == b.Decision }

// blameWitnesses makes a cause of each unexercised class and each claim that a broken finding is about, or of all of them if it
// does not say, and gives the findings their reasons.
func (g *gate) blameWitnesses(findings []check.Finding) {
	for i := range findings {
		f := &findings[i]
		if !harms(*f) {
			continue
		}
		causes := g.witnessCauses(func(p netip.Prefix) bool { return p.String() == f.Prefix || covers(p, f.Prefix) })
		if len(causes) == 0 {
			causes = g.witnessCauses(func(netip.Prefix) bool { return true })
		}
		for _, c := range causes {
			f.Because = append(f.Because, c.Because...)
		}
	}
	for _, c := range g.v.Claims { // what the terms to blame let in besides
		d := Cause{Effect: Leaked, Direction: policy.Import, Before: c.difference.before, After: c.difference.after}
		if slices.ContainsFunc(g.v.Causes, d.same) {
			g.claimCause(c)
		}
	}
}

// covers reports whether the prefix holds an address.
func covers(p netip.Prefix, addr string) bool {
	a, err := netip.ParseAddr(addr)
	return err == nil && p.Contains(a)
}

// witnessCauses returns the causes of the changed decisions whose witness or claim is about such a prefix, each once.
func (g *gate) witnessCauses(about func(netip.Prefix) bool) []*Cause {
	var out []*Cause
	add := func(c *Cause) {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, u := range g.v.Unexercised {
		class := u.Change.Difference.Classes[u.Class]
		if u.Injected && class.Kind == policy.DecisionDiffers && about(class.Witness.Route.Prefix) {
			add(g.witnessCause(u))
		}
	}
	for _, c := range g.v.Claims {
		if about(c.Route.Prefix) {
			add(g.claimCause(c))
		}
	}
	return out
}

// claimCause returns the cause for the terms that let the claim in, made if it is not there yet, with the claim in it.
func (g *gate) claimCause(claim Claim) *Cause {
	c := &Cause{Effect: Leaked, Direction: policy.Import, Before: claim.difference.before, After: claim.difference.after, Explanation: claim.difference.explain()}
	if i := slices.IndexFunc(g.v.Causes, c.same); i >= 0 {
		c = g.v.Causes[i]
	} else {
		g.v.Causes = append(g.v.Causes, c)
	}
	name := observe.SessionName(claim.Session.Peer, claim.Session.Node)
	if !slices.Contains(c.Sessions, name) {
		c.Sessions = append(c.Sessions, name)
	}
	if !slices.Contains(c.Prefixes, claim.Route.Prefix) {
		c.Prefixes = append(c.Prefixes, claim.Route.Prefix)
		c.Routes++
	}
	return c
}

// witnessCause returns the cause for a class, made if it is not there yet.
func (g *gate) witnessCause(u Unexercised) *Cause {
	class := u.Change.Difference.Classes[u.Class]
	c := &Cause{Direction: u.Change.Direction, Before: class.Before, After: class.After, Explanation: u.Change.Explain(class),
		Prefixes: []netip.Prefix{class.Witness.Route.Prefix}}
	switch {
	case class.Kind != policy.DecisionDiffers:
		c.Effect = Altered
	case class.After.Decision == policy.Accept:
		c.Effect = Leaked
	}
	if i := slices.IndexFunc(g.v.Causes, c.same); i >= 0 {
		return g.v.Causes[i]
	}
	for _, s := range u.Change.Sessions {
		if _, ok := u.carried(s); !ok {
			continue
		}
		name := observe.SessionName(s.Node, s.Peer)
		if u.Change.Direction == policy.Import {
			name = observe.SessionName(s.Peer, s.Node)
		}
		c.Sessions = append(c.Sessions, name)
	}
	c.Routes = len(c.Sessions)
	g.v.Causes = append(g.v.Causes, c)
	return c
}
