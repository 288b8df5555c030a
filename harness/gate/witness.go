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

// witnessed returns what is seen of f once the witness routes of all unexercised classes are in it.
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

// blameWitnesses makes a cause of each unexercised class that a broken finding is about, or of all of them if it does not
// say, and gives the findings their reasons.
func (g *gate) blameWitnesses(findings []check.Finding) {
	for i := range findings {
		f := &findings[i]
		if !harms(*f) {
			continue
		}
		about := func(u Unexercised) bool {
			return u.Injected && u.Change.Difference.Classes[u.Class].Witness.Route.Prefix.String() == f.Prefix
		}
		if !slices.ContainsFunc(g.v.Unexercised, about) {
			about = func(u Unexercised) bool {
				return u.Injected && u.Change.Difference.Classes[u.Class].Kind == policy.DecisionDiffers
			}
		}
		for _, u := range g.v.Unexercised {
			if about(u) {
				c := g.witnessCause(u)
				f.Because = append(f.Because, c.Because...)
			}
		}
	}
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
