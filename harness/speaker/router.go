//go:build linux

package speaker

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/osrg/gobgp/v4/pkg/server"

	"github.com/closlab/closlab/harness/kernel"
)

// router is the speaker inside its own process.
type router struct {
	Router
	bgp      *server.BgpServer
	ns       *kernel.Namespace
	changed  func(Glance)
	wake     chan struct{}
	accepted chan<- net.Conn // GoBGP's, of connections
	writing  sync.Mutex      // held while own routes and the forwarding table are brought up to date
	meeting  sync.Mutex      // held while neighbours are added and dropped

	mu         sync.Mutex
	links      links
	dirty      map[netip.Prefix]bool
	peers      map[netip.Addr]Peer
	spoken     map[netip.Addr]bool           // those that GoBGP has
	calls      map[netip.Addr]func()         // end the calls that are being made to neighbours
	up         map[netip.Addr]bool           // sessions
	idled      map[netip.Addr]int            // how often sessions have become idle
	turn       *sync.Cond                    // a session has changed its state
	used       map[netip.Prefix][]use        // learned routes
	marks      uint64                        // sum of their marks
	given      []Own                         // own routes
	own        map[netip.Prefix]Own          // those in force
	stale      bool                          // others may be to be in force
	aggregates []netip.Prefix                // aggregate routes with a route inside
	fib        map[netip.Prefix]kernel.Route // what has been written
	leans      map[netip.Prefix][]netip.Addr // next hops of routes that other routes lead to
	problems   map[netip.Prefix]string
}

// families are IPv4 and IPv6 unicast by GoBGP's numbers. A table has thousands of parts, and by default there is one for every family.
var families = []uint32{0, 1}

// start begins to speak, without neighbours and policies.
func start(r Router, changed func(Glance)) (*router, error) {
	ns, err := kernel.Here(r.Name)
	if err != nil {
		return nil, err
	}
	links, err := newLinks(ns)
	if err != nil {
		return nil, err
	}
	out := &router{Router: r, ns: ns, changed: changed, wake: make(chan struct{}, 1), links: links, dirty: map[netip.Prefix]bool{},
		spoken: map[netip.Addr]bool{}, calls: map[netip.Addr]func(){}, up: map[netip.Addr]bool{}, idled: map[netip.Addr]int{}, used: map[netip.Prefix][]use{},
		own: map[netip.Prefix]Own{}, peers: map[netip.Addr]Peer{}, fib: map[netip.Prefix]kernel.Route{}, leans: map[netip.Prefix][]netip.Addr{}, problems: map[netip.Prefix]string{}}
	out.turn = sync.NewCond(&out.mu)
	out.bgp = server.NewBgpServer(server.LoggerOption(slog.New(slog.DiscardHandler), nil)) // or it would write all in JSON, to nowhere
	go out.bgp.Serve()
	ctx := context.Background()
	err = out.bgp.StartBgp(ctx, &api.StartBgpRequest{Global: &api.Global{
		Asn: r.ASN, RouterId: r.ID.String(), ListenPort: bgp.BGP_PORT, UseMultiplePaths: true, Families: families,
		RouteSelectionOptions: &api.RouteSelectionOptionsConfig{ExternalCompareRouterId: true},
	}})
	if err != nil {
		return nil, err
	}
	if out.accepted, err = accepted(out.bgp); err != nil {
		return nil, err
	}
	err = out.bgp.WatchEvent(ctx, server.WatchEventMessageCallbacks{
		OnBestPath:   func(ps []*apiutil.Path, _ time.Time) { out.decided(ps) },
		OnPeerUpdate: func(e *apiutil.WatchEventMessage_PeerEvent, _ time.Time) { out.turned(&e.Peer.State) },
	}, server.WatchBestPath(true), server.WatchPeer())
	if err == nil {
		err = watchLinks(ns, out.carrier, out.warn)
	}
	go out.run()
	return out, err
}

// nudge wakes run; the caller holds the lock.
func (r *router) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run keeps the forwarding table up to date and tells the parent of changes.
func (r *router) run() {
	const more = 5 * time.Millisecond // changes come in bursts
	for range r.wake {
		<-time.After(more)
		r.flush()
		r.mu.Lock()
		g := Glance{Up: len(r.up), Used: r.marks}
		r.mu.Unlock()
		r.changed(g)
	}
}

// warn says what went wrong to whoever reads the router's log.
func (r *router) warn(err error) { fmt.Fprintf(os.Stderr, "router %s: %s\n", r.Name, err) }
