package stage

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Witness is a route that is to meet the policy of one session.
type Witness struct {
	Session   *fabric.Session // the end of the router with the policy, by its names in the real fabric
	Direction policy.Direction
	Route     policy.Route // as the policy meets it
}

// What routes have that did not say otherwise, or cannot.
const (
	usualLocalPref  = 100
	usualPreference = 170
)

// Place returns the node of the stage to whose own table the route has to be added, and the route as it is there.
func (w *Witness) Place() (string, policy.Route) {
	if w.Direction == policy.Export {
		return w.Session.Node, w.Route
	}
	r := policy.Route{Prefix: w.Route.Prefix, Origin: w.Route.Origin, LocalPref: w.Route.LocalPref, MED: w.Route.MED, Preference: usualPreference,
		ASPath: w.Route.ASPath, Communities: disguise(w.Route.Communities)}
	if w.Session.External() {
		r.ASPath = r.ASPath[1:] // the stub puts its own AS in front
	}
	return Stub(w.Session.Node, w.Session.Peer), r
}

// Unobservable returns why no router can be made to show what it does with the route; "" if one can.
func (w *Witness) Unobservable() string {
	r, fam := &w.Route, fabric.FamilyOf(w.Route.Prefix.Addr())
	local, remote := w.Session.Local[fam], w.Session.Remote[fam]
	a := r.Prefix.Addr()
	switch {
	case !local.IsValid() || !remote.IsValid():
		return fmt.Sprintf("the session does not carry %s", fam)
	case a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsLoopback():
		return "no router forwards to its prefix"
	case r.Prefix.Bits() >= a.BitLen()-1 && (r.Prefix.Contains(local) || r.Prefix.Contains(remote)):
		return "its prefix is that of the session's own link"
	case r.LocalPref == 0:
		return "local preference 0 cannot be told from none"
	case slices.ContainsFunc(r.Communities, func(c policy.Community) bool { return c.Kind == policy.Large && c.A >= private }):
		return "it has communities that closlab takes for itself"
	case w.Direction == policy.Export:
		return w.notOwn()
	}
	return w.notSent()
}

// notOwn returns why a router cannot have the route of its own; "" if it can.
func (w *Witness) notOwn() string {
	switch r := &w.Route; {
	case r.External || r.Neighbor.IsValid():
		return "the router must have learned it from a neighbour of some kind"
	case r.NextHop.IsValid():
		return "it has a next hop that only a neighbour could give it"
	case r.Tag != 0:
		return "BGP carries no tags"
	}
	return ""
}

// notSent returns why the stub cannot send the route; "" if it can.
func (w *Witness) notSent() string {
	r, s := &w.Route, w.Session
	switch {
	case slices.Contains(r.ASPath, s.LocalAS):
		return fmt.Sprintf("its AS path holds the router's own AS %d: it is dropped as a loop ahead of the policy", s.LocalAS)
	case s.External() && (len(r.ASPath) == 0 || r.ASPath[0] != s.PeerAS):
		return fmt.Sprintf("its AS path does not begin with the neighbour's AS %d", s.PeerAS)
	case s.External() && r.LocalPref != usualLocalPref:
		return "eBGP carries no local preference"
	case r.NextHop.IsValid() && r.NextHop != s.Remote[fabric.FamilyOf(r.Prefix.Addr())]:
		return "its next hop is not the neighbour"
	case r.Tag != 0 || r.Preference != usualPreference:
		return "BGP carries no tags and preferences"
	}
	return ""
}
