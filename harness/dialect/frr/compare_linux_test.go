package frr_test

import (
	"net/netip"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// untouched is a next hop that no policy set.
const untouched policy.NextHopKind = 0xff

// sessionOf returns what the text means for a neighbor and a family.
func sessionOf(c *frr.Config, i int, v6 bool) *frr.Session {
	for _, s := range c.Sessions {
		if s.Addr == proof.PeerAddr(i, v6) {
			return s
		}
	}
	return nil
}

// check compares what every neighbor heard with what Apply says.
func (r *rig) check(rt *rapid.T, tr trial, c *frr.Config, shares [][]policy.Route, heard []map[netip.Prefix]policy.Route) {
	for from, share := range shares {
		for _, x := range share {
			v6 := x.Prefix.Addr().Is6()
			in := sessionOf(c, from, v6)
			entered := x
			entered.Neighbor = proof.PeerAddr(from, v6)
			if in.External {
				entered.ASPath = append([]uint32{proof.PeerAS(from)}, x.ASPath...)
				entered.LocalPref, entered.External = 100, true
			}
			r.pairs++
			imported := policy.Apply(in.In, entered, policy.Env{Direction: policy.Import, Peer: proof.PeerAddr(from, v6)})
			for to := range proof.Peers {
				if to == from {
					continue
				}
				out := sessionOf(c, to, v6)
				want, sent := policy.Route{}, false
				if imported.Decision == policy.Accept {
					r.pairs++
					want, sent = r.sends(out, imported.Route)
				}
				got, ok := heard[to][x.Prefix]
				if out.External && want.NextHop == (netip.Addr{}) {
					got.NextHop = netip.Addr{}
				}
				if ok != sent || sent && !want.SameAttributes(got) {
					rt.Fatalf("from %s to %s: route %s\nimported %s: %s\nwant %t %s\ngot  %t %s\nthe observer got %s\nmaps\n%s%s\n%s", proof.PeerAddr(from, v6), proof.PeerAddr(to, v6), entered,
						imported.By(), imported.Route, sent, want, ok, got, heard[proof.Peers-1][x.Prefix], tr.maps[mapName(from, "in", v6)], tr.maps[mapName(to, "out", v6)],
						tr.named(tr.maps[mapName(from, "in", v6)]+tr.maps[mapName(to, "out", v6)]))
				}
			}
		}
	}
}

// sends returns what goes over a session of a route in the table, as the receiver sees it, and whether anything does.
func (r *rig) sends(s *frr.Session, x policy.Route) (policy.Route, bool) {
	before := x
	if x.NextHopKind == policy.NextHopPeer {
		before.NextHop = x.Neighbor
	}
	before.NextHopKind = untouched
	env := policy.Env{Direction: policy.Export, Peer: s.Addr}
	res, steps := policy.Explain(s.Out, before, env)
	if res.Decision != policy.Accept {
		return policy.Route{}, false
	}
	want := res.Route
	switch want.NextHopKind {
	case policy.NextHopSelf:
		want.NextHop = proof.TestedAddr(s.V6)
	case policy.NextHopPeer:
		panic("an export policy that sets the peer's address")
	}
	if s.External {
		set := false
		for _, st := range steps {
			for _, a := range st.Term.Then {
				n, ok := a.(*policy.SetNumber)
				set = set || ok && st.Failed == nil && n.Field == policy.MED
			}
		}
		if !set {
			want.MED = 0 // a neighbour's metric stays in this AS
		}
		if want.NextHopKind == untouched {
			want.NextHop = netip.Addr{}
		}
		want.LocalPref, want.ASPath = 100, append([]uint32{proof.TestedAS}, want.ASPath...)
	}
	want.NextHopKind, want.Tag, want.Preference = policy.At, 0, 0
	return want, true
}
