package stage

import (
	"slices"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Stop is a place that a witness can come to, with the route as it is there.
type Stop struct {
	Where string // in words that can follow a route: "sent to leaf1"
	There bool
	Route policy.Route
}

// Places of a trail.
const (
	Offered = iota // to the policy
	Decided        // by it: accepted, or sent
)

// Trail returns what became of the witness by a snapshot of the stage: Offered, Decided, and then what the router sent to each of its other
// neighbours.
func (w *Witness) Trail(s *observe.Snapshot) []Stop {
	router, peer := w.Session.Node, w.Session.Peer
	stub := Stub(router, peer)
	there, _ := s.Session(stub, router)
	here, _ := s.Session(router, stub)
	sent := w.among(here.Sent, "sent to "+peer)
	out := []Stop{w.among(own(s.Tables[router]), "in the table of "+router), sent}
	if w.Direction == policy.Import {
		out = []Stop{w.among(there.Sent, "sent by "+peer), w.among(here.Received, "accepted from "+peer), sent}
	}
	for _, x := range s.Sessions {
		if x.Node == router && x.Peer != stub {
			out = append(out, w.among(x.Sent, "sent to "+neighbour(router, x.Peer)))
		}
	}
	return out
}

// among returns the stop where these routes are.
func (w *Witness) among(routes []policy.Route, where string) Stop {
	i := slices.IndexFunc(routes, func(r policy.Route) bool { return r.Prefix == w.Route.Prefix })
	if i < 0 {
		return Stop{Where: where}
	}
	return Stop{where, true, routes[i]}
}

// own returns the routes of a table that are the router's own and active.
func own(t *observe.Table) []policy.Route {
	var out []policy.Route
	if t == nil {
		return nil
	}
	for _, e := range t.RIB {
		if len(e.Paths) > 0 && e.Paths[0].Peer == "" && e.Paths[0].Active {
			out = append(out, e.Paths[0].Route)
		}
	}
	return out
}

// Same reports whether the witness is at the same stop in the same shape, or at neither.
func (s Stop) Same(o Stop) bool { return s.String() == o.String() }

// String returns the route there, or "nothing".
func (s Stop) String() string {
	if !s.There {
		return "nothing"
	}
	return s.Route.String()
}

// Meets reports whether the route that was offered to the policy is the witness.
func (w *Witness) Meets(offered Stop) bool {
	r, x := w.Route, offered.Route
	if w.Direction == policy.Export {
		return offered.There && r.SameAttributes(x) && r.Protocol == x.Protocol
	}
	return offered.There && r.Origin == x.Origin && r.MED == x.MED && slices.Equal(r.ASPath, x.ASPath) &&
		slices.Equal(r.Communities, x.Communities) && (w.Session.External() || r.LocalPref == x.LocalPref)
}
