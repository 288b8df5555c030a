//go:build linux

package netns

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog/dataplane"
)

// agentPort is where agents ask and answer.
const agentPort = 4443

// mostAsks is how many asks a second the agents of a lab send together while the lab just runs: those of large sites ask
// less often, so that they leave the machine to the routers.
const mostAsks = 2000

// agents are those of all servers, one a family. Time goes by for them in ticks: of the clock while the lab just runs, and of
// whoever holds clock, so that nothing that takes long on this machine looks like a peer that is silent.
type agents struct {
	clock   sync.Mutex
	list    []*agent
	ctx     context.Context // they end with it
	stopped context.CancelFunc
	running sync.WaitGroup
	waking  sync.Once
	hearing time.Duration // that a peer which the forwarding tables lead to may take to answer one ask

	mu    sync.Mutex
	known map[view]verdict
	turn  int // of asking
	err   error
	news  chan struct{} // a verdict was given
}

// agent is a server's of one family.
type agent struct {
	of    *balancer
	peers []view
	ticks chan time.Time
}

// view is how a server sees another at an address of that one.
type view struct {
	from, to *balancer
	at       netip.Addr
}

// verdict is whether a peer is up, and in which turn that was found.
type verdict struct {
	up   bool
	turn int
}

// startAgents runs the agents of the load balancers until stop or the end of life. Their time stands still until wake.
func startAgents(life context.Context, list []*balancer) (*agents, error) {
	as := &agents{known: map[view]verdict{}, news: make(chan struct{}, 1), hearing: time.Second}
	as.ctx, as.stopped = context.WithCancel(life)
	for _, b := range list {
		for _, fam := range fabric.Families {
			if !b.serves(fam) {
				continue
			}
			a := &agent{of: b, ticks: make(chan time.Time, 1)}
			for _, other := range list {
				if other != b && other.site == b.site && other.serves(fam) {
					a.peers = append(a.peers, view{b, other, other.node.Addrs[fam]})
				}
			}
			if err := as.run(a, b.node.Addrs[fam]); err != nil {
				return as, err
			}
		}
	}
	return as, nil
}

// run starts an agent at an address of its server.
func (as *agents) run(a *agent, at netip.Addr) error {
	var conn *net.UDPConn
	err := a.of.node.ns.Do(func() error {
		var err error
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, agentPort)))
		return err
	})
	if err != nil {
		return fmt.Errorf("server %s: no socket for its load balancer's agent: %w", a.of.node.Name, err)
	}
	seen := map[netip.Addr]view{}
	var peers []netip.AddrPort
	for _, v := range a.peers {
		seen[v.at] = v
		peers = append(peers, netip.AddrPortFrom(v.at, agentPort))
	}
	agent := dataplane.NewAgent(conn, peers, func(peer netip.Addr, up bool) error { return as.told(seen[peer], up) })
	as.list = append(as.list, a)
	as.running.Go(func() {
		if err := agent.Run(as.ctx, a.ticks); err != nil {
			as.mu.Lock()
			as.err = cmp.Or(as.err, err)
			as.mu.Unlock()
			as.stopped() // all: what is known without it would not be what is settled
		}
	})
	return nil
}

// told is what an agent tells of a peer.
func (as *agents) told(v view, up bool) error {
	err := v.from.SetUp(v.at, up)
	as.mu.Lock()
	as.known[v] = verdict{up, as.turn}
	as.mu.Unlock()
	select {
	case as.news <- struct{}{}:
	default:
	}
	return err
}
