package probe

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
)

// anycast is an address that all hosts of a star but the first have, and to which the router has equal routes over them.
func anycast(v6 bool) netip.Addr {
	return netip.MustParseAddr(map[bool]string{false: "192.0.2.1", true: "2001:db8:ffff::1"}[v6])
}

// newAnycast returns a star and the flows that come in at its router, from the address of the first host, to the anycast address.
func newAnycast(t testing.TB, v6 bool, servers, flows int) (star, Flows) {
	t.Helper()
	s := newStar(t, servers+1)
	target := Target{Addr: anycast(v6), Servers: s.hosts[1:]}
	for _, n := range target.Servers {
		require.NoError(t, n.AddAddresses("lo", netip.PrefixFrom(target.Addr, target.Addr.BitLen())))
		require.NoError(t, n.Ready(t.Context()))
	}
	s.route(t, v6, servers)
	return s, Flows{From: []Entry{{s.router, address(v6, 0, 1), s.hosts[0]}}, To: []Target{target}, Count: flows, Seed: 1}
}

// route sends the anycast address to the first so many of its servers.
func (s star) route(t testing.TB, v6 bool, servers int) {
	route := kernel.Route{Dst: netip.PrefixFrom(anycast(v6), anycast(v6).BitLen())}
	for i := range servers {
		route.Hops = append(route.Hops, kernel.Hop{Addr: address(v6, i+1, 1)})
	}
	require.NoError(t, s.router.SetRoute(route))
}

func opened(t testing.TB, f Flows) *Run {
	t.Helper()
	r, err := Open(f)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func send(t testing.TB, r *Run) int {
	t.Helper()
	sent, err := r.Send()
	require.NoError(t, err)
	sum := 0
	for _, n := range sent {
		sum += n
	}
	return sum
}

// The router spreads the flows over the servers, every one is served once and answered, and the same seed gives the same flows.
func TestFlowsAreServedAndAnswered(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		const flows = 3000
		s, f := newAnycast(t, v6, 3, flows)
		elsewhere := netip.MustParseAddr(map[bool]string{false: "198.51.100.7", true: "2001:db8:fffe::7"}[v6])
		f.From = append(f.From, Entry{At: s.router, Source: elsewhere}) // a source that answers do not come to
		var first []Tally
		for seed := range uint64(2) {
			f.Seed = 1 + seed/2
			r := opened(t, f)
			require.Equal(t, flows, send(t, r))
			got := r.Tallies()
			require.Len(t, got, 1)
			require.Equal(t, flows/2, got[0].Due)
			require.Equal(t, flows/2, got[0].Answered)
			sum := 0
			for _, n := range got[0].Served {
				require.InDelta(t, flows/3, n, 130) // five standard errors
				sum += n
			}
			require.Equal(t, flows, sum)
			require.Zero(t, send(t, r), "nothing is left to send")
			require.NoError(t, r.Close())
			if first == nil {
				first = got
			}
			require.Equal(t, first, got)
		}
	}
}

// What no server gets is known to be lost, to the last flow, and comes when it is tried again and the way is free.
func TestLostFlowsAreCountedAndTriedAgain(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		const flows = 2000
		s, f := newAnycast(t, v6, 4, flows)
		f.To[0].Servers = f.To[0].Servers[:3] // nobody listens on the fourth
		r := opened(t, f)
		require.Equal(t, flows, send(t, r))
		got := r.Tallies()[0]
		served := got.Served[0] + got.Served[1] + got.Served[2]
		require.InDelta(t, flows*3/4, served, 100)
		require.Equal(t, served, got.Due)
		require.Equal(t, served, got.Answered)

		s.route(t, v6, 3)
		require.Equal(t, flows-served, send(t, r), "only what was lost")
		got = r.Tallies()[0]
		require.Equal(t, flows, got.Served[0]+got.Served[1]+got.Served[2])
		require.Equal(t, flows, got.Answered)
	}
}

func TestAnswersThatDoNotComeBack(t *testing.T) {
	s, f := newAnycast(t, false, 1, 100)
	require.NoError(t, s.hosts[1].DeleteRoute(netip.MustParsePrefix("0.0.0.0/0")))
	r := opened(t, f)
	send(t, r)
	require.Equal(t, []Tally{{Served: []int{100}, Due: 100}}, r.Tallies())
}

func TestFlowsRefuseWhatTheyCannotTell(t *testing.T) {
	_, f := newAnycast(t, false, 1, 10)
	r := opened(t, f)
	r.still = time.Millisecond
	r.mark = append(r.mark, func() error { return nil }) // a reader that does not read
	_, err := r.Send()
	require.EqualError(t, err, "flows: what is lost cannot be told: this machine stood still")

	f.Count = MostFlows + 1
	_, err = Open(f)
	require.EqualError(t, err, "64513 flows to an address over 1 entries: there are ports for 64512 at each")
}

// BenchmarkFlows is the time for 20,000 flows over one router, with their answers.
func BenchmarkFlows(b *testing.B) {
	_, f := newAnycast(b, false, 7, 20000)
	for b.Loop() {
		r, err := Open(f)
		require.NoError(b, err)
		require.Equal(b, 20000, send(b, r))
		require.NoError(b, r.Close())
	}
}
