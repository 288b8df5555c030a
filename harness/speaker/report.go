//go:build linux

package speaker

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// report returns what the router holds, by GoBGP's own tables, or nil if that is known already.
func (r *router) report(known *Digest) (*Report, error) {
	r.flush()
	r.meeting.Lock() // no neighbour goes while its routes are asked for
	defer r.meeting.Unlock()
	out := &Report{}
	r.mu.Lock()
	for _, text := range r.problems {
		out.Problems = append(out.Problems, text)
	}
	out.Dark = slices.Collect(maps.Keys(r.links.dark))
	out.Aggregates = slices.Clone(r.aggregates)
	r.mu.Unlock()
	var failed error
	err := r.bgp.ListPeer(context.Background(), &api.ListPeerRequest{}, func(p *api.Peer) {
		s := Session{Up: p.State.SessionState == api.PeerState_SESSION_STATE_ESTABLISHED}
		if !s.Up {
			s.State = p.State.SessionState.String()
		}
		s.Remote, failed = netip.ParseAddr(p.State.NeighborAddress)
		out.Sessions = append(out.Sessions, s)
	})
	if err != nil || failed != nil {
		return nil, fmt.Errorf("sessions: %w%w", err, failed)
	}
	for i := range out.Sessions {
		s := &out.Sessions[i]
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
	out.Sort()
	if known != nil && out.Digest() == *known {
		return nil, nil
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
