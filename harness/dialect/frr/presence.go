package frr

import "github.com/closlab/closlab/harness/policy"

// presence is whether routes have a number where they reach a place in a route-map. A number that is not there counts as 0 in bgpd, while
// the model has 100 for local preference and knows no absence.
type presence uint8

const (
	unreached presence = iota // no route gets there
	present
	absent
	unsure // some do, some do not
)

func (p presence) or(o presence) presence {
	switch {
	case p == unreached || p == o:
		return o
	case o == unreached:
		return p
	}
	return unsure
}

// state is what is known of all routes at a place: whether they have the numbers, and whether a route-map out has set their next hop to
// peer-address, which stands whatever is set after it.
type state struct{ localPref, metric, peerAddress presence }

func (s state) or(o state) state {
	return state{s.localPref.or(o.localPref), s.metric.or(o.metric), s.peerAddress.or(o.peerAddress)}
}

// afterCall is what is known when another route-map, which leaves what touched says, has run.
func (s *state) afterCall(touched state) {
	s.localPref, s.metric, s.peerAddress = s.localPref.or(touched.localPref), s.metric.or(touched.metric), s.peerAddress.or(touched.peerAddress)
}

// touched returns what a route-map may give to routes: present, or unreached if it never does.
func (t *translator) touched(callee *policy.Policy) state {
	if s, ok := t.cfg.touches[callee]; ok {
		return s
	}
	var s state
	for _, p := range policy.Calls(callee).Policies() {
		for _, t := range p.Terms {
			for _, a := range t.Then {
				switch a := a.(type) {
				case *policy.SetNumber:
					if a.Field == policy.LocalPref {
						s.localPref = present
					} else if a.Field == policy.MED {
						s.metric = present
					}
				case *policy.SetNextHop:
					if a.Kind == policy.NextHopSelf {
						s.peerAddress = present
					}
				}
			}
		}
	}
	t.cfg.touches[callee] = s
	return s
}

// Use is for what a route-map runs.
type Use struct {
	Direction policy.Direction
	V6        bool // for IPv6 routes, not IPv4 routes
	External  bool // over eBGP
	Own       bool // on the router's own routes when network or redistribute brings them into BGP
	Connected bool // of Own: those of its interfaces
}

// entering returns the state of the routes that enter a route-map. Over eBGP no local preference comes in (RFC 4271 section 5.1.5), so that
// routes have one only if some policy gave it to them; a metric is dropped before a route-map out runs, but for the router's own routes
// (bgpd/bgp_route.c, subgroup_announce_check).
func (u Use) entering() state {
	s := state{present, present, absent}
	if !u.External || u.Own {
		return s
	}
	if u.Direction == policy.Import {
		s.localPref = absent
	} else {
		s.localPref, s.metric = unsure, unsure
	}
	return s
}
