package gate

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/stage"
)

// Staged is a witness or a claim on one session whose changed policy it is to meet on a live router.
type Staged struct {
	stage.Witness
	Claim    bool
	Observed bool   // live routers did with it what was predicted, with the baseline and with the candidate
	Why      string // it was not observed, so that it is only predicted

	change *Change
}

// Name returns the session that it crosses, as findings show it.
func (s *Staged) Name() string {
	if s.Direction == policy.Import {
		return observe.SessionName(s.Session.Peer, s.Session.Node)
	}
	return observe.SessionName(s.Session.Node, s.Session.Peer)
}

// Observed returns how many witness routes and how many claims live routers have met, each counted on every session.
func (v *Verdict) Observed() (routes, claims int) {
	for _, s := range v.Staged {
		switch {
		case s.Observed && s.Claim:
			claims++
		case s.Observed:
			routes++
		}
	}
	return routes, claims
}

// cast returns the witnesses of all unexercised classes and the claims, on every session on which they belong to their class, with the
// reason where no live router can be made to meet one.
func (g *gate) cast() []*Staged {
	var out []*Staged
	add := func(s *Staged) {
		s.Why = s.Unobservable()
		out = append(out, s)
	}
	for _, u := range g.v.Unexercised {
		class := u.Change.Difference.Classes[u.Class]
		for _, s := range u.Change.Sessions {
			r, ok := u.carried(s)
			if !ok {
				continue
			}
			x := &Staged{Witness: stage.Witness{Session: s, Direction: u.Change.Direction, Route: r}, change: u.Change}
			env := class.Witness.Env(u.Change.Direction)
			env.Peer = s.Remote[fabric.FamilyOf(r.Prefix.Addr())]
			if !decided(policy.Apply(u.Change.Before, r, env), class.Before) || !decided(policy.Apply(u.Change.After, r, env), class.After) {
				continue // its class is of other neighbours
			}
			add(x)
			if g.base.Fabric.Node(s.Node).Engine == fabric.Native {
				x.Why = fmt.Sprintf("%s runs its own whole configuration: it has no place on a stage", s.Node)
			}
			if len(class.Witness.Exists) > 0 {
				x.Why = "it needs other routes in the router's table"
			}
		}
	}
	for _, c := range g.v.Claims {
		add(&Staged{Witness: stage.Witness{Session: c.Session, Direction: policy.Import, Route: c.Route}, Claim: true, change: c.change})
	}
	return out
}

// unmet gives those that an observation has not come to their reason.
func (g *gate) unmet() {
	for _, s := range g.v.Staged {
		if !s.Observed && s.Why == "" {
			s.Why = "the observation ended before"
		}
	}
}

// maxSessions is how many sessions a stage has: each needs a router process.
const maxSessions = 64

// room returns the sessions of the stage: those on which something is to be observed, the first of every change before the second of any,
// then the others of the same routers, as far as there is room. It tells those for which there is none.
func room(list []*Staged, f *fabric.Fabric) []*fabric.Session {
	var on []*fabric.Session
	add := func(s *fabric.Session) {
		if len(on) < maxSessions && !has(on, s) {
			on = append(on, s)
		}
	}
	byChange := map[*Change][]*fabric.Session{}
	var changes []*Change
	for _, x := range list {
		if x.Why != "" {
			continue
		}
		if byChange[x.change] == nil {
			changes = append(changes, x.change)
		}
		if !has(byChange[x.change], x.Session) {
			byChange[x.change] = append(byChange[x.change], x.Session)
		}
	}
	for i := 0; i < len(f.Sessions); i++ {
		for _, c := range changes {
			if i < len(byChange[c]) {
				add(byChange[c][i])
			}
		}
	}
	for _, s := range f.Sessions {
		if slices.ContainsFunc(on, func(x *fabric.Session) bool { return x.Node == s.Node }) {
			add(s)
		}
	}
	for _, x := range list {
		if x.Why == "" && !has(on, x.Session) {
			x.Why = fmt.Sprintf("a stage has no more than %d sessions", maxSessions)
		}
	}
	return on
}

// has reports whether a list has that end of a session, of whatever version of the fabric.
func has(list []*fabric.Session, s *fabric.Session) bool {
	return slices.ContainsFunc(list, func(x *fabric.Session) bool { return x.Node == s.Node && x.Peer == s.Peer })
}
