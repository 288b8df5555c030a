package dataplane_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog/dataplane"
)

func listen(t testing.TB, addr string) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr)))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

type verdict struct {
	peer netip.Addr
	up   bool
}

// An agent asks a peer that answers only when the test wants it to; time goes by in ticks of the test.
func TestAgentGivesUpAfterFourAsksAndTakesBackAtOnce(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		own, ownAddr := listen(t, addr)
		peer, peerAddr := listen(t, addr)
		verdicts, ticks, done := make(chan verdict, 9), make(chan time.Time), make(chan error)
		agent := dataplane.NewAgent(own, []netip.AddrPort{peerAddr}, func(p netip.Addr, up bool) error {
			verdicts <- verdict{p, up}
			return nil
		})
		ctx, stop := context.WithCancel(t.Context())
		go func() { done <- agent.Run(ctx, ticks) }()
		for range 2 {
			for range 4 {
				ticks <- time.Time{}
			}
			require.Empty(t, verdicts) // the agent has finished all ticks but the last, which is an ask
			for range 2 {
				ticks <- time.Time{}
				require.Equal(t, verdict{peerAddr.Addr(), false}, <-verdicts)
			}
			_, err := peer.WriteToUDPAddrPort([]byte("closlab answer"), ownAddr)
			require.NoError(t, err)
			require.Equal(t, verdict{peerAddr.Addr(), true}, <-verdicts)
		}
		buf := make([]byte, 64)
		for range 12 {
			n, _, err := peer.ReadFromUDPAddrPort(buf)
			require.NoError(t, err)
			require.Equal(t, "closlab ask", string(buf[:n]))
		}
		stop()
		require.NoError(t, <-done)
	}
}

// While an agent is held up, ticks pass and are lost, as those of a time.Ticker are, and answers wait. It blames nobody.
func TestAgentThatWasHeldUpBlamesNobody(t *testing.T) {
	t.Parallel()
	own, ownAddr := listen(t, "127.0.0.1:0")
	peer, peerAddr := listen(t, "127.0.0.1:0")
	told, held := make(chan verdict), make(chan struct{})
	ticks := make(chan time.Time, 1)
	agent := dataplane.NewAgent(own, []netip.AddrPort{peerAddr}, func(p netip.Addr, up bool) error {
		told <- verdict{p, up}
		<-held
		return nil
	})
	go agent.Run(t.Context(), ticks)
	buf := make([]byte, 64)
	for range 3 {
		ticks <- time.Time{}
		_, _, err := peer.ReadFromUDPAddrPort(buf) // the agent has asked
		require.NoError(t, err)
		_, err = peer.WriteToUDPAddrPort([]byte("closlab answer"), ownAddr)
		require.NoError(t, err)
		require.Equal(t, verdict{peerAddr.Addr(), true}, <-told)
		for range 20 {
			select {
			case ticks <- time.Time{}:
			default:
			}
		}
		held <- struct{}{} // it goes on, with one tick: one more ask
		_, _, err = peer.ReadFromUDPAddrPort(buf)
		require.NoError(t, err)
		_, err = peer.WriteToUDPAddrPort([]byte("closlab answer"), ownAddr)
		require.NoError(t, err)
		require.Equal(t, verdict{peerAddr.Addr(), true}, <-told)
		held <- struct{}{}
	}
}

func TestAgentsAnswerEachOther(t *testing.T) {
	t.Parallel()
	own, ownAddr := listen(t, "127.0.0.1:0")
	stranger, _ := listen(t, "127.0.0.1:0")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error)
	go func() { done <- dataplane.NewAgent(own, nil, nil).Run(ctx, nil) }()
	for _, message := range []string{"noise", "closlab answer", "closlab ask"} { // only the last one is answered
		_, err := stranger.WriteToUDPAddrPort([]byte(message), ownAddr)
		require.NoError(t, err)
	}
	buf := make([]byte, 64)
	n, from, err := stranger.ReadFromUDPAddrPort(buf)
	require.NoError(t, err)
	require.Equal(t, ownAddr, from)
	require.Equal(t, "closlab answer", string(buf[:n]))
	own.Close() // by somebody else
	require.ErrorIs(t, <-done, net.ErrClosed)
}
