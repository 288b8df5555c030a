package dataplane_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/multimog/dataplane"
)

const port = 7000 // of the service; agents use the next

var (
	vips   = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:1::80")}
	client = []netip.Addr{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8:99::1")}
)

// site is a client, a spine, three leaves, and below them the servers of colos a, b and c: 4, 2 and 1.
type site struct {
	t             *testing.T
	client, spine *kernel.Namespace
	members       []dataplane.Member
	fleet         multimog.Fleet
	in            map[string]*kernel.Namespace // by server
	leaf          map[string]*kernel.Namespace // by colo
	link          map[string]string            // of a leaf by the server it leads to
	lb            map[string]*dataplane.Server
	changed       chan struct{} // agents tell that they told their program something
	mu            sync.Mutex
	down          map[string]map[netip.Addr]bool // what each server thinks
	minds         int                            // how often one changed its mind
	sent          [2]uint64                      // packets to each VIP
}

func namespace(t *testing.T) *kernel.Namespace {
	n, err := kernel.New("")
	require.NoError(t, err, "these tests need root")
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

func router(t *testing.T, seed uint32) *kernel.Namespace {
	n := namespace(t)
	require.NoError(t, n.BeRouter(seed))
	return n
}

func prefix(format string, args ...any) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf(format, args...))
}

// connect links a lower node to an upper one over subnet number n, and returns the addresses of the lower and the upper end.
func connect(t *testing.T, lower, upper *kernel.Namespace, n, mtu int) (low, up []netip.Addr) {
	ends := [2][]netip.Prefix{}
	for i := range ends {
		ends[i] = []netip.Prefix{prefix("172.16.%d.%d/31", n, i), prefix("fd00:ffff:%x::%x/127", n, i)}
	}
	require.NoError(t, kernel.Connect(
		kernel.End{In: lower, Name: "north", Addrs: ends[0]}, kernel.End{In: upper, Name: fmt.Sprintf("south%d", n), Addrs: ends[1]}, mtu))
	return []netip.Addr{ends[0][0].Addr(), ends[0][1].Addr()}, []netip.Addr{ends[1][0].Addr(), ends[1][1].Addr()}
}

// route sends a prefix to gateways, with a source address of choice if valid.
func route(t *testing.T, n *kernel.Namespace, dst netip.Prefix, source netip.Addr, gateways ...netip.Addr) {
	r := kernel.Route{Dst: dst, Source: source}
	for _, g := range gateways {
		r.Hops = append(r.Hops, kernel.Hop{Addr: g})
	}
	require.NoError(t, n.SetRoute(r))
}

var everything = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func newSite(t *testing.T) *site {
	s := &site{
		t: t, client: namespace(t), spine: router(t, 1), in: map[string]*kernel.Namespace{}, leaf: map[string]*kernel.Namespace{}, link: map[string]string{}, lb: map[string]*dataplane.Server{},
		changed: make(chan struct{}, 1), down: map[string]map[netip.Addr]bool{},
	}
	none := []netip.Addr{{}, {}}
	link := 1
	low, up := connect(t, s.client, s.spine, 0, 1500)
	require.NoError(t, s.client.AddAddresses("lo", host(client[0]), host(client[1])))
	var toLeaves [2][]netip.Addr
	for colo, servers := range []int{4, 2, 1} {
		leaf := router(t, uint32(colo+2))
		s.leaf[string(rune('a'+colo))] = leaf
		leafLow, leafUp := connect(t, leaf, s.spine, link, 1600)
		link++
		var toServers [2][]netip.Addr
		for i := range servers {
			m := dataplane.Member{Name: fmt.Sprintf("%c%d", 'a'+colo, i+1), Colo: string(rune('a' + colo))}
			m.Addrs = []netip.Addr{prefix("10.%d.0.%d/32", colo+1, i+1).Addr(), prefix("fd00:%x::%x/128", colo+1, i+1).Addr()}
			s.members = append(s.members, m)
			s.fleet = append(s.fleet, multimog.Server{Name: m.Name, Colo: m.Colo, Weight: 1})
			n := namespace(t)
			require.NoError(t, n.BeHost())
			serverLow, serverUp := connect(t, n, leaf, link, 1600)
			s.link[m.Name] = fmt.Sprintf("south%d", link)
			link++
			for f := range vips {
				require.NoError(t, n.AddAddresses("lo", host(m.Addrs[f]), host(vips[f])))
				route(t, n, everything[f], m.Addrs[f], serverUp[f])
				route(t, leaf, host(m.Addrs[f]), none[f], serverLow[f])
				toServers[f] = append(toServers[f], serverLow[f])
			}
			require.NoError(t, n.Ready(t.Context()))
			s.in[m.Name] = n
		}
		for f := range vips {
			route(t, leaf, everything[f], none[f], leafUp[f])
			route(t, leaf, host(vips[f]), none[f], toServers[f]...)
			route(t, s.spine, block(colo)[f], none[f], leafLow[f])
			toLeaves[f] = append(toLeaves[f], leafLow[f])
		}
		require.NoError(t, leaf.Ready(t.Context()))
	}
	for f := range vips {
		route(t, s.client, everything[f], client[f], up[f])
		route(t, s.spine, host(client[f]), none[f], low[f])
		route(t, s.spine, host(vips[f]), none[f], toLeaves[f]...)
	}
	require.NoError(t, s.client.Ready(t.Context()))
	require.NoError(t, s.spine.Ready(t.Context()))
	s.start()
	return s
}

// block returns the site-local prefixes of a colo.
func block(colo int) []netip.Prefix {
	return []netip.Prefix{prefix("10.%d.0.0/16", colo+1), prefix("fd00:%x::/32", colo+1)}
}

// start runs on every server the program, its agents, and a service that answers with the server's name.
func (s *site) start() {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	s.t.Cleanup(func() { stop(); running.Wait() })
	for _, m := range s.members {
		lb, err := dataplane.Load(dataplane.Config{
			Self: m.Name, Members: s.members, Size: size,
			VIPs: []dataplane.VIP{{Addr: vips[0], Fleet: s.fleet}, {Addr: vips[1], Fleet: s.fleet}},
		})
		require.NoError(s.t, err)
		s.t.Cleanup(func() { require.NoError(s.t, lb.Close()) })
		s.lb[m.Name], s.down[m.Name] = lb, map[netip.Addr]bool{}
		require.NoError(s.t, s.in[m.Name].Do(func() error { return lb.Attach("north") }))
		for f := range vips {
			service := s.listen(m.Name, netip.AddrPortFrom(vips[f], port))
			context.AfterFunc(ctx, func() { service.Close() })
			running.Go(func() { serve(service, m.Name) })
			agent := dataplane.NewAgent(s.listen(m.Name, netip.AddrPortFrom(m.Addrs[f], port+1)), s.peers(m.Name, f),
				func(peer netip.Addr, up bool) error { return s.heard(m.Name, peer, up) })
			ticker := time.NewTicker(dataplane.Interval)
			running.Go(func() {
				defer ticker.Stop()
				if err := agent.Run(ctx, ticker.C); err != nil {
					s.t.Errorf("agent of %s: %v", m.Name, err)
				}
			})
		}
	}
}

func (s *site) peers(self string, f int) (peers []netip.AddrPort) {
	for _, m := range s.members {
		if m.Name != self {
			peers = append(peers, netip.AddrPortFrom(m.Addrs[f], port+1))
		}
	}
	return peers
}

func (s *site) listen(server string, at netip.AddrPort) (conn *net.UDPConn) {
	require.NoError(s.t, s.in[server].Do(func() (err error) {
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		return err
	}))
	return conn
}

// serve answers every packet with the name until the socket is closed.
func serve(conn *net.UDPConn, name string) {
	buf := make([]byte, 64)
	for {
		_, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		conn.WriteToUDPAddrPort([]byte(name), from)
	}
}

// heard is what an agent tells its program.
func (s *site) heard(server string, peer netip.Addr, up bool) error {
	err := s.lb[server].SetUp(peer, up)
	s.mu.Lock()
	if s.down[server][peer] == up {
		s.down[server][peer] = !up
		s.minds++
	}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return err
}

// settle waits until every server thinks that exactly those of other colos are down, if apart, or none.
func (s *site) settle(apart bool) {
	s.wait(func(m, other string) bool { return apart && m[0] != other[0] })
}

// wait waits until every server thinks of every other that it is down if down says so; names begin with the colo's.
func (s *site) wait(down func(m, other string) bool) {
	deadline := time.After(30 * time.Second)
	for !s.agreed(down) {
		select {
		case <-s.changed:
		case <-deadline:
			s.t.Fatalf("the agents do not settle: %v", s.down)
		}
	}
}

func (s *site) verdicts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.minds
}

func (s *site) agreed(down func(m, other string) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members {
		for _, other := range s.members {
			for _, a := range other.Addrs {
				if s.down[m.Name][a] != down(m.Name, other.Name) {
					return false
				}
			}
		}
	}
	return true
}
