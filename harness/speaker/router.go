package speaker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/osrg/gobgp/v4/pkg/server"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/policy"
)

// router is the speaker inside its own process.
type router struct {
	Router
	bgp     *server.BgpServer
	ns      *kernel.Namespace
	changed func(seq int)
	wake    chan struct{}
	writing sync.Mutex // held while the forwarding table is brought up to date

	mu       sync.Mutex
	seq      int
	touched  bool
	dirty    map[netip.Prefix]bool
	own      map[netip.Prefix]Own
	peers    map[netip.Addr]Peer
	fib      map[netip.Prefix]kernel.Route // what has been written
	problems map[netip.Prefix]string
}

// start begins to speak, without neighbours and policies.
func start(r Router, changed func(seq int)) (*router, error) {
	ns, err := kernel.Open(r.Namespace)
	if err != nil {
		return nil, err
	}
	out := &router{Router: r, ns: ns, changed: changed, wake: make(chan struct{}, 1), dirty: map[netip.Prefix]bool{},
		own: map[netip.Prefix]Own{}, peers: map[netip.Addr]Peer{}, fib: map[netip.Prefix]kernel.Route{}, problems: map[netip.Prefix]string{}}
	out.bgp = server.NewBgpServer()
	go out.bgp.Serve()
	ctx := context.Background()
	err = out.bgp.StartBgp(ctx, &api.StartBgpRequest{Global: &api.Global{
		Asn: r.ASN, RouterId: r.ID.String(), ListenPort: bgp.BGP_PORT, UseMultiplePaths: true,
		RouteSelectionOptions: &api.RouteSelectionOptionsConfig{ExternalCompareRouterId: true},
	}})
	if err != nil {
		return nil, err
	}
	err = out.bgp.WatchEvent(ctx, server.WatchEventMessageCallbacks{
		OnBestPath:   func(ps []*apiutil.Path, _ time.Time) { out.mark(ps...) },
		OnPathUpdate: func([]*apiutil.Path, time.Time) { out.mark() },
		OnPeerUpdate: func(*apiutil.WatchEventMessage_PeerEvent, time.Time) { out.mark() },
	}, server.WatchBestPath(true), server.WatchPostUpdate(false, "", ""), server.WatchPeer())
	go out.run()
	return out, err
}

// mark has the prefixes of the paths written anew, and the parent told.
func (r *router) mark(ps ...*apiutil.Path) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range ps {
		if p == nil {
			continue
		}
		if prefix, err := prefixOf(p.Nlri); err == nil {
			r.dirty[prefix] = true
		}
	}
	r.nudge()
}

// nudge wakes run; the caller holds the lock.
func (r *router) nudge() {
	r.touched = true
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// setPolicy replaces all policies and resets the sessions softly.
func (r *router) setPolicy(text json.RawMessage, assign []json.RawMessage) error {
	ctx := context.Background()
	var q api.SetPoliciesRequest
	if err := protojson.Unmarshal(text, &q); err != nil {
		return err
	}
	if err := r.bgp.SetPolicies(ctx, &q); err != nil {
		return fmt.Errorf("GoBGP refuses it: %w", err)
	}
	for _, a := range assign {
		var q api.SetPolicyAssignmentRequest
		if err := protojson.Unmarshal(a, &q); err != nil {
			return err
		}
		if err := r.bgp.SetPolicyAssignment(ctx, &q); err != nil {
			return fmt.Errorf("GoBGP refuses it: %w", err)
		}
	}
	if err := r.readBack(&q); err != nil {
		return err
	}
	r.mu.Lock()
	any := len(r.peers) > 0
	r.nudge()
	r.mu.Unlock()
	if !any {
		return nil
	}
	return r.bgp.ResetPeer(ctx, &api.ResetPeerRequest{Address: "", Soft: true, Direction: api.ResetPeerRequest_DIRECTION_BOTH})
}

// readBack compares the statements that GoBGP holds with those it was given.
func (r *router) readBack(want *api.SetPoliciesRequest) error {
	have := map[string]int{}
	err := r.bgp.ListPolicy(context.Background(), &api.ListPolicyRequest{}, func(p *api.Policy) { have[p.Name] = len(p.Statements) })
	for _, p := range want.Policies {
		if n, ok := have[p.Name]; err == nil && (!ok || n != len(p.Statements)) {
			err = fmt.Errorf("GoBGP holds %d statements of policy %s, and was given %d", n, p.Name, len(p.Statements))
		}
	}
	return err
}

func (r *router) addPeers(peers []Peer) error {
	for _, p := range peers {
		family := api.Family_AFI_IP
		if p.Remote.Is6() {
			family = api.Family_AFI_IP6
		}
		q := &api.Peer{
			Conf:      &api.PeerConf{NeighborAddress: p.Remote.String(), PeerAsn: p.PeerAS, LocalAsn: p.LocalAS},
			Transport: &api.Transport{LocalAddress: p.Local.String(), PassiveMode: p.Passive},
			Timers:    &api.Timers{Config: &api.TimersConfig{ConnectRetry: 1, IdleHoldTimeAfterReset: 1, HoldTime: 90, KeepaliveInterval: 30}},
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
		r.peers[p.Remote] = p
		r.mu.Unlock()
	}
	return nil
}

func (r *router) dropPeers(peers []Peer) error {
	for _, p := range peers {
		if err := r.bgp.DeletePeer(context.Background(), &api.DeletePeerRequest{Address: p.Remote.String()}); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
		r.mu.Lock()
		delete(r.peers, p.Remote)
		r.nudge()
		r.mu.Unlock()
	}
	return nil
}

// setOwn replaces the router's own routes.
func (r *router) setOwn(list []Own) error {
	now := map[netip.Prefix]Own{}
	for _, o := range list {
		if _, twice := now[o.Route.Prefix]; twice {
			return fmt.Errorf("two own routes to %s", o.Route.Prefix)
		}
		now[o.Route.Prefix] = o
	}
	r.mu.Lock()
	was := r.own
	r.own = now
	r.mu.Unlock()
	for p, o := range was {
		if n, still := now[p]; o.Announce && (!still || !n.Announce) {
			path, err := pathOf(o.Route)
			if err == nil {
				err = r.bgp.DeletePath(apiutil.DeletePathRequest{Paths: []*apiutil.Path{path}})
			}
			if err != nil {
				return fmt.Errorf("own route to %s: %w", p, err)
			}
		}
	}
	for p, o := range now {
		if old := was[p]; o.Announce && !(old.Announce && old.Route.SameAttributes(o.Route) && old.Route.Protocol == o.Route.Protocol) {
			if err := r.announce(o.Route); err != nil {
				return fmt.Errorf("own route to %s: %w", p, err)
			}
		}
	}
	r.mu.Lock()
	for p := range was {
		r.dirty[p] = true
	}
	for p := range now {
		r.dirty[p] = true
	}
	r.nudge()
	r.mu.Unlock()
	r.flush()
	return nil
}

// announce gives an own route to BGP. Communities are added that tell policies its protocol.
func (r *router) announce(route policy.Route) error {
	if route.Protocol != policy.BGP {
		route.Communities = route.Communities.With(gobgp.OwnRoute(route.Protocol))
	}
	path, err := pathOf(route)
	if err != nil {
		return err
	}
	_, err = r.bgp.AddPath(apiutil.AddPathRequest{Paths: []*apiutil.Path{path}})
	return err
}

// run keeps the forwarding table up to date and tells the parent of changes.
func (r *router) run() {
	for range r.wake {
		r.flush()
		r.mu.Lock()
		r.seq++
		seq := r.seq
		r.mu.Unlock()
		r.changed(seq)
	}
}

// report returns what the router holds.
func (r *router) report() (*Report, error) {
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

// warn says what went wrong to whoever reads the router's log.
func (r *router) warn(err error) { fmt.Fprintf(os.Stderr, "router %s: %s\n", r.Name, err) }
