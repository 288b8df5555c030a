package sim

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// colos returns an internet router before one leaf per colo; sizes are the colos' numbers of servers.
func colos(site func(i int) string, sizes ...int) *builder {
	b := build()
	b.node("internet", 64601).External = true
	web := &fabric.Service{Name: "web", Prefix: pfx("192.0.2.0/24"), VIP: netip.MustParseAddr("192.0.2.1")}
	b.f.Services = []*fabric.Service{web}
	for i, size := range sizes {
		c := &fabric.Colo{Name: string(rune('A' + i)), Site: site(i), Capacity: float64(size)}
		b.f.Colos, web.Colos = append(b.f.Colos, c), append(web.Colos, c.Name)
		leaf := "leaf" + c.Name
		b.node(leaf, uint32(65201+i)).Colo = c.Name
		b.link("internet", leaf)
		for j := range size {
			c.Servers = append(c.Servers, fmt.Sprint(c.Name, j+1))
			b.host(c.Servers[j], fabric.Server, c.Name)
			b.link(leaf, c.Servers[j])
			b.announce(leaf, host(b.at(c.Servers[j]).Addrs[0]).String())
		}
		b.route(leaf, "192.0.2.0/24", policy.Static, "discard")
		b.out(leaf, "internet", pol("SERVICES", term(all, prefixes("192.0.2.0/24"))))
		b.route(leaf, "0.0.0.0/0", policy.Static, "internet")
	}
	return b
}

func oneSite(int) string { return "site" }

func loads(t *testing.T, s *Sim) (stale, settled observe.Load) {
	t.Helper()
	ls := snapshot(t, s, observe.Request{Services: []string{"web"}}).Loads
	require.Len(t, ls, 2)
	return ls[0], ls[1]
}

func TestLoadFollowsCapacityWhileServersMeet(t *testing.T) {
	stale, settled := loads(t, colos(oneSite, 3, 1).settled(t, 1))
	for _, l := range []observe.Load{stale, settled} {
		require.Zero(t, l.Lost)
		require.InDelta(t, 0.5, l.Colos[0].Landed, 1e-12, "the routers know nothing of sizes")
		require.InDelta(t, 0.75, l.Colos[0].Share, 1e-12)
		require.InDelta(t, 0.7, l.Colos[1].Utilisation, 1e-12)
		require.InDelta(t, 0.25, l.Servers[2].Share, 1e-12)
	}
}

func TestLoadOfADeadServerIsSpread(t *testing.T) {
	s := colos(oneSite, 3, 1).settled(t, 1)
	require.NoError(t, s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "A1"}))
	settle(t, s)
	stale, settled := loads(t, s)
	require.InDelta(t, 0.25, stale.Lost, 1e-12)
	require.Zero(t, settled.Lost)
	require.Zero(t, settled.Servers[0].Landed+settled.Servers[0].Share)
}

// Colo A gets through to B, but B's answers do not come back: once that is noticed A keeps its flows. Until then only those from B are lost.
func TestLoadOfAServerThatCannotAnswer(t *testing.T) {
	b := colos(oneSite, 3, 1)
	for i := range 3 {
		b.route("leafB", host(b.at(fmt.Sprint("A", i+1)).Addrs[0]).String(), policy.Static, "discard")
	}
	stale, settled := loads(t, b.settled(t, 1))
	require.InDelta(t, 0.5*0.75, stale.Lost, 1e-12)
	require.InDelta(t, 0.5*0.25+0.5*0.25, stale.Colos[1].Share, 1e-12)
	require.InDelta(t, 0.5, settled.Colos[0].Share, 1e-12)
	require.Zero(t, settled.Lost+settled.Foreign)
	require.InDelta(t, 1.4, settled.Colos[1].Utilisation, 1e-12)
	require.InDelta(t, 0.5*(1-1/1.4), settled.Colos[1].Dropped, 1e-12)
	require.Zero(t, settled.Colos[0].Dropped)
	require.InDelta(t, settled.Dropped, settled.Servers[3].Dropped, 1e-12)
}

func TestLoadIsLostWhereNobodyAnnounces(t *testing.T) {
	b := colos(oneSite, 1, 1)
	for _, leaf := range []string{"leafA", "leafB"} {
		b.out(leaf, "internet", pol("NOTHING", term(policy.RejectRoute)))
	}
	_, settled := loads(t, b.settled(t, 1))
	require.Equal(t, 1.0, settled.Lost)
	require.Zero(t, settled.Colos[0].Factor)
}

func TestSitesShareNoLoad(t *testing.T) {
	b := colos(func(i int) string { return fmt.Sprint("site", i/2) }, 2, 2, 1)
	_, settled := loads(t, b.settled(t, 1))
	for i, want := range []float64{1. / 3, 1. / 3, 1. / 3} {
		require.InDelta(t, want, settled.Colos[i].Share, 1e-12, "no flow leaves the site that it comes to")
		require.InDelta(t, 1, settled.Colos[i].Factor, 1e-12)
	}
}

func TestLoadWithoutSendersCannotBeTold(t *testing.T) {
	b := colos(oneSite, 1, 1)
	b.at("internet").External = false
	_, err := b.settled(t, 1).Observe(observe.Request{Services: []string{"web"}})
	require.ErrorContains(t, err, "service web: its load cannot be told")
	_, err = b.settled(t, 1).Observe(observe.Request{Services: []string{"mail"}})
	require.ErrorContains(t, err, `no service named "mail"`)
}

func TestTripsToAServiceComeBackFromEveryServer(t *testing.T) {
	b := colos(oneSite, 2, 1)
	b.host("client", fabric.Host, "")
	b.link("internet", "client")
	got := trip(t, b.settled(t, 1), "client", "web")
	require.True(t, got.Arrived())

	b.route("leafB", host(b.at("client").Addrs[0]).String(), policy.Static, "discard")
	got = trip(t, b.settled(t, 1), "client", "web")
	require.Equal(t, observe.Delivered, got.Out.Ending)
	require.Equal(t, observe.Walk{Ending: observe.Discarded, Hops: []string{"B1", "leafB"}, Lost: 0.5}, got.Back)
}
