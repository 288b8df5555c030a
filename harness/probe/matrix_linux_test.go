package probe

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
)

// one returns what comes of one question.
func one(t *testing.T, p *Prober, q Question) Answer {
	t.Helper()
	as, err := p.Matrix([]Question{q})
	require.NoError(t, err)
	require.Len(t, as, 1)
	return as[0]
}

func prober(t *testing.T) *Prober {
	p := New()
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestMatrixOfAllPairs(t *testing.T) {
	t.Parallel()
	s, p := newStar(t, 4), prober(t)
	var qs []Question
	for _, x := range append(s.pairs(false), s.pairs(true)...) {
		qs = append(qs, Question{Pair: x, Flows: 2})
	}
	require.Len(t, qs, 24)
	for range 2 {
		as, err := p.Matrix(qs)
		require.NoError(t, err)
		for i, a := range as {
			require.Equal(t, Answer{Echo: true, Came: 2, Replied: 2}, a, "%s to %s", qs[i].From.Addr, qs[i].To)
		}
	}
}

func TestMatrixTellsTheWayThereFromTheWayBack(t *testing.T) {
	t.Parallel()
	for _, v6 := range []bool{false, true} {
		s, p := newStar(t, 2), prober(t)
		there := Question{Pair: s.pairs(v6)[0], Flows: 3, Once: true}
		hole := kernel.Route{Dst: netip.PrefixFrom(there.From.Addr, there.From.Addr.BitLen()), Discard: true}
		require.NoError(t, s.router.SetRoute(hole))
		require.Equal(t, Answer{Came: 3}, one(t, p, there), "no way back")
		back := Question{Pair: s.pairs(v6)[1], Flows: 3, Once: true}
		require.Equal(t, Answer{}, one(t, p, back), "no way there")
		require.NoError(t, s.router.DeleteRoute(hole.Dst))
		require.Equal(t, Answer{Echo: true, Came: 3, Replied: 3}, one(t, p, there))
	}
}

// Both hosts are sent packets for an address: those to a host that does not have it are lost.
func TestFlowsTakeSeveralPaths(t *testing.T) {
	t.Parallel()
	shared := [2]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:ffff::1")}
	s, p := newStar(t, 3), prober(t)
	for i, vip := range shared {
		v6 := i == 1
		require.NoError(t, s.router.SetRoute(kernel.Route{Dst: netip.PrefixFrom(vip, vip.BitLen()),
			Hops: []kernel.Hop{{Addr: address(v6, 1, 1)}, {Addr: address(v6, 2, 1)}}}))
		q := Question{Pair: s.pairs(v6)[0], Flows: 24, Once: true}
		q.To, q.At = vip, s.hosts[1:2]
		require.NoError(t, s.hosts[1].AddAddresses("lo", netip.PrefixFrom(vip, vip.BitLen())))
		require.NoError(t, s.hosts[1].Ready(t.Context()))
		a := one(t, p, q)
		require.Greater(t, a.Came, 4)
		require.Less(t, a.Came, 20)
		require.Equal(t, a.Came, a.Replied)
		require.Equal(t, a, one(t, p, q), "the same flows take the same paths")

		require.NoError(t, s.hosts[2].AddAddresses("lo", netip.PrefixFrom(vip, vip.BitLen())))
		require.NoError(t, s.hosts[2].Ready(t.Context()))
		q.At = s.hosts[1:3]
		require.Equal(t, Answer{Echo: true, Came: 24, Replied: 24}, one(t, p, q), "either answers")
	}
}

func TestAddressThatANamespaceDoesNotHave(t *testing.T) {
	t.Parallel()
	s, p := newStar(t, 2), prober(t)
	q := Question{Pair: s.pairs(false)[0], Flows: 1}
	q.From.Addr = netip.MustParseAddr("192.0.2.9")
	_, err := p.Matrix([]Question{q})
	require.ErrorContains(t, err, "no socket for probes")
	require.ErrorContains(t, err, "192.0.2.9")
}

func BenchmarkMatrix64(b *testing.B) {
	s, p := newStar(b, 64), New()
	defer p.Close()
	var qs []Question
	for _, x := range s.pairs(false) {
		qs = append(qs, Question{Pair: x, Flows: 1})
	}
	b.ReportAllocs()
	for b.Loop() {
		as, err := p.Matrix(qs)
		require.NoError(b, err)
		for _, a := range as {
			if a != (Answer{Echo: true, Came: 1, Replied: 1}) {
				b.Fatal(a)
			}
		}
	}
}
