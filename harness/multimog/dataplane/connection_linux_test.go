package dataplane_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

// A connection stays on its server when the weights move its slot to another one, and a new one goes to the other.
func TestConnectionsSurviveAChangeOfWeights(t *testing.T) {
	s := newSite(t)
	s.settle(false)
	after := append(multimog.Fleet(nil), s.fleet...)
	after[0].Weight, after[6].Weight = 0, 9 // a1 is drained to c1
	before, err := s.fleet.Table(size)
	require.NoError(t, err)
	then, err := after.Table(size)
	require.NoError(t, err)
	for f := range vips {
		to := netip.AddrPortFrom(vips[f], port)
		for _, m := range s.members {
			s.answer(m.Name, to)
		}
		from := netip.AddrPortFrom(client[f], 30000)
		moves := func() bool {
			hash := multimog.Flow{Src: from, Dst: to, Proto: 6}.Hash()
			return before.Lookup(hash) == "a1" && then.Lookup(hash) == "c1"
		}
		for !moves() {
			from = netip.AddrPortFrom(from.Addr(), from.Port()+1)
		}
		old := s.dial(from, to)
		require.Equal(t, "a1", ask(t, old))
		for _, lb := range s.lb {
			require.NoError(t, lb.SetFleet(vips[f], after))
		}
		require.Equal(t, "a1", ask(t, old))
		c, err := s.lb["c1"].Counts(vips[f])
		require.NoError(t, err)
		require.NotZero(t, c.Chained)
		for from = netip.AddrPortFrom(from.Addr(), from.Port()+1); !moves(); {
			from = netip.AddrPortFrom(from.Addr(), from.Port()+1)
		}
		require.Equal(t, "c1", ask(t, s.dial(from, to)))
	}
}

// Connections to servers that stay reachable go on when another server goes down: those whose target is up, and those that
// are where they are because their target is down.
func TestConnectionsSurviveTheLossOfAnotherServer(t *testing.T) {
	s := newSite(t)
	for f := range vips {
		for _, m := range s.members {
			s.answer(m.Name, netip.AddrPortFrom(vips[f], port))
		}
	}
	s.settle(false)
	s.withdraw()
	s.settle(true)
	open := map[net.Conn]string{}
	for f := range vips {
		for i := range uint16(40) {
			c := s.dial(netip.AddrPortFrom(client[f], 30000+i), netip.AddrPortFrom(vips[f], port))
			open[c] = ask(t, c)
		}
	}
	s.lose("a3")
	stayed := 0
	for c, server := range open {
		if server != "a3" {
			require.Equal(t, server, ask(t, c))
			stayed++
		}
	}
	require.Less(t, stayed, len(open), "some were on the server that is lost")
}

// lose takes the link of a server of colo a down, and waits until the others have noticed.
func (s *site) lose(server string) {
	require.NoError(s.t, s.leaf["a"].SetUp(s.link[server], false))
	s.wait(func(m, other string) bool { return m[0] != other[0] || m != other && (m == server || other == server) })
}

// answer serves TCP on a server: each byte is answered with the server's name of two bytes.
func (s *site) answer(server string, at netip.AddrPort) {
	var l net.Listener
	require.NoError(s.t, s.in[server].Do(func() (err error) { l, err = net.Listen("tcp", at.String()); return err }))
	s.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 1)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write([]byte(server)); err != nil {
						return
					}
				}
			}()
		}
	}()
}

func (s *site) dial(from, to netip.AddrPort) (c net.Conn) {
	require.NoError(s.t, s.client.Do(func() (err error) {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from), Timeout: 10 * time.Second}
		c, err = d.Dial("tcp", to.String())
		return err
	}))
	s.t.Cleanup(func() { c.Close() })
	return c
}

func ask(t *testing.T, c net.Conn) string {
	t.Helper()
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err := c.Write([]byte("?"))
	require.NoError(t, err)
	buf := make([]byte, 2)
	_, err = c.Read(buf)
	require.NoError(t, err)
	return string(buf)
}
