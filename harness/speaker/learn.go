//go:build linux

package speaker

import (
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// use is a learned route in use: the best to its prefix or one of its equals.
type use struct {
	from, hop netip.Addr // neighbour and next hop
	mark      uint64     // see Mark
}

// decided takes down what has changed in the routes that GoBGP uses, after every one that it has looked at: with multiple paths in
// use it tells those that are new and those that are gone. To ask it for its tables instead costs a thousand times as much.
func (r *router) decided(paths []*apiutil.Path) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range paths {
		if p == nil {
			continue
		}
		route, err := routeOf(p)
		if err != nil {
			r.warn(err) // the report fails, too
		}
		r.dirty[route.Prefix] = true
		used := r.used[route.Prefix]
		if i := slices.IndexFunc(used, func(u use) bool { return u.from == p.PeerAddress }); i >= 0 {
			r.marks -= used[i].mark
			used = slices.Delete(used, i, i+1)
		}
		if p.PeerAddress.IsValid() && !p.Withdrawal { // else it is the router's own, or gone
			u := use{p.PeerAddress, route.NextHop, Mark(&route)}
			r.marks += u.mark
			used = append(used, u)
		}
		if r.used[route.Prefix] = used; len(used) == 0 {
			delete(r.used, route.Prefix)
		}
	}
	r.stale = r.stale || slices.ContainsFunc(r.given, func(o Own) bool { return o.Aggregate })
	r.nudge()
}

// turned takes down which sessions are up.
func (r *router) turned(s *apiutil.PeerState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.SessionState == bgp.BGP_FSM_ESTABLISHED {
		r.up[s.NeighborAddress] = true
	} else {
		delete(r.up, s.NeighborAddress)
	}
	if s.SessionState == bgp.BGP_FSM_IDLE {
		r.idled[s.NeighborAddress]++
	}
	r.state(s.NeighborAddress, s.SessionState)
	r.turn.Broadcast()
	r.nudge()
}
