package kernel_test

import (
	"context"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// family is the names that one address family gives things in newLine.
type family struct{ left, right, net, leftLink, rightLink string }

var families = map[string]family{
	"inet":  {"10.0.1.1", "10.0.2.1", "203.0.113.0/24", "10.0.1.0/24", "10.0.2.0/24"},
	"inet6": {"2001:db8:1::1", "2001:db8:2::1", "2001:db8:ff::/48", "2001:db8:1::/64", "2001:db8:2::/64"},
}

// steps returns routes to one destination that replace each other, in every form and between all forms.
func (f family) steps() []kernel.Route {
	left := kernel.Hop{Addr: netip.MustParseAddr(f.left), Link: "down0"}
	right := kernel.Hop{Addr: netip.MustParseAddr(f.right), Link: "down1"}
	one := kernel.Route{Hops: []kernel.Hop{left}, Protocol: kernel.BGP}
	two := kernel.Route{Hops: []kernel.Hop{left, right}, Protocol: kernel.BGP}
	other := kernel.Route{Hops: []kernel.Hop{right}, Protocol: kernel.Static}
	none := kernel.Route{Discard: true, Protocol: kernel.Static}
	steps := []kernel.Route{one, two, other, none, one, none, two, none, two, one, other}
	for i := range steps {
		steps[i].Dst = netip.MustParsePrefix(f.net)
	}
	return steps
}

func to(t *testing.T, n *kernel.Namespace, dst string) []kernel.Route {
	t.Helper()
	fib, err := n.FIB()
	require.NoError(t, err)
	var found []kernel.Route
	for _, r := range fib {
		if r.Dst == netip.MustParsePrefix(dst) {
			found = append(found, r)
		}
	}
	return found
}

func TestRoutesReplaceEachOther(t *testing.T) {
	t.Parallel()
	for name, f := range families {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newLine(t).router
			for i, step := range f.steps() {
				require.NoError(t, n.SetRoute(step))
				require.Equal(t, []kernel.Route{step}, to(t, n, f.net), "step %d", i)
			}
			for i, step := range f.steps() {
				require.NoError(t, n.SetRoute(step))
				require.NoError(t, n.DeleteRoute(step.Dst))
				require.Empty(t, to(t, n, f.net), "step %d", i)
				require.ErrorIs(t, n.DeleteRoute(step.Dst), unix.ESRCH)
			}
		})
	}
}

func TestFIBShowsConnectedAndDefault(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	fib, err := l.left.FIB()
	require.NoError(t, err)
	hop := func(via string) []kernel.Hop {
		h := kernel.Hop{Link: "up0"}
		if via != "" {
			h.Addr = netip.MustParseAddr(via)
		}
		return []kernel.Hop{h}
	}
	require.Equal(t, []kernel.Route{
		{Dst: netip.MustParsePrefix("0.0.0.0/0"), Hops: hop("10.0.1.254"), Protocol: kernel.Static},
		{Dst: netip.MustParsePrefix("10.0.1.0/24"), Hops: hop(""), Source: leftAddr, Protocol: kernel.Connected},
		{Dst: netip.MustParsePrefix("::/0"), Hops: hop("2001:db8:1::fe"), Protocol: kernel.Static},
		{Dst: netip.MustParsePrefix("2001:db8:1::/64"), Hops: hop(""), Protocol: kernel.Connected},
	}, fib)
}

// A gateway on a link needs no route to it, as there is none while a link is coming up.
func TestGatewayOnALink(t *testing.T) {
	t.Parallel()
	a, b := newNamespace(t), newNamespace(t)
	require.NoError(t, kernel.Connect(kernel.End{In: a, Name: "a0"}, kernel.End{In: b, Name: "b0"}, 1500))
	for _, r := range []kernel.Route{
		{Dst: netip.MustParsePrefix("203.0.113.0/24"), Hops: []kernel.Hop{{Addr: netip.MustParseAddr("192.0.2.1"), Link: "a0"}}},
		{Dst: netip.MustParsePrefix("2001:db8::/32"), Hops: []kernel.Hop{{Addr: netip.MustParseAddr("2001:db8:ffff::1"), Link: "a0"}}},
	} {
		require.NoError(t, a.SetRoute(r))
		r.Protocol = kernel.Static
		fib, err := a.FIB()
		require.NoError(t, err)
		require.Contains(t, fib, r)
		r.Hops[0].Link = ""
		require.ErrorContains(t, a.SetRoute(r), "route to", "without the link it is not found")
	}
}

func TestBadRoutes(t *testing.T) {
	t.Parallel()
	n := newLine(t).router
	dst := netip.MustParsePrefix("203.0.113.0/24")
	for why, r := range map[string]kernel.Route{
		"either next hops or discard": {Dst: dst},
		"unreachable":                 {Dst: dst, Hops: []kernel.Hop{{Addr: netip.MustParseAddr("192.0.2.1")}}},
		"not found":                   {Dst: dst, Hops: []kernel.Hop{{Link: "nowhere"}}},
	} {
		err := n.SetRoute(r)
		require.ErrorContains(t, err, "route to 203.0.113.0/24: ")
		require.ErrorContains(t, err, why)
	}
}

func TestWatchTellsEveryChangeInOrder(t *testing.T) {
	t.Parallel()
	for name, f := range families {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newLine(t).router
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			events, err := n.Watch(ctx)
			require.NoError(t, err)
			now := map[netip.Prefix]kernel.Route{}
			steps := f.steps()
			for i, step := range steps {
				require.NoError(t, n.SetRoute(step))
				for !reflect.DeepEqual(now[step.Dst], step) { // a replacement may be told in two
					e, more := <-events
					require.True(t, more, "step %d: not told in time", i)
					require.NoError(t, e.Err, "step %d", i)
					if e.Deleted {
						delete(now, e.Route.Dst)
					} else {
						now[e.Route.Dst] = e.Route
					}
				}
			}
			require.NoError(t, n.DeleteRoute(steps[0].Dst))
			for e := range events {
				if e.Deleted && e.Route.Dst == steps[0].Dst {
					stop()
				}
			}
			require.ErrorIs(t, ctx.Err(), context.Canceled)
		})
	}
}

func BenchmarkSetRoute(b *testing.B) {
	n := newLine(b).router
	steps := families["inet"].steps()
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, n.SetRoute(steps[1]))
	}
}
