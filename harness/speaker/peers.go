//go:build linux

package speaker

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/osrg/gobgp/v4/api"
)

// know notes neighbours, and speaks to those on links with a carrier.
func (r *router) know(peers []Peer) error {
	r.mu.Lock()
	for _, p := range peers {
		r.peers[p.Remote] = p
	}
	r.mu.Unlock()
	return r.meet()
}

// forget is the opposite of know.
func (r *router) forget(peers []Peer) error {
	r.mu.Lock()
	for _, p := range peers {
		delete(r.peers, p.Remote)
	}
	r.mu.Unlock()
	return r.meet()
}

func (r *router) addPeers(peers []Peer) error {
	for _, p := range peers {
		family := api.Family_AFI_IP
		if p.Remote.Is6() {
			family = api.Family_AFI_IP6
		}
		q := &api.Peer{
			Conf:      &api.PeerConf{NeighborAddress: p.Remote.String(), PeerAsn: p.PeerAS, LocalAsn: p.LocalAS},
			Transport: &api.Transport{LocalAddress: p.Local.String(), PassiveMode: true},
			Timers:    &api.Timers{Config: &api.TimersConfig{IdleHoldTimeAfterReset: 1, HoldTime: 90, KeepaliveInterval: 30}},
			AfiSafis: []*api.AfiSafi{{Config: &api.AfiSafiConfig{Enabled: true,
				Family: &api.Family{Afi: family, Safi: api.Family_SAFI_UNICAST}}}},
		}
		if p.Client {
			q.RouteReflector = &api.RouteReflector{RouteReflectorClient: true, RouteReflectorClusterId: r.ID.String()}
		}
		if err := r.bgp.AddPeer(context.Background(), &api.AddPeerRequest{Peer: q}); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
		r.mu.Lock()
		r.spoken[p.Remote] = true
		r.mu.Unlock()
	}
	return nil
}

// dropPeers removes neighbours and what they sent. It ends their sessions first: GoBGP 4.8.0 keeps for ever the routes of an update
// that it takes in while it deletes the neighbour.
func (r *router) dropPeers(peers []Peer) error {
	for _, p := range peers {
		if err := r.hush(p.Remote); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
		if err := r.bgp.DeletePeer(context.Background(), &api.DeletePeerRequest{Address: p.Remote.String()}); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
		r.mu.Lock()
		delete(r.spoken, p.Remote)
		delete(r.up, p.Remote)
		r.nudge()
		r.mu.Unlock()
	}
	return nil
}

// hush ends the session with a neighbour, and waits until GoBGP has forgotten what came over it.
func (r *router) hush(neighbour netip.Addr) error {
	r.mu.Lock()
	before := r.idled[neighbour]
	r.mu.Unlock()
	ctx := context.Background()
	if err := r.bgp.DisablePeer(ctx, &api.DisablePeerRequest{Address: neighbour.String()}); err != nil {
		return err
	}
	idle := false
	err := r.bgp.ListPeer(ctx, &api.ListPeerRequest{Address: neighbour.String()}, func(p *api.Peer) {
		idle = p.State.SessionState == api.PeerState_SESSION_STATE_IDLE
	})
	if err != nil || idle {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.idled[neighbour] == before {
		r.turn.Wait()
	}
	return nil
}
