package probe

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
)

// turns lets the stream take its turns, 1 ms apart by its clock, and waits for the answers if there are to be any.
func turns(t *testing.T, s *Stream, n int, answers bool) {
	t.Helper()
	for range n {
		s.turn(time.UnixMilli(int64(s.turns)))
	}
	if answers {
		require.True(t, s.round.wait(still))
	}
}

func TestStreamSeesATransientLoss(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 3), prober(t)
	v4, v6 := l.pairs(false)[:2], l.pairs(true) // from host 0 to hosts 1 and 2, and all
	s, err := p.stream([]Class{{"v4", v4}, {"v6", v6}, {"none", nil}}, time.Millisecond)
	require.NoError(t, err)
	turns(t, s, 12, true)

	target := netip.PrefixFrom(address(false, 2, 1), 32)
	require.NoError(t, l.router.SetRoute(kernel.Route{Dst: target, Discard: true}))
	turns(t, s, 6, false)
	require.NoError(t, l.router.DeleteRoute(target))
	turns(t, s, 12, false)
	got, err := s.losses()
	require.NoError(t, err)
	require.Equal(t, []observe.Loss{{Class: "v4", Probes: 30, Lost: 3, Gap: 8 * time.Millisecond}, {Class: "v6", Probes: 30}, {Class: "none"}}, got)
}

func TestStreamSeesWhatStaysLost(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 2), prober(t)
	s, err := p.stream([]Class{{"one", l.pairs(false)[:1]}}, time.Millisecond)
	require.NoError(t, err)
	turns(t, s, 3, true)
	require.NoError(t, l.hosts[1].SetUp("up0", false))
	turns(t, s, 3, false)
	got, err := s.losses()
	require.NoError(t, err)
	require.Equal(t, []observe.Loss{{Class: "one", Probes: 6, Lost: 3, Gap: 3 * time.Millisecond, Open: 1}}, got)
}

// A sender that stood still has lost nothing, and what it did not watch is no gap.
func TestStreamDoesNotCountItsOwnStall(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 2), prober(t)
	s, err := p.stream([]Class{{"one", l.pairs(false)[:1]}}, time.Millisecond)
	require.NoError(t, err)
	s.turn(time.UnixMilli(0))
	s.turn(time.UnixMilli(60_000))
	require.True(t, s.round.wait(still))
	require.NoError(t, l.hosts[1].SetUp("up0", false))
	s.turn(time.UnixMilli(120_000))
	got, err := s.losses()
	require.NoError(t, err)
	require.Equal(t, []observe.Loss{{Class: "one", Probes: 3, Lost: 1, Gap: stall * time.Millisecond, Open: 1}}, got)
}

// Where not even a namespace answers itself, nothing is said to be lost.
func TestStreamOnAMachineThatStandsStill(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 2), prober(t)
	s, err := p.stream([]Class{{"one", l.pairs(false)[:1]}}, time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	s.still = time.Millisecond
	s.turn(time.UnixMilli(0))
	_, err = s.losses()
	require.ErrorContains(t, err, "cannot be told")
}

func TestStreamRunsUntilStopped(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 3), prober(t)
	s, err := p.Stream([]Class{{"v4", l.pairs(false)}, {"v6", l.pairs(true)}}, time.Millisecond)
	require.NoError(t, err)
	var qs []Question
	for _, x := range l.pairs(false) {
		qs = append(qs, Question{Pair: x, Flows: 1})
	}
	_, err = p.Matrix(qs)
	require.NoError(t, err)
	got, err := s.Stop()
	require.NoError(t, err)
	require.Positive(t, got[0].Probes)
	require.Equal(t, []observe.Loss{{Class: "v4", Probes: got[0].Probes}, {Class: "v6", Probes: got[0].Probes}}, got)
}

func TestStreamWithoutASocket(t *testing.T) {
	t.Parallel()
	l, p := newStar(t, 2), prober(t)
	x := l.pairs(false)[0]
	x.To = netip.MustParseAddr("192.0.2.9")
	_, err := p.Stream([]Class{{"one", []Pair{x}}}, time.Millisecond)
	require.ErrorContains(t, err, "192.0.2.9")
}
