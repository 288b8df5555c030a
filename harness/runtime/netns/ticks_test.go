//go:build linux

package netns

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// pairOfAgents is the agents of a1 and b1, which do what takes their ticks says.
func pairOfAgents(t *testing.T, take func(as *agents, a *agent, tick int)) (*agents, view) {
	as := &agents{known: map[view]verdict{}, news: make(chan struct{}, 1), hearing: 10 * time.Millisecond}
	as.ctx, as.stopped = context.WithCancel(t.Context())
	list := []*balancer{{node: &node{Node: &fabric.Node{Name: "a1"}}}, {node: &node{Node: &fabric.Node{Name: "b1"}}}}
	for i, b := range list {
		v := view{b, list[1-i], netip.MustParseAddr("198.18.0.1")}
		as.list = append(as.list, &agent{of: b, peers: []view{v}, ticks: make(chan time.Time, 1)})
	}
	for _, a := range as.list {
		as.running.Go(func() {
			for tick := 1; ; tick++ {
				select {
				case <-a.ticks:
					take(as, a, tick)
				case <-as.ctx.Done():
					return
				}
			}
		})
	}
	t.Cleanup(as.stop)
	return as, as.list[0].peers[0]
}

// say notes what an agent thinks of its peer.
func (as *agents) say(a *agent, up bool) {
	as.mu.Lock()
	as.known[a.peers[0]] = verdict{up, as.turn}
	as.mu.Unlock()
	select {
	case as.news <- struct{}{}:
	default:
	}
}

var (
	reached = []observe.Trip{{From: "a1", To: "b1", Out: observe.Walk{Ending: observe.Delivered}, Back: observe.Walk{Ending: observe.Delivered}}}
	cutOff  = []observe.Trip{{From: "a1", To: "b1", Out: observe.Walk{Ending: observe.Discarded, Lost: 1}}}
)

// A peer that had been silent is down at the first tick: if the tables lead there, it is asked on until it answers.
func TestAgentsWaitForPeersThatTheTablesLeadTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trips []observe.Trip
		down  bool
	}{"near": {reached, false}, "cut off": {cutOff, true}} {
		as, v := pairOfAgents(t, func(as *agents, a *agent, tick int) { as.say(a, tick >= 3) })
		down, err := as.know(c.trips)
		require.NoError(t, err, name)
		if c.down {
			require.Contains(t, down, v, name)
		} else {
			require.Empty(t, down, name)
		}
	}
}

func TestAgentsThatNeverAnswerAreDown(t *testing.T) {
	t.Parallel()
	as, v := pairOfAgents(t, func(as *agents, a *agent, tick int) {
		if tick == 5 {
			as.say(a, false)
		}
	})
	down, err := as.know(reached)
	require.NoError(t, err)
	require.Contains(t, down, v)
}

func TestWhatAgentsKnowCannotBeTold(t *testing.T) {
	t.Parallel()
	as, _ := pairOfAgents(t, func(*agents, *agent, int) {})
	_, err := as.know(reached)
	require.ErrorContains(t, err, "what the load balancers' agents know cannot be told: this machine stands still")

	as, _ = pairOfAgents(t, func(as *agents, _ *agent, _ int) {
		as.mu.Lock()
		as.err = errors.New("socket closed")
		as.mu.Unlock()
		as.stopped()
	})
	_, err = as.know(reached)
	require.ErrorContains(t, err, "what the load balancers' agents know cannot be told: socket closed")
}
