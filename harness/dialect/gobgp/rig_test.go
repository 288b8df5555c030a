package gobgp_test

import (
	"context"
	"log/slog"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/config/oc"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/osrg/gobgp/v4/pkg/server"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// The router under test, an eBGP peer and an iBGP peer, all in this process on loopback addresses.
const (
	testedAS, externalAS = 65100, 65001
	testedPort           = 17901
)

var (
	testedAddr   = netip.MustParseAddr("127.0.11.1")
	externalAddr = netip.MustParseAddr("127.0.11.2")
	internalAddr = netip.MustParseAddr("127.0.11.3")
	mileposts    = map[netip.Addr]netip.Prefix{ // announced by each after everything else; no policy touches them
		testedAddr:   netip.MustParsePrefix("198.51.100.1/32"),
		externalAddr: netip.MustParsePrefix("198.51.100.2/32"),
		internalAddr: netip.MustParsePrefix("198.51.100.3/32"),
	}
)

// rig is the three speakers.
type rig struct {
	t                          *testing.T
	ctx                        context.Context
	tested, external, internal *speaker
	round                      uint32
	assigned                   bool
	loaded                     *oc.BgpConfigSet // from a configuration file
}

// speaker is one GoBGP server, and what it was sent.
type speaker struct {
	*server.BgpServer
	rig      *rig
	addr     netip.Addr
	received map[netip.Prefix]policy.Route // in the watcher only
	passed   chan milepost
	last     map[netip.Prefix]milepost // by milepost
}

// milepost is a milepost received, and all that was received until then.
type milepost struct {
	prefix netip.Prefix
	round  uint32
	routes map[netip.Prefix]policy.Route
}

func newRig(t *testing.T) *rig {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx}
	r.tested = r.start(testedAddr, testedAS, testedPort, server.WatchPostUpdate(false, "", "")) // what is in its table
	r.external = r.start(externalAddr, externalAS, -1, server.WatchUpdate(false, "", ""))
	r.internal = r.start(internalAddr, testedAS, -1, server.WatchUpdate(false, "", ""))
	up := make(chan struct{}, 16)
	require.NoError(t, r.tested.WatchEvent(ctx, server.WatchEventMessageCallbacks{
		OnPeerUpdate: func(e *apiutil.WatchEventMessage_PeerEvent, _ time.Time) {
			if e.Peer.State.SessionState == bgp.BGP_FSM_ESTABLISHED {
				up <- struct{}{}
			}
		}}, server.WatchPeer()))
	r.tested.peer(externalAddr, externalAS, true)
	r.tested.peer(internalAddr, testedAS, true)
	r.external.peer(testedAddr, testedAS, false)
	r.internal.peer(testedAddr, testedAS, false)
	for range 2 {
		select {
		case <-up:
		case <-ctx.Done():
			require.Fail(t, "the sessions do not come up")
		}
	}
	return r
}

func (r *rig) start(addr netip.Addr, asn uint32, port int32, what server.WatchOption) *speaker {
	s := &speaker{rig: r, addr: addr, received: map[netip.Prefix]policy.Route{}, passed: make(chan milepost, 64), last: map[netip.Prefix]milepost{}}
	s.BgpServer = server.NewBgpServer(server.LoggerOption(slog.New(slog.DiscardHandler), nil))
	go s.Serve()
	require.NoError(r.t, s.StartBgp(r.ctx, &api.StartBgpRequest{Global: &api.Global{
		Asn: asn, RouterId: addr.String(), ListenPort: port, ListenAddresses: []string{addr.String()}}}))
	r.t.Cleanup(func() { s.Stop() })
	require.NoError(r.t, s.WatchEvent(r.ctx, server.WatchEventMessageCallbacks{OnPathUpdate: s.watch}, what))
	return s
}

func (s *speaker) peer(addr netip.Addr, asn uint32, passive bool) {
	p := &api.Peer{
		Conf:      &api.PeerConf{NeighborAddress: addr.String(), PeerAsn: asn},
		Transport: &api.Transport{PassiveMode: passive, LocalAddress: s.addr.String(), RemotePort: testedPort},
		Timers:    &api.Timers{Config: &api.TimersConfig{ConnectRetry: 1, IdleHoldTimeAfterReset: 1}},
	}
	for _, afi := range []api.Family_Afi{api.Family_AFI_IP, api.Family_AFI_IP6} {
		p.AfiSafis = append(p.AfiSafis, &api.AfiSafi{Config: &api.AfiSafiConfig{
			Family: &api.Family{Afi: afi, Safi: api.Family_SAFI_UNICAST}, Enabled: true}})
	}
	require.NoError(s.rig.t, s.AddPeer(s.rig.ctx, &api.AddPeerRequest{Peer: p}))
}

// watch keeps the books of what is received.
func (s *speaker) watch(paths []*apiutil.Path, _ time.Time) {
	for _, p := range paths {
		r, ok := routeOf(p)
		if !ok {
			continue
		}
		if p.Withdrawal {
			delete(s.received, r.Prefix)
			continue
		}
		s.received[r.Prefix] = r
		for _, m := range mileposts {
			if m == r.Prefix {
				routes := map[netip.Prefix]policy.Route{}
				for k, v := range s.received {
					routes[k] = v
				}
				s.passed <- milepost{m, r.Communities[0].A<<16 | r.Communities[0].B, routes}
			}
		}
	}
}

// until waits for the milepost of this round and returns what was received before.
func (s *speaker) until(from netip.Addr) map[netip.Prefix]policy.Route {
	for {
		if m := s.last[mileposts[from]]; m.round == s.rig.round {
			return m.routes
		}
		select {
		case m := <-s.passed:
			s.last[m.prefix] = m
		case <-s.rig.ctx.Done():
			require.Fail(s.rig.t, "no milepost", "from %s at %s in round %d", from, s.addr, s.rig.round)
		}
	}
}

// announce gives the routes to GoBGP as its own, and then the milepost.
func (s *speaker) announce(routes []policy.Route) {
	end := policy.Route{Prefix: mileposts[s.addr], NextHop: s.addr, LocalPref: 100,
		Communities: policy.Communities{policy.Std(uint16(s.rig.round>>16), uint16(s.rig.round))}}
	var paths []*apiutil.Path
	for _, r := range append(routes[:len(routes):len(routes)], end) {
		paths = append(paths, pathOf(r))
	}
	_, err := s.AddPath(apiutil.AddPathRequest{Paths: paths})
	require.NoError(s.rig.t, err)
}

// install puts the program in force as a router does.
func (r *rig) install(p *gobgp.Program) {
	request := p.Request()
	request.DefinedSets = append(request.DefinedSets[:len(request.DefinedSets):len(request.DefinedSets)],
		&api.DefinedSet{DefinedType: api.DefinedType_DEFINED_TYPE_PREFIX, Name: "mileposts",
			Prefixes: []*api.Prefix{{IpPrefix: "198.51.100.0/24", MaskLengthMin: 32, MaskLengthMax: 32}}})
	for _, dir := range []string{"import", "export"} {
		request.Policies = append(request.Policies, &api.Policy{Name: "mileposts " + dir, Statements: []*api.Statement{{
			Name:       "mileposts " + dir,
			Conditions: &api.Conditions{PrefixSet: &api.MatchSet{Name: "mileposts", Type: api.MatchSet_TYPE_ANY}},
			Actions:    &api.Actions{RouteAction: api.RouteAction_ROUTE_ACTION_ACCEPT}}}})
	}
	require.NoError(r.t, r.tested.SetPolicies(r.ctx, request))
	assignments := p.Assignments()
	for _, a := range assignments {
		name := a.Assignment.Policies[0].Name
		a.Assignment.Policies = append([]*api.Policy{{Name: "mileposts " + name}}, a.Assignment.Policies...)
		if !r.assigned {
			require.NoError(r.t, r.tested.SetPolicyAssignment(r.ctx, a))
		}
	}
	r.assigned = true
	require.Empty(r.t, gobgp.Differs(request, assignments, r.held()))
	require.NoError(r.t, r.tested.ResetPeer(r.ctx, &api.ResetPeerRequest{Address: "all", Soft: true,
		Direction: api.ResetPeerRequest_DIRECTION_BOTH}))
}

// held returns what the router under test lists of its policy.
func (r *rig) held() *gobgp.Held {
	out := &gobgp.Held{}
	require.NoError(r.t, r.tested.ListPolicy(r.ctx, &api.ListPolicyRequest{}, func(p *api.Policy) { out.Policies = append(out.Policies, p) }))
	for kind, name := range api.DefinedType_name {
		add := func(x *api.DefinedSet) { out.Sets = append(out.Sets, x) }
		err := r.tested.ListDefinedSet(r.ctx, &api.ListDefinedSetRequest{DefinedType: api.DefinedType(kind)}, add)
		require.True(r.t, err == nil || kind == 0 || kind == 3 || kind == 8, "%s: %v", name, err) // of these GoBGP has none
	}
	require.NoError(r.t, r.tested.ListPolicyAssignment(r.ctx, &api.ListPolicyAssignmentRequest{Name: "global"}, func(a *api.PolicyAssignment) {
		out.Assignments = append(out.Assignments, a)
	}))
	return out
}

// table returns the best routes of the router under test.
func (r *rig) table() map[netip.Prefix]policy.Route {
	out := map[netip.Prefix]policy.Route{}
	for _, f := range []bgp.Family{bgp.RF_IPv4_UC, bgp.RF_IPv6_UC} {
		require.NoError(r.t, r.tested.ListPath(apiutil.ListPathRequest{TableType: api.TableType_TABLE_TYPE_GLOBAL, Family: f},
			func(_ bgp.NLRI, paths []*apiutil.Path) {
				if route, ok := routeOf(paths[0]); ok {
					out[route.Prefix] = route
				}
			}))
	}
	return out
}

// pathOf returns the route as GoBGP takes it. A local preference of 0 is left out, and so is a metric of 0.
func pathOf(r policy.Route) *apiutil.Path {
	nlri, _ := bgp.NewIPAddrPrefix(r.Prefix)
	p := &apiutil.Path{Family: bgp.RF_IPv4_UC, Nlri: nlri}
	p.Attrs = append(p.Attrs, bgp.NewPathAttributeOrigin(uint8(r.Origin)))
	if len(r.ASPath) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeAsPath([]bgp.AsPathParamInterface{bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, r.ASPath)}))
	}
	if r.Prefix.Addr().Is6() {
		p.Family = bgp.RF_IPv6_UC
		reach, _ := bgp.NewPathAttributeMpReachNLRI(p.Family, []bgp.PathNLRI{{NLRI: nlri}}, r.NextHop)
		p.Attrs = append(p.Attrs, reach)
	} else {
		hop, _ := bgp.NewPathAttributeNextHop(r.NextHop)
		p.Attrs = append(p.Attrs, hop)
	}
	if r.MED != 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeMultiExitDisc(r.MED))
	}
	if r.LocalPref != 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeLocalPref(r.LocalPref))
	}
	var standard []uint32
	var large []*bgp.LargeCommunity
	for _, c := range r.Communities {
		if c.Kind == policy.Large {
			large = append(large, bgp.NewLargeCommunity(c.A, c.B, c.C))
		} else {
			standard = append(standard, c.A<<16|c.B)
		}
	}
	if len(standard) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeCommunities(standard))
	}
	if len(large) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeLargeCommunities(large))
	}
	return p
}

// routeOf returns the path's prefix and attributes; false for what is no route.
func routeOf(p *apiutil.Path) (policy.Route, bool) {
	nlri, ok := p.Nlri.(*bgp.IPAddrPrefix)
	if !ok {
		return policy.Route{}, false
	}
	r := policy.Route{Prefix: nlri.Prefix, LocalPref: 100}
	for _, a := range p.Attrs {
		switch a := a.(type) {
		case *bgp.PathAttributeOrigin:
			r.Origin = policy.Origin(a.Value)
		case *bgp.PathAttributeAsPath:
			for _, s := range a.Value {
				r.ASPath = append(r.ASPath, s.GetAS()...)
			}
		case *bgp.PathAttributeNextHop:
			r.NextHop = a.Value
		case *bgp.PathAttributeMpReachNLRI:
			r.NextHop = a.Nexthop
		case *bgp.PathAttributeMultiExitDisc:
			r.MED = a.Value
		case *bgp.PathAttributeLocalPref:
			r.LocalPref = a.Value
		case *bgp.PathAttributeCommunities:
			for _, c := range a.Value {
				r.Communities = r.Communities.With(policy.Std(uint16(c>>16), uint16(c&math.MaxUint16)))
			}
		case *bgp.PathAttributeLargeCommunities:
			for _, c := range a.Values {
				r.Communities = r.Communities.With(policy.Community{Kind: policy.Large, A: c.ASN, B: c.LocalData1, C: c.LocalData2})
			}
		}
	}
	return r, true
}
