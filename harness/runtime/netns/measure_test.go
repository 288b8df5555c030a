//go:build linux

package netns

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// twoServers is what was measured of 100 flows to a service on a1 and b1: 50 are brought to each, and of those to a1 20 are meant for b1.
func twoServers() (*measured, observe.Load) {
	p := &pool{services: []*fabric.Service{{Name: "web"}}}
	like := observe.Load{Service: "web", Phase: observe.Settled, Offered: 0.5}
	for _, name := range []string{"a1", "b1"} {
		p.servers = append(p.servers, &balancer{node: &node{Node: &fabric.Node{Name: name, Colo: name[:1]}}})
		like.Servers = append(like.Servers, observe.Share{Name: name, Want: 0.5, Share: 0.5})
		like.Colos = append(like.Colos, observe.Share{Name: name[:1], Want: 0.5, Share: 0.5})
	}
	return &measured{pool: p, flows: 100,
		books: ledger{{{landed: 50, foreign: 20, admitted: 30}, {landed: 50, admitted: 60, dropped: 10}}},
		got:   []probe.Tally{{Served: []int{30, 60}, Answered: 90, Due: 90}},
	}, like
}

func TestLoadFromBooks(t *testing.T) {
	t.Parallel()
	m, like := twoServers()
	require.NoError(t, m.check())
	require.False(t, m.short(), "what is missing was dropped")
	a := observe.Share{Name: "a1", Landed: 0.5, Share: 0.3, Want: 0.5, Factor: 0.6, Utilisation: 0.3}
	b := observe.Share{Name: "b1", Landed: 0.5, Share: 0.7, Dropped: 0.1, Want: 0.5, Factor: 1.4, Utilisation: 0.7}
	colo := func(s observe.Share) observe.Share { s.Name = s.Name[:1]; return s }
	require.Equal(t, observe.Load{Service: "web", Phase: observe.Settled, Flows: 100, Pool: "web", Offered: 0.5, Dropped: 0.1, Foreign: 0.2,
		Colos: []observe.Share{colo(a), colo(b)}, Servers: []observe.Share{a, b}}, m.load(0, like))

	m.books[0][1].dropped, m.got[0].Answered = 0, 87
	got := m.load(0, like)
	require.Equal(t, 0.1, got.Lost, "nobody says that he dropped them")
	require.Equal(t, 0.03, got.Unanswered)
	require.True(t, m.short())

	m, _ = twoServers()
	m.retried, m.got[0].Served = true, []int{30, 70} // what b1 had dropped came when it had no limit
	got = m.load(0, like)
	require.Zero(t, got.Lost)
	require.Equal(t, b, got.Servers[1])
}

// Programs that let more flows in than services saw, or fewer, are no basis for a load.
func TestBooksThatDoNotBalance(t *testing.T) {
	t.Parallel()
	for _, admitted := range []int{59, 61} {
		m, _ := twoServers()
		m.books[0][1].admitted = admitted
		require.ErrorContains(t, m.check(), "service web: the load of server b1 cannot be told: its load balancer let ")
	}
}

func TestUnbalancedServices(t *testing.T) {
	t.Parallel()
	f, err := fabric.Parse("fabric.yaml", []byte(`name: four
tiers:
  transit: {nodes: [transit1], asn: 64601, external: true}
  leaf:    {nodes: [leafA], asn: 65201}
links: [{from: leaf, to: transit}]
colos: {A: {leaf: leafA, servers: 2, site: x, blocks: 198.18.10.0/24}}
services:
  web:  {prefix: 198.51.100.0/26, colos: A}
  web6: {prefix: "2001:db8:f0::/48", colos: A}
offered_load: 0.6
`))
	require.NoError(t, err)
	_, err = New(t.Context(), f, Options{})
	require.EqualError(t, err, "fabric.yaml:9: service web6: servers of colo A have no inet6 address for others to send its packets to: "+
		"give the colo a block, or use the sim runtime")
}

func TestTablesAreBigEnough(t *testing.T) {
	t.Parallel()
	for servers, want := range map[int]int{1: 4099, 40: 4099, 41: 16381, 163: 16381, 164: 65537, 5000: 65537} {
		require.Equal(t, want, size(servers), servers)
	}
}
