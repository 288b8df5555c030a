package proof_test

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// disagreement is a route that an engine treats otherwise than Apply says.
type disagreement struct {
	engine    string
	seat      seat
	from      int
	route     policy.Route
	chain     policy.Chain
	before    policy.Chain // on export, what the route went through on import
	want, got string
}

func (d *disagreement) String() string {
	text := fmt.Sprintf("%s, %s (peer %d), route of peer %d: %s\nApply says %s\n%s does %s\npolicy %s", d.engine, d.seat, d.seat.peer, d.from, d.route, d.want, d.engine, d.got, describe(d.chain))
	if len(d.before) > 0 {
		text += "\nit came in through " + describe(d.before)
	}
	return text
}

// describe writes the chain with all its terms.
func describe(c policy.Chain) string {
	var b strings.Builder
	b.WriteString(c.String())
	for _, p := range c.Policies() {
		for _, t := range p.Terms {
			fmt.Fprintf(&b, "\n    %s/%s: %s", p.Name, t.Label(), spell(t))
		}
	}
	return b.String()
}

// spell is Term.Text with the definitions that it names.
func spell(t *policy.Term) string {
	out := t.Text()
	for _, m := range t.From {
		switch m := m.(type) {
		case *policy.MatchCommunity:
			out += fmt.Sprintf("  [community %v]", m.AnyOf)
		case *policy.MatchASPath:
			for _, d := range m.AnyOf {
				out += fmt.Sprintf("  [as-path %v]", d.AnyOf)
			}
		}
	}
	return out
}

// compare returns how many pairs of a policy and a route were tried, and those that came out otherwise.
func (tr *trial) compare(engine string, heard []map[netip.Prefix]policy.Route) (pairs int, out []*disagreement) {
	for from, routes := range tr.routes {
		for _, x := range routes {
			v6 := x.Prefix.Addr().Is6()
			entered := x
			if from != ourselves {
				entered = tr.enter(from, x)
				s := seat{from, v6, policy.Import}
				res := policy.Apply(tr.chains[s], entered, policy.Env{Direction: policy.Import, Peer: entered.Neighbor})
				want, sent := tr.sends(observer, res.Route)
				got, ok := heard[observer][x.Prefix]
				pairs += len(tr.chains[s][:min(1, len(tr.chains[s]))])
				if d := differs(want, res.Decision == policy.Accept && sent, got, ok); d != nil {
					d.engine, d.seat, d.from, d.route, d.chain = engine, s, from, entered, tr.chains[s]
					out = append(out, d)
					continue
				}
				if res.Decision != policy.Accept {
					continue
				}
				entered = res.Route
			}
			for to := range observer {
				s := seat{to, v6, policy.Export}
				if to == from || len(tr.chains[s]) == 0 {
					continue
				}
				pairs++
				want, sent := tr.sends(to, entered)
				got, ok := heard[to][x.Prefix]
				if want.NextHop == (netip.Addr{}) {
					got.NextHop = netip.Addr{} // what BGP makes of it
				}
				if d := differs(want, sent, got, ok); d != nil {
					d.engine, d.seat, d.from, d.route, d.chain = engine, s, from, entered, tr.chains[s]
					d.before = tr.chains[seat{from, v6, policy.Import}]
					out = append(out, d)
				}
			}
		}
	}
	return pairs, out
}

func differs(want policy.Route, sent bool, got policy.Route, ok bool) *disagreement {
	switch {
	case sent == ok && (!sent || want.SameAttributes(got)):
		return nil
	case !sent:
		return &disagreement{want: "reject", got: got.String()}
	case !ok:
		return &disagreement{want: want.String(), got: "reject"}
	}
	return &disagreement{want: want.String(), got: fmt.Sprintf("%s: %v", got, want.Changes(got))}
}

// enter returns the route as it comes in from a peer. What comes with marks of the compilers' loses them.
func (tr *trial) enter(from int, x policy.Route) policy.Route {
	x.Neighbor = proof.PeerAddr(from, x.Prefix.Addr().Is6())
	if external(from) {
		x.ASPath = append([]uint32{proof.PeerAS(from)}, x.ASPath...)
		x.LocalPref, x.External = 100, true
	}
	x.Communities = x.Communities.Without(func(c policy.Community) bool { return c.Kind == policy.Large && c.A == math.MaxUint32 })
	return x
}

// untouched is a next hop that no policy set.
const untouched policy.NextHopKind = 0xff

// sends returns what a peer hears of a route in the table, and whether it hears of it: the rules of runtime/sim, which belong to BGP and not to
// the policy.
func (tr *trial) sends(to int, x policy.Route) (policy.Route, bool) {
	s := tr.session(to, x.Prefix.Addr().Is6())
	if external(to) && slices.Contains(x.ASPath, s.PeerAS) {
		return policy.Route{}, false
	}
	before := x
	switch {
	case !x.Neighbor.IsValid():
		before.NextHop = proof.TestedAddr(s.V6)
	case x.NextHopKind == policy.NextHopPeer:
		before.NextHop = x.Neighbor
	}
	if external(to) && x.Neighbor.IsValid() {
		before.MED = 0 // a neighbour's metric stays in this AS
	}
	before.NextHopKind = untouched
	res := policy.Apply(s.Out, before, policy.Env{Direction: policy.Export, Peer: s.Peer})
	want := res.Route
	if res.Decision != policy.Accept || !s.SendsAll && held(external(to), x.Communities, want.Communities) {
		return policy.Route{}, false
	}
	switch {
	case want.NextHopKind == policy.NextHopSelf:
		want.NextHop = proof.TestedAddr(s.V6)
	case want.NextHopKind == policy.NextHopPeer:
		want.NextHop = s.Peer
	case want.NextHopKind == untouched && external(to):
		want.NextHop = netip.Addr{}
	}
	if external(to) {
		want.LocalPref, want.ASPath = 100, append([]uint32{proof.TestedAS}, want.ASPath...)
	}
	want.NextHopKind, want.Tag, want.Preference = policy.At, 0, 0
	return want, true
}

// held is the rule for well-known communities: what carried one before the policy and still does is kept from the peer.
func held(external bool, before, after policy.Communities) bool {
	still := func(c policy.Community) bool { return before.Has(c) && after.Has(c) }
	return still(policy.NoAdvertise) || external && (still(policy.NoExport) || still(policy.NoExportSubconfed))
}
