package sim_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// A router with a route beside BGP forwards by that, and passes on what BGP learns of the prefix, as bgpd does; with one that BGP knows of it passes on that.
func TestBGPPassesOnWhatItLearnsBesideOwnRoutes(t *testing.T) {
	t.Parallel()
	p := netip.MustParsePrefix("10.2.0.0/24")
	for _, aside := range []bool{true, false} {
		f := &fabric.Fabric{Name: "f", Explicit: true}
		for i, name := range []string{"origin", "border", "outside"} {
			f.Nodes = append(f.Nodes, &fabric.Node{Name: name, Role: fabric.Router, ASN: uint32(65001 + i), RouterID: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})})
		}
		f.Nodes[0].Routes = []fabric.Route{{Prefix: p, Protocol: policy.BGP}}
		f.Nodes[1].Routes = []fabric.Route{{Prefix: p, Protocol: policy.Direct, Aside: aside}}
		for i, pair := range [][2]int{{0, 1}, {1, 2}} {
			a, b := f.Nodes[pair[0]], f.Nodes[pair[1]]
			l := fabric.Link{From: a.Name, To: b.Name, Addrs: fabric.Unnumbered(i)}
			f.Links = append(f.Links, l)
			for e, n := range []*fabric.Node{a, b} {
				other := []*fabric.Node{b, a}[e]
				f.Sessions = append(f.Sessions, &fabric.Session{Node: n.Name, Peer: other.Name, LocalAS: n.ASN, PeerAS: other.ASN,
					Local: [2]netip.Addr{l.Addrs[0][e]}, Remote: [2]netip.Addr{l.Addrs[0][1-e]}})
			}
		}
		s := sim.New(f, 1)
		require.NoError(t, s.Settle(context.Background()))
		snap, err := s.Observe(observe.Request{})
		require.NoError(t, err)
		e, _ := snap.Tables["border"].Entry(p)
		require.Empty(t, e.Paths[0].Peer, "its own route is active")
		sent, _ := snap.Session("border", "outside")
		if aside {
			require.Len(t, sent.Sent, 1)
			require.Equal(t, []uint32{65002, 65001}, sent.Sent[0].ASPath)
		} else {
			require.Empty(t, sent.Sent, "a direct route, which no policy lets out")
		}
		require.NoError(t, s.Break(fabric.Fault{Kind: fabric.SessionDown, A: "origin", B: "border"}))
		require.NoError(t, s.Settle(context.Background()))
		snap, err = s.Observe(observe.Request{})
		require.NoError(t, err)
		sent, _ = snap.Session("border", "outside")
		require.Empty(t, sent.Sent, "it is withdrawn when it is not learned any more")
	}
}
