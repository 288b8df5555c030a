package kernel_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"github.com/closlab/closlab/harness/kernel"
)

// prefix of the names of this process' namespaces.
var prefix = fmt.Sprintf("closlab-test-%d-", os.Getpid())

func newNamespace(t testing.TB) *kernel.Namespace {
	t.Helper()
	n, err := kernel.New("")
	require.NoError(t, err, "these tests need root")
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// inside returns the identity of the namespace that this thread is in.
func inside(t testing.TB) string {
	t.Helper()
	id, err := os.Readlink("/proc/thread-self/ns/net")
	require.NoError(t, err)
	return id
}

// line is left -- router -- right, IPv4 and IPv6.
type line struct{ left, router, right *kernel.Namespace }

var (
	leftAddr   = netip.MustParseAddr("10.0.1.1")
	rightAddr  = netip.MustParseAddr("10.0.2.1")
	rightAddr6 = netip.MustParseAddr("2001:db8:2::1")
)

func newLine(t testing.TB) line {
	t.Helper()
	l := line{newNamespace(t), newNamespace(t), newNamespace(t)}
	require.NoError(t, l.router.BeRouter(7))
	for i, n := range []*kernel.Namespace{l.left, l.right} {
		require.NoError(t, n.BeHost())
		v4, v6 := fmt.Sprintf("10.0.%d.", i+1), fmt.Sprintf("2001:db8:%d::", i+1)
		require.NoError(t, kernel.Connect(
			kernel.End{In: n, Name: "up0", Addrs: []netip.Prefix{netip.MustParsePrefix(v4 + "1/24"), netip.MustParsePrefix(v6 + "1/64")}},
			kernel.End{In: l.router, Name: fmt.Sprintf("down%d", i), Addrs: []netip.Prefix{netip.MustParsePrefix(v4 + "254/24"), netip.MustParsePrefix(v6 + "fe/64")}},
			1600))
		for _, via := range []string{v4 + "254", v6 + "fe"} {
			gw := netip.MustParseAddr(via)
			all, err := gw.Prefix(0)
			require.NoError(t, err)
			require.NoError(t, n.SetRoute(kernel.Route{Dst: all, Hops: []kernel.Hop{{Addr: gw}}}))
		}
	}
	for _, n := range []*kernel.Namespace{l.left, l.router, l.right} {
		require.NoError(t, n.Ready(t.Context()))
	}
	return l
}

func TestDoComesHome(t *testing.T) {
	t.Parallel()
	n := newNamespace(t)
	outer, within := inside(t), ""
	wrong := errors.New("wrong")
	require.ErrorIs(t, n.Do(func() error { within = inside(t); return wrong }), wrong)
	require.NotEqual(t, outer, within)
	require.Equal(t, outer, inside(t))
}

func TestNamedNamespace(t *testing.T) {
	t.Parallel()
	name := prefix + "named"
	n, err := kernel.New(name)
	require.NoError(t, err)
	_, err = kernel.New(name)
	require.ErrorIs(t, err, fs.ErrExist)
	again, err := kernel.Open(name)
	require.NoError(t, err)
	var a, b string
	require.NoError(t, n.Do(func() error { a = inside(t); return nil }))
	require.NoError(t, again.Do(func() error { b = inside(t); return nil }))
	require.Equal(t, a, b)
	require.NoError(t, again.Close())
	require.NoError(t, n.Delete())
	_, err = kernel.Open(name)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoFileExists(t, "/run/netns/"+name)
}

func TestBadNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a/b", "..", ".hidden", "a b", "-x"} {
		_, err := kernel.New(name)
		require.ErrorContains(t, err, "a name is letters", name)
	}
}

func TestPacketsCrossTheRouterAtOnce(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	for _, dst := range []netip.Addr{rightAddr, rightAddr6} {
		var server, client net.PacketConn
		require.NoError(t, l.right.Do(func() (err error) {
			server, err = net.ListenPacket("udp", netip.AddrPortFrom(dst, 9).String())
			return err
		}))
		defer server.Close()
		require.NoError(t, l.left.Do(func() (err error) { client, err = net.ListenPacket("udp", ":0"); return err }))
		defer client.Close()
		big := make([]byte, 1500) // with its headers more than 1500, at most 1600
		_, err := client.WriteTo(big, server.LocalAddr())
		require.NoError(t, err)
		require.NoError(t, server.SetReadDeadline(time.Now().Add(10*time.Second)))
		n, _, err := server.ReadFrom(make([]byte, 2000))
		require.NoError(t, err)
		require.Equal(t, len(big), n)
	}
}

// A link that was down carries packets again, though its routes beyond the subnet are gone.
func TestLinkDownAndUp(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	before, err := l.router.FIB()
	require.NoError(t, err)
	require.NoError(t, l.router.SetRoute(kernel.Route{
		Dst: netip.MustParsePrefix("203.0.113.0/24"), Hops: []kernel.Hop{{Addr: leftAddr}},
	}))
	require.NoError(t, l.router.SetUp("down0", false))
	require.NoError(t, l.router.AddAddresses("down0", netip.MustParsePrefix("2001:db8:7::1/64")))
	require.NoError(t, l.router.Ready(t.Context())) // does not wait for what is down
	down, err := l.router.FIB()
	require.NoError(t, err)
	require.Len(t, down, len(before)-2)
	require.NoError(t, l.router.SetUp("down0", true))
	require.NoError(t, l.router.Ready(t.Context()))
	after, err := l.router.FIB()
	require.NoError(t, err)
	require.Subset(t, after, before)
	require.Len(t, after, len(before)+1)
}

// A link that was down knows its neighbours again only once its ends have met.
func TestNeighboursMeetAgain(t *testing.T) {
	t.Parallel()
	a := kernel.End{In: newNamespace(t), Name: "a0", Addrs: []netip.Prefix{netip.MustParsePrefix("10.0.3.0/31"), netip.MustParsePrefix("2001:db8:3::/127")}}
	b := kernel.End{In: newNamespace(t), Name: "b0", Addrs: []netip.Prefix{netip.MustParsePrefix("10.0.3.1/31"), netip.MustParsePrefix("2001:db8:3::1/127")}}
	known := func() (out []string) {
		require.NoError(t, a.In.Do(func() error {
			list, err := netlink.NeighList(0, netlink.FAMILY_ALL)
			for _, n := range list {
				if n.State == netlink.NUD_PERMANENT {
					out = append(out, n.IP.String())
				}
			}
			return err
		}))
		return out
	}
	require.NoError(t, kernel.Connect(a, b, 1600))
	require.ElementsMatch(t, []string{"10.0.3.1", "2001:db8:3::1"}, known())
	for _, up := range []bool{false, true} {
		require.NoError(t, a.In.SetUp("a0", up))
		require.NoError(t, b.In.SetUp("b0", up))
	}
	require.Empty(t, known())
	require.NoError(t, kernel.Meet(a, b))
	require.ElementsMatch(t, []string{"10.0.3.1", "2001:db8:3::1"}, known())
}

func TestRouterSettings(t *testing.T) {
	t.Parallel()
	n := newNamespace(t)
	require.NoError(t, n.BeRouter(42))
	read := func(name string) (value string) {
		require.NoError(t, n.Do(func() error {
			b, err := os.ReadFile("/proc/sys/net/" + name)
			value = string(b)
			return err
		}))
		return value
	}
	for name, want := range map[string]string{
		"ipv4/ip_forward": "1\n", "ipv6/conf/all/forwarding": "1\n", "ipv4/conf/all/rp_filter": "0\n",
		"ipv4/fib_multipath_hash_policy": "3\n", "ipv6/fib_multipath_hash_policy": "3\n",
		"ipv4/fib_multipath_hash_fields": "55\n", "ipv6/fib_multipath_hash_fields": "55\n",
		"ipv4/fib_multipath_hash_seed": "42\n", "ipv6/conf/default/accept_dad": "0\n",
	} {
		require.Equal(t, want, read(name), name)
	}
	require.ErrorContains(t, n.BeRouter(0), "must not be 0")
	require.ErrorContains(t, n.Sysctl("ipv4/no_such_thing", "1"), "sysctl net/ipv4/no_such_thing = 1")
}

func BenchmarkConnect(b *testing.B) {
	l, r := newNamespace(b), newNamespace(b)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		a4 := netip.AddrFrom4([4]byte{10, byte(i >> 13), byte(i >> 5), byte(i << 3)})
		require.NoError(b, kernel.Connect(
			kernel.End{In: l, Name: fmt.Sprintf("a%d", i), Addrs: []netip.Prefix{netip.PrefixFrom(a4.Next(), 30)}},
			kernel.End{In: r, Name: fmt.Sprintf("b%d", i), Addrs: []netip.Prefix{netip.PrefixFrom(a4.Next().Next(), 30)}}, 1600))
	}
}
