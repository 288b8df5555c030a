package probe

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
)

// star is hosts around a router, IPv4 and IPv6.
type star struct {
	router *kernel.Namespace
	hosts  []*kernel.Namespace
}

func newNamespace(t testing.TB) *kernel.Namespace {
	t.Helper()
	n, err := kernel.New("")
	require.NoError(t, err, "these tests need root")
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// address returns that of a host or, for end 254, that of the router on its link.
func address(v6 bool, host, end int) netip.Addr {
	if v6 {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::%x", host, end))
	}
	return netip.AddrFrom4([4]byte{10, 0, byte(host), byte(end)})
}

func newStar(t testing.TB, hosts int) star {
	t.Helper()
	s := star{router: newNamespace(t)}
	require.NoError(t, s.router.BeRouter(7))
	for i := range hosts {
		n := newNamespace(t)
		require.NoError(t, n.BeHost())
		ends := [2]kernel.End{{In: n, Name: "up0"}, {In: s.router, Name: fmt.Sprintf("down%d", i)}}
		for _, v6 := range []bool{false, true} {
			bits := map[bool]int{false: 24, true: 64}[v6]
			ends[0].Addrs = append(ends[0].Addrs, netip.PrefixFrom(address(v6, i, 1), bits))
			ends[1].Addrs = append(ends[1].Addrs, netip.PrefixFrom(address(v6, i, 254), bits))
		}
		require.NoError(t, kernel.Connect(ends[0], ends[1], 1600))
		for _, v6 := range []bool{false, true} {
			gw := address(v6, i, 254)
			all, err := gw.Prefix(0)
			require.NoError(t, err)
			require.NoError(t, n.SetRoute(kernel.Route{Dst: all, Hops: []kernel.Hop{{Addr: gw}}}))
		}
		s.hosts = append(s.hosts, n)
	}
	for _, n := range append(s.hosts, s.router) {
		require.NoError(t, n.Ready(t.Context()))
	}
	return s
}

// pairs returns all pairs of different hosts.
func (s star) pairs(v6 bool) []Pair {
	var out []Pair
	for i, from := range s.hosts {
		for j, to := range s.hosts {
			if i != j {
				out = append(out, Pair{From: End{In: from, Addr: address(v6, i, 1)}, To: address(v6, j, 1), At: []*kernel.Namespace{to}})
			}
		}
	}
	return out
}
