package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// builder makes fabrics by hand. Node i has the router ID and loopback 10.0.0.i; link i has 172.16.0.0/31 + 2i.
type builder struct{ f *fabric.Fabric }

func build() *builder { return &builder{&fabric.Fabric{Name: "test", Offered: 0.7}} }

func (b *builder) node(name string, as uint32) *fabric.Node {
	i := uint32(len(b.f.Nodes) + 1)
	n := &fabric.Node{Name: name, ASN: as, RouterID: v4(10<<24 | i)}
	n.Addrs = [2]netip.Addr{n.RouterID, v6(1<<32 | uint64(i))}
	b.f.Nodes = append(b.f.Nodes, n)
	return n
}

func (b *builder) nodes(as uint32, names ...string) {
	for _, name := range names {
		b.node(name, as)
	}
}

func (b *builder) host(name string, role fabric.Role, colo string) {
	n := b.node(name, 0)
	n.Role, n.Colo = role, colo
}

// link joins two nodes, with a session if both are routers.
func (b *builder) link(from, to string) {
	i := uint32(len(b.f.Links))
	l := fabric.Link{From: from, To: to}
	l.Addrs[fabric.V4] = [2]netip.Addr{v4(172<<24 | 16<<16 | 2*i), v4(172<<24 | 16<<16 | 2*i + 1)}
	l.Addrs[fabric.V6] = [2]netip.Addr{v6(2<<32 | uint64(2*i)), v6(2<<32 | uint64(2*i+1))}
	b.f.Links = append(b.f.Links, l)
	if b.at(from).ASN != 0 && b.at(to).ASN != 0 {
		b.session(from, to, [2]netip.Addr{l.Addrs[0][0], l.Addrs[1][0]}, [2]netip.Addr{l.Addrs[0][1], l.Addrs[1][1]})
	}
}

// join is link with AS numbers and the export policies of both ends at hand, for large fabrics.
func (b *builder) join(from, to string, x, y uint32, out, back *policy.Policy) {
	i := uint32(len(b.f.Links))
	l := fabric.Link{From: from, To: to}
	l.Addrs[fabric.V4] = [2]netip.Addr{v4(172<<24 | 2*i), v4(172<<24 | 2*i + 1)}
	b.f.Links = append(b.f.Links, l)
	a, z := [2]netip.Addr{l.Addrs[0][0]}, [2]netip.Addr{l.Addrs[0][1]}
	b.f.Sessions = append(b.f.Sessions,
		&fabric.Session{Node: from, Peer: to, LocalAS: x, PeerAS: y, Local: a, Remote: z, Out: [2]policy.Chain{policy.Calls(out)}},
		&fabric.Session{Node: to, Peer: from, LocalAS: y, PeerAS: x, Local: z, Remote: a, Out: [2]policy.Chain{policy.Calls(back)}})
}

// ownRoute returns the network statement of the i-th prefix.
func ownRoute(i int) fabric.Route {
	return fabric.Route{Prefix: netip.PrefixFrom(v4(11<<24|uint32(i)<<8), 24), Protocol: policy.BGP}
}

func (b *builder) links(from []string, to ...string) {
	for _, x := range from {
		for _, y := range to {
			b.link(x, y)
		}
	}
}

func (b *builder) session(from, to string, local, remote [2]netip.Addr) {
	x, y := b.at(from).ASN, b.at(to).ASN
	b.f.Sessions = append(b.f.Sessions,
		&fabric.Session{Node: from, Peer: to, LocalAS: x, PeerAS: y, Local: local, Remote: remote},
		&fabric.Session{Node: to, Peer: from, LocalAS: y, PeerAS: x, Local: remote, Remote: local})
}

func (b *builder) at(name string) *fabric.Node {
	return b.f.Nodes[slices.IndexFunc(b.f.Nodes, func(n *fabric.Node) bool { return n.Name == name })]
}

func (b *builder) end(node, peer string) *fabric.Session {
	i := slices.IndexFunc(b.f.Sessions, func(s *fabric.Session) bool { return s.Node == node && s.Peer == peer })
	return b.f.Sessions[i]
}

// route gives a router a route of its own; "discard", or the next nodes.
func (b *builder) route(at, prefix string, protocol policy.Protocol, via ...string) {
	r := fabric.Route{Prefix: pfx(prefix), Protocol: protocol, Via: via}
	if len(via) == 1 && via[0] == "discard" {
		r.Via, r.Drop = nil, true
	}
	b.at(at).Routes = append(b.at(at).Routes, r)
}

func (b *builder) announce(at string, prefixes ...string) {
	for _, p := range prefixes {
		b.route(at, p, policy.BGP)
	}
}

func (b *builder) in(node, peer string, p ...*policy.Policy) {
	s := b.end(node, peer)
	s.In = [2]policy.Chain{policy.Calls(p...), policy.Calls(p...)}
}

func (b *builder) out(node, peer string, p ...*policy.Policy) {
	s := b.end(node, peer)
	s.Out = [2]policy.Chain{policy.Calls(p...), policy.Calls(p...)}
}

// settled returns the fabric alive and at rest.
func (b *builder) settled(t testing.TB, seed uint64) *Sim {
	t.Helper()
	s := New(b.f, seed)
	require.NoError(t, s.Settle(context.Background()))
	return s
}

// copy returns a fabric whose sessions can be given other policies.
func (b *builder) copy() *builder { return &builder{b.f.Clone()} }

func v4(x uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, x)))
}

func v6(x uint64) netip.Addr {
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64([]byte{0xfd, 0, 0, 0, 0, 0, 0, 0}, x)))
}

func pfx(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// Policies.

func pol(name string, terms ...*policy.Term) *policy.Policy {
	return &policy.Policy{Name: name, Terms: terms}
}

func term(flow policy.Flow, parts ...any) *policy.Term {
	t := &policy.Term{Name: fmt.Sprint("t", len(parts)), Flow: flow}
	for _, x := range parts {
		switch x := x.(type) {
		case policy.Match:
			t.From = append(t.From, x)
		case policy.Action:
			t.Then = append(t.Then, x)
		}
	}
	return t
}

func prefixes(ps ...string) policy.Match {
	var rs []policy.PrefixRange
	for _, p := range ps {
		rs = append(rs, policy.Exactly(pfx(p)))
	}
	return policy.NewMatchPrefix(nil, rs, nil)
}

func community(c policy.Community) *policy.CommunityDef {
	return policy.NewCommunityDef(c.String(), []policy.CommunityPattern{{Literal: c}}, false)
}

func set(f policy.Field, v uint32) policy.Action { return &policy.SetNumber{Field: f, Value: v} }

var all = policy.AcceptRoute

// What a snapshot shows.

func snapshot(t testing.TB, s *Sim, req observe.Request) *observe.Snapshot {
	t.Helper()
	snap, err := s.Observe(req)
	require.NoError(t, err)
	return snap
}

// sent returns the prefixes in an Adj-RIB-Out.
func sent(t testing.TB, s *Sim, node, peer string) []string {
	t.Helper()
	x, ok := snapshot(t, s, observe.Request{}).Session(node, peer)
	require.True(t, ok)
	return names(x.Sent)
}

func names(rs []policy.Route) []string {
	out := []string{}
	for _, r := range rs {
		out = append(out, r.Prefix.String())
	}
	return out
}

// entry returns the paths of a node to a prefix.
func entry(t testing.TB, s *Sim, node, prefix string) []observe.Path {
	t.Helper()
	e, _ := snapshot(t, s, observe.Request{}).Tables[node].Entry(pfx(prefix))
	return e.Paths
}

// host is the prefix of one address.
func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
