package dataplane_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/multimog"
)

const (
	size  = 4099
	flows = 20000
)

// send sends flows from as many ports of the client, one packet each, and returns the server that answered each.
func (s *site) send(f int) map[multimog.Flow]string {
	const senders, first = 4, 20000
	answers := make([]string, flows)
	errs := make([]error, senders)
	var wait sync.WaitGroup
	to := netip.AddrPortFrom(vips[f], port)
	for i := range senders {
		wait.Go(func() {
			errs[i] = s.client.Do(func() error {
				for n := i; n < flows; n += senders {
					name, err := request(netip.AddrPortFrom(client[f], uint16(first+n)), to)
					if err != nil {
						return fmt.Errorf("flow %d: %w", n, err)
					}
					answers[n] = name
				}
				return nil
			})
		})
	}
	wait.Wait()
	require.NoError(s.t, errors.Join(errs...))
	served := map[multimog.Flow]string{}
	for n, name := range answers {
		served[multimog.Flow{Src: netip.AddrPortFrom(client[f], uint16(first+n)), Dst: to, Proto: 17}] = name
	}
	return served
}

// measure returns who served the flows to the VIP of a family while the servers agreed on who is down. If an agent
// changed its mind meanwhile, as on a machine so busy that a peer is silent for too long, it measures again.
func (s *site) measure(f int, apart bool) map[multimog.Flow]string {
	for range 10 {
		s.settle(apart)
		before := s.verdicts()
		served := s.send(f)
		s.sent[f] += flows
		if s.verdicts() == before {
			return served
		}
	}
	s.t.Fatal("the agents changed their minds during every one of ten measurements: this machine is too busy")
	return nil
}

// request returns what one packet from a port of its own is answered.
func request(from, to netip.AddrPort) (string, error) {
	c, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(from), net.UDPAddrFromAddrPort(to))
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte("who")); err != nil {
		return "", err
	}
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

// judge tests the counts of the servers against the wanted shares by chi-square, and the shares of the colos one by one.
func (s *site) judge(served map[multimog.Flow]string, want []float64) {
	s.t.Helper()
	got := make([]int, len(s.fleet))
	share := make([]float64, len(s.fleet))
	for _, name := range served {
		for i, m := range s.fleet {
			if m.Name == name {
				got[i]++
				share[i] += 1.0 / flows
			}
		}
	}
	fit, err := multimog.ChiSquare(got, want)
	require.NoError(s.t, err)
	s.t.Logf("servers %v, colos %.4f, %+v", got, s.fleet.ByColo(share), fit)
	require.Greater(s.t, fit.P, 0.001)
	require.InDeltaSlice(s.t, s.fleet.ByColo(want), s.fleet.ByColo(share), 0.015) // 4.3 standard errors
}

// The founding story on real packets: shares of the flows follow capacity while servers reach each other over their
// site-local prefixes, and the routers' idea of equality when the prefixes are withdrawn.
func TestSharesFollowCapacityUntilSiteLocalsAreWithdrawn(t *testing.T) {
	s := newSite(t)
	table, err := s.fleet.Table(size)
	require.NoError(t, err)
	byWeight := s.fleet.Want()
	byColo := []float64{1. / 12, 1. / 12, 1. / 12, 1. / 12, 1. / 6, 1. / 6, 1. / 3}
	healthy := func() {
		for f := range vips {
			served := s.measure(f, false)
			for flow, name := range served {
				require.Equal(t, table.Lookup(flow.Hash()), name, flow)
			}
			s.judge(served, byWeight)
		}
	}
	healthy()

	withdrawn := s.withdraw()
	start := time.Now()
	s.settle(true)
	t.Logf("all agents saw the withdrawal in %v", time.Since(start))
	for f := range vips {
		served := s.measure(f, true)
		s.stayed(served, table)
		s.judge(served, byColo)
	}

	for _, r := range withdrawn {
		require.NoError(t, s.spine.SetRoute(r))
	}
	start = time.Now()
	s.settle(false)
	t.Logf("all agents saw the return in %v", time.Since(start))
	healthy()
	s.count()
}

// withdraw takes the site-local prefixes from the spine and returns the routes.
func (s *site) withdraw() (withdrawn []kernel.Route) {
	fib, err := s.spine.FIB()
	require.NoError(s.t, err)
	for colo := range 3 {
		for _, p := range block(colo) {
			for _, r := range fib {
				if r.Dst == p {
					withdrawn = append(withdrawn, r)
				}
			}
			require.NoError(s.t, s.spine.DeleteRoute(p))
		}
	}
	require.Len(s.t, withdrawn, 6)
	return withdrawn
}

// stayed checks that every flow is where some colo to which the routers may have brought it would keep it.
func (s *site) stayed(served map[multimog.Flow]string, whole *multimog.Table) {
	near := map[string]*multimog.Table{} // by colo
	colo := map[string]string{}          // by server
	for _, c := range s.fleet.Colos() {
		var fleet multimog.Fleet
		for _, m := range s.fleet {
			if m.Colo == c {
				fleet, colo[m.Name] = append(fleet, m), c
			}
		}
		table, err := fleet.Table(size)
		require.NoError(s.t, err)
		near[c] = table
	}
	for flow, name := range served {
		hash := flow.Hash()
		if target := whole.Lookup(hash); colo[target] == colo[name] {
			require.Equal(s.t, target, name, flow)
		} else {
			require.Equal(s.t, near[colo[name]].Lookup(hash), name, flow)
		}
	}
}

// count checks the programs' books: every packet was classified once, and every one encapsulated was decapsulated.
func (s *site) count() {
	for f, v := range vips {
		var classified, encapsulated, decapsulated uint64
		for _, lb := range s.lb {
			c, err := lb.Counts(v)
			require.NoError(s.t, err)
			classified += c.Classified()
			encapsulated += c.Encapsulated()
			decapsulated += c.Decapsulated
			require.Zero(s.t, c.Chained+c.Unhashable)
		}
		require.Equal(s.t, s.sent[f], classified)
		require.Equal(s.t, encapsulated, decapsulated)
		require.NotZero(s.t, encapsulated)
	}
}
