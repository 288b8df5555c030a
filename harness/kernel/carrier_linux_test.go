package kernel_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
)

// Both ends of a link hear of it when one of them goes down or comes up, and who comes late hears how it is.
func TestCarriersOfBothEnds(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	early, err := l.router.Carriers(ctx)
	require.NoError(t, err)
	until := func(events <-chan kernel.Carrier, link string, up bool) {
		for is := !up; is != up; {
			c, more := <-events
			require.True(t, more, "not told in time")
			require.NoError(t, c.Err)
			if c.Link == link {
				is = c.Up
			}
		}
	}
	until(early, "down0", true)
	for _, change := range []struct {
		who  *kernel.Namespace
		link string
		up   bool
	}{{l.router, "down0", false}, {l.router, "down0", true}, {l.left, "up0", false}, {l.left, "up0", true}} {
		require.NoError(t, change.who.SetUp(change.link, change.up))
		until(early, "down0", change.up)
		late, err := l.router.Carriers(ctx)
		require.NoError(t, err)
		until(late, "down0", change.up)
	}
	other, err := kernel.New("")
	require.NoError(t, err)
	require.NoError(t, kernel.Connect(kernel.End{In: other, Name: "up0"}, kernel.End{In: l.router, Name: "down2"}, 1600))
	until(early, "down2", true)
	require.NoError(t, other.Close()) // the link goes with it
	until(early, "down2", false)
	stop()
	for more := true; more; {
		_, more = <-early
	}
}

func TestSubnetsOfLinks(t *testing.T) {
	t.Parallel()
	got, err := newLine(t).router.Subnets()
	require.NoError(t, err)
	require.Equal(t, map[string][]netip.Prefix{
		"down0": {netip.MustParsePrefix("10.0.1.254/24"), netip.MustParsePrefix("2001:db8:1::fe/64")},
		"down1": {netip.MustParsePrefix("10.0.2.254/24"), netip.MustParsePrefix("2001:db8:2::fe/64")},
	}, got)
}
