package proof

import (
	"context"
	"log/slog"
	"runtime"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/server"
	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netns"
)

// GoBGP is a GoBGP under test, in this process. It ends with the test.
type GoBGP struct {
	Router
	Server *server.BgpServer
}

// StartGoBGP starts GoBGP with all peers and no policy. Routes between internal peers are reflected.
func StartGoBGP(ctx context.Context, t testing.TB) *GoBGP {
	t.Helper()
	g := &GoBGP{Router: Router{t: t, ctx: ctx}, Server: server.NewBgpServer(server.LoggerOption(slog.New(slog.DiscardHandler), nil))}
	var ns netns.NsHandle
	made := make(chan error)
	go func() { // GoBGP opens its sockets on this thread, which ends with it
		runtime.LockOSThread()
		var err error
		ns, err = netns.New()
		made <- err
		if err == nil {
			g.Server.Serve()
		}
	}()
	require.NoError(t, <-made, "a network namespace: root is needed")
	g.enter(ns)
	t.Cleanup(g.Server.Stop)
	require.NoError(t, g.Server.StartBgp(ctx, &api.StartBgpRequest{Global: &api.Global{Asn: TestedAS, RouterId: TestedAddr(false).String(),
		ListenPort: 179, ListenAddresses: []string{TestedAddr(false).String(), TestedAddr(true).String()}}}))
	for _, v6 := range families {
		for i := range Peers {
			require.NoError(t, g.Server.AddPeer(ctx, &api.AddPeerRequest{Peer: peerOf(i, v6)}))
		}
	}
	return g
}

// peerOf returns a peer as GoBGP is told of it.
func peerOf(i int, v6 bool) *api.Peer {
	family := &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}
	if v6 {
		family.Afi = api.Family_AFI_IP6
	}
	p := &api.Peer{
		Conf:      &api.PeerConf{NeighborAddress: PeerAddr(i, v6).String(), PeerAsn: PeerAS(i)},
		Transport: &api.Transport{PassiveMode: true, LocalAddress: TestedAddr(v6).String()},
		AfiSafis:  []*api.AfiSafi{{Config: &api.AfiSafiConfig{Family: family, Enabled: true}}},
	}
	if PeerAS(i) == TestedAS {
		p.RouteReflector = &api.RouteReflector{RouteReflectorClient: true, RouteReflectorClusterId: TestedAddr(false).String()}
	}
	return p
}
