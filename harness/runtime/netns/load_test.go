//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// flows sends so many flows to the services that share routes and servers, and returns the loads.
func flows(t *testing.T, r *netns.Runtime, sample int) []observe.Load {
	t.Helper()
	req := observe.Request{Sample: sample}
	for _, s := range r.Fabric.Services {
		req.Services = append(req.Services, s.Name)
	}
	start := time.Now()
	s, err := r.Observe(req)
	require.NoError(t, err)
	t.Logf("flows to %d services counted in %s", len(req.Services), time.Since(start))
	require.Len(t, s.Loads, 2*len(req.Services))
	return s.Loads
}

// column returns one figure of each colo, or of each server.
func column(shares []observe.Share, of func(observe.Share) float64) []float64 {
	out := make([]float64, len(shares))
	for i, s := range shares {
		out[i] = of(s)
	}
	return out
}

func served(s observe.Share) float64 { return s.Share }
func landed(s observe.Share) float64 { return s.Landed }

var (
	perColo    = []float64{1. / 3, 1. / 3, 1. / 3}
	byCapacity = []float64{4. / 7, 2. / 7, 1. / 7}
)

// healthy wants each service to be served by capacity wherever its flows land, and nothing lost or dropped.
func healthy(t *testing.T, loads []observe.Load) {
	t.Helper()
	for _, l := range loads {
		within := 5 * 0.5 / 58 // standard errors of the largest share among a sixth of the flows
		if l.V6 {
			within = 5 * 0.5 / 141
		}
		require.InDeltaSlice(t, byCapacity, column(l.Colos, served), within, l.Service)
		require.InDeltaSlice(t, perColo, column(l.Colos, landed), within, l.Service)
		require.Zero(t, l.Lost+l.Dropped+l.Unanswered, l.Service)
		require.InDelta(t, 2./3, l.Foreign, within)
	}
}

// The founding incident in real flows: the site-locals go, servers lose each other, two thirds of the flows fall into a black
// hole until the load balancers notice, and then the smallest colo has to serve a third and drops what it cannot. Rolled back it heals.
func TestFoundingIncidentInRealFlows(t *testing.T) {
	base, r, ctx := up(t, "mcp")
	before := flows(t, r, 20000)
	healthy(t, before)
	require.Equal(t, 3334, before[0].Flows, "six services share routes and servers")
	require.Equal(t, "free", before[2].Pool)
	require.Equal(t, 20000, before[12].Flows)
	connect(t, r)

	cand, err := base.With("../../../scenarios/reordered-site-locals/candidate")
	require.NoError(t, err)
	live := lab.New(base.Fabric, r)
	for _, node := range cand.Order {
		require.NoError(t, live.Apply(ctx, cand.After, node))
	}
	for _, l := range flows(t, r, 20000) {
		within := 5 * 0.5 / 29 // among a sixth of a quarter of the flows
		if l.Phase == observe.Settled {
			within /= 2
			require.Zero(t, l.Lost+l.Foreign)
			require.InDeltaSlice(t, perColo, column(l.Colos, served), within, l.Service)
			c := l.Colos[2]
			require.InDelta(t, 1.63, c.Utilisation, 7*within)
			require.Zero(t, l.Colos[0].Dropped+l.Colos[1].Dropped, "only C is overloaded")
			require.Equal(t, l.Dropped, c.Dropped)
			if l.V6 { // alone on its servers: its flows meet their exact capacity
				capacity := math.Round(20000/0.7/7) / 20000
				require.InDelta(t, c.Share-capacity, c.Dropped, 1e-9)
			}
			require.InDelta(t, 1./3-1./7/0.7, c.Dropped, within)
			continue
		}
		require.InDelta(t, 2./3, l.Lost, within, l.Service)
		require.InDelta(t, 2./3, l.Foreign, within)
		require.Zero(t, l.Dropped)
		require.InDeltaSlice(t, []float64{4. / 21, 2. / 21, 1. / 21}, column(l.Colos, served), within, l.Service)
	}
	connect(t, r)

	require.NoError(t, live.Rollback(ctx))
	require.Equal(t, before, flows(t, r, 20000), "the same flows take the same ways")
}

// Live servers share flows as predicted while a server, a whole colo or a router is cut off, and as before once it is back.
func TestLoadsUnderFaultsAreAsPredicted(t *testing.T) {
	_, r, ctx := up(t, "mcp")
	before := flows(t, r, 6000)
	predict := func(faults ...fabric.Fault) *observe.Snapshot {
		s := sim.New(r.Fabric, 1)
		for _, f := range faults {
			require.NoError(t, s.Break(f))
		}
		require.NoError(t, s.Settle(ctx))
		req := observe.Request{}
		for _, v := range r.Fabric.Services {
			req.Services = append(req.Services, v.Name)
		}
		out, err := s.Observe(req)
		require.NoError(t, err)
		return out
	}
	require.Empty(t, check.Disagreements(predict(), &observe.Snapshot{Loads: before}))
	for _, fault := range []fabric.Fault{
		{Kind: fabric.LinkDown, A: "leafA", B: "a1"},
		{Kind: fabric.LinkDown, A: "leafC", B: "c1"},
		{Kind: fabric.NodeDown, A: "spine1"},
	} {
		require.NoError(t, r.Break(fault))
		settle(t, ctx, r)
		seen := &observe.Snapshot{Loads: flows(t, r, 6000)}
		require.Empty(t, check.Disagreements(predict(fault), seen), fault)
		if fault.Kind == fabric.LinkDown {
			require.NotEmpty(t, check.Disagreements(predict(), seen), fault)
		}
		require.NoError(t, r.Mend(fault))
		settle(t, ctx, r)
		require.Equal(t, before, flows(t, r, 6000))
	}
}

// connect makes some connections from the client to every VIP; each is greeted by a server of the service.
func connect(t *testing.T, r *netns.Runtime) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	for _, s := range r.Fabric.Services {
		at := netip.AddrPortFrom(s.VIP, 80)
		greeted := map[string]bool{}
		for _, n := range r.Fabric.Nodes {
			if n.Role == fabric.Server && n.Colo != "T" {
				defer greet(t, ctx, r, n.Name, at)()
				greeted[n.Name] = true
			}
		}
		for i := range 5 {
			var c net.Conn
			inside(t, r, "client", func() (err error) {
				var d net.Dialer
				c, err = d.DialContext(ctx, "tcp", at.String())
				return err
			})
			deadline, _ := ctx.Deadline()
			require.NoError(t, c.SetDeadline(deadline))
			name, err := io.ReadAll(c)
			require.NoError(t, err, "connection %d to %s", i, s.Name)
			require.True(t, greeted[string(name)], "%s: %q", s.Name, name)
			require.NoError(t, c.Close())
		}
	}
}

// greet accepts connections on a server and says its name, until the function that it returns is called.
func greet(t *testing.T, ctx context.Context, r *netns.Runtime, server string, at netip.AddrPort) func() {
	var l net.Listener
	inside(t, r, server, func() (err error) {
		var c net.ListenConfig
		l, err = c.Listen(ctx, "tcp", at.String())
		return err
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(c, server) // the other side notices if it fails
			c.Close()
		}
	}()
	return func() { l.Close() }
}

// inside runs f on a node.
func inside(t *testing.T, r *netns.Runtime, node string, f func() error) {
	t.Helper()
	ns, err := kernel.Open(r.Name + "." + node)
	require.NoError(t, err)
	defer ns.Close()
	require.NoError(t, ns.Do(f))
}
