//go:build linux

package speaker

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// report returns what the router holds; what it received only if the report is to be full, for that takes long.
func (r *router) report(full bool) (*Report, error) {
	r.flush()
	out := &Report{}
	r.mu.Lock()
	out.Seq = r.seq
	for _, text := range r.problems {
		out.Problems = append(out.Problems, text)
	}
	r.mu.Unlock()
	slices.Sort(out.Problems)
	var failed error
	err := r.bgp.ListPeer(context.Background(), &api.ListPeerRequest{}, func(p *api.Peer) {
		s := Session{State: p.State.SessionState.String(), Up: p.State.SessionState == api.PeerState_SESSION_STATE_ESTABLISHED}
		s.Remote, failed = netip.ParseAddr(p.State.NeighborAddress)
		out.Sessions = append(out.Sessions, s)
	})
	if err != nil || failed != nil {
		return nil, fmt.Errorf("sessions: %w%w", err, failed)
	}
	for i := range out.Sessions {
		s := &out.Sessions[i]
		if !full {
			continue
		}
		paths, err := r.list(apiutil.ListPathRequest{TableType: api.TableType_TABLE_TYPE_ADJ_IN, Name: s.Remote.String(), Family: familyOf(s.Remote)})
		if err != nil {
			return nil, fmt.Errorf("Adj-RIB-In of %s: %w", s.Remote, err)
		}
		for _, p := range paths {
			s.Received = append(s.Received, p.Route)
		}
	}
	for _, family := range []bgp.Family{bgp.RF_IPv4_UC, bgp.RF_IPv6_UC} {
		paths, err := r.list(apiutil.ListPathRequest{TableType: api.TableType_TABLE_TYPE_GLOBAL, Family: family})
		if err != nil {
			return nil, fmt.Errorf("routing table: %w", err)
		}
		for _, p := range paths {
			if p.Route.Neighbor.IsValid() {
				out.Paths = append(out.Paths, p)
			}
		}
	}
	return out, nil
}

// list returns the routes of a table of GoBGP's.
func (r *router) list(q apiutil.ListPathRequest) ([]Path, error) {
	var out []Path
	var failed error
	err := r.bgp.ListPath(q, func(_ bgp.NLRI, paths []*apiutil.Path) {
		for _, p := range paths {
			route, err := routeOf(p)
			if err != nil && failed == nil {
				failed = err
			}
			out = append(out, Path{Route: route, Best: p.Best})
		}
	})
	if err == nil {
		err = failed
	}
	return out, err
}
