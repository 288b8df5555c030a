package dataplane

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

const drop = 2 // TC_ACT_SHOT

// alone is the server a1 without others, so that it serves every flow.
func alone(t *testing.T) *Server {
	c := config()
	c.Members = c.Members[:1]
	for i := range c.VIPs {
		c.VIPs[i].Fleet = fleet[:1]
	}
	return load(t, c)
}

func newFlow(port uint16, vip netip.Addr, proto uint8) []byte {
	src := map[bool]string{false: "198.51.100.1", true: "2001:db8:99::1"}[vip.Is6()]
	p := packet(multimog.Flow{Src: netip.AddrPortFrom(netip.MustParseAddr(src), port), Dst: netip.AddrPortFrom(vip, 443), Proto: proto})
	if proto == 6 {
		p[map[bool]int{false: 14 + 20, true: 14 + 40}[vip.Is6()]+13] = 0x02 // SYN
	}
	return p
}

// A server takes exactly as many new flows as it has capacity for, whatever VIP and protocol they are of.
func TestExactCapacity(t *testing.T) {
	t.Parallel()
	s := alone(t)
	counts := func() (admitted, dropped uint64) {
		for _, v := range []netip.Addr{vip4, vip6} {
			c, err := s.Counts(v)
			require.NoError(t, err)
			admitted, dropped = admitted+c.Admitted, dropped+c.Dropped
		}
		return admitted, dropped
	}
	require.NoError(t, s.Limit(0, 10))
	for i := range uint16(40) {
		want := uint32(pass)
		if i >= 10 {
			want = drop
		}
		action, _ := run(t, s, newFlow(i, []netip.Addr{vip4, vip6}[i%2], []uint8{6, 17}[i/2%2]))
		require.Equal(t, want, action, i)
	}
	admitted, dropped := counts()
	require.EqualValues(t, 10, admitted)
	require.EqualValues(t, 30, dropped)

	acknowledged := newFlow(1, vip4, 6)
	acknowledged[14+20+13] = 0x10 // ACK
	for name, free := range map[string][]byte{
		"a packet of a connection": acknowledged,
		"a ping":                   ethernet(inet(netip.MustParseAddr("198.51.100.1"), vip4, 1, make([]byte, 16))),
		"not a VIP":                ethernet(inet(netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("10.1.0.1"), 17, make([]byte, 16))),
	} {
		action, _ := run(t, s, free)
		require.EqualValues(t, pass, action, name)
	}
	require.NoError(t, s.Unlimit())
	action, _ := run(t, s, newFlow(1, vip4, 17))
	require.EqualValues(t, pass, action)
	admitted, dropped = counts()
	require.EqualValues(t, 11, admitted)
	require.EqualValues(t, 30, dropped)
}

// The server that a flow is for drops it, not the one that it is brought to, and the flow is counted once.
func TestOnlyTheServingServerDrops(t *testing.T) {
	t.Parallel()
	c := config()
	c.VIPs[0].Fleet = fleet[3:] // c1
	s := load(t, c)
	require.NoError(t, s.Limit(0, 0))
	action, _ := run(t, s, newFlow(1, vip4, 17))
	require.EqualValues(t, redirect, action)
	inner := newFlow(1, vip4, 17)[14:]
	action, _ = run(t, s, ethernet(inet(netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("10.1.0.1"), 4, inner)))
	require.EqualValues(t, drop, action)
	got, err := s.Counts(vip4)
	require.NoError(t, err)
	require.Equal(t, Counts{Sent: map[string]uint64{"a2": 0, "b1": 0, "c1": 1}, Decapsulated: 1, Dropped: 1}, got)
}

// The bucket fills with time and overflows at its size.
func TestCapacityRefills(t *testing.T) {
	t.Parallel()
	s := alone(t)
	require.NoError(t, s.Limit(1e9, 1)) // one a nanosecond: full again before the next packet
	for i := range uint16(100) {
		action, _ := run(t, s, newFlow(i, vip4, 17))
		require.EqualValues(t, pass, action)
	}
	require.NoError(t, s.Limit(1000, 5))
	start, passed := time.Now(), 0
	for passed < 25 {
		if action, _ := run(t, s, newFlow(1, vip4, 17)); action == pass {
			passed++
		}
	}
	require.GreaterOrEqual(t, time.Since(start), 19*time.Millisecond, "five at once, then one a millisecond: never faster")
	require.ErrorContains(t, s.Limit(0, math.MaxUint64), "is more than the program can count")
}
