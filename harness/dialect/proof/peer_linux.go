package proof

import (
	"encoding/binary"
	"io"
	"math"
	"net"
	"net/netip"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

// peer is a BGP peer that only says what it is told to and keeps what it hears.
type peer struct {
	r      *Router
	addr   netip.Addr
	asn    uint32
	conn   net.Conn
	heard  map[netip.Prefix]policy.Route // in listen only
	marks  chan milepost
	passed map[netip.Prefix]uint32 // by milepost, the last round
	routes map[netip.Prefix]policy.Route
	sent   map[netip.Prefix]bool
}

// milepost is a milepost heard, and all that was heard until then.
type milepost struct {
	prefix netip.Prefix
	round  uint32
	routes map[netip.Prefix]policy.Route
}

// session opens a session with the router.
func (r *Router) session(from, to netip.Addr, asn uint32) *peer {
	p := &peer{r: r, addr: from, asn: asn, conn: r.dial(from, to), heard: map[netip.Prefix]policy.Route{}, marks: make(chan milepost, 1024),
		passed: map[netip.Prefix]uint32{}, sent: map[netip.Prefix]bool{}}
	open, err := bgp.NewBGPOpenMessage(uint16(asn), 0, routerID(from), []bgp.OptionParameterInterface{
		bgp.NewOptionParameterCapability([]bgp.ParameterCapabilityInterface{
			bgp.NewCapMultiProtocol(bgp.RF_IPv4_UC), bgp.NewCapMultiProtocol(bgp.RF_IPv6_UC), bgp.NewCapFourOctetASNumber(asn)})})
	require.NoError(r.t, err)
	p.write(open, bgp.NewBGPKeepAliveMessage())
	require.Equal(r.t, uint8(bgp.BGP_MSG_OPEN), p.read().Header.Type)
	require.Equal(r.t, uint8(bgp.BGP_MSG_KEEPALIVE), p.read().Header.Type)
	go p.listen()
	return p
}

// routerID returns an identifier that no other address of the test has.
func routerID(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom4([4]byte{b[0], b[12], b[14], b[15]})
}

func (p *peer) write(ms ...*bgp.BGPMessage) {
	for _, m := range ms {
		b, err := m.Serialize()
		require.NoError(p.r.t, err)
		_, err = p.conn.Write(b)
		require.NoError(p.r.t, err)
	}
}

// read returns the next message; nil at the end.
func (p *peer) read() *bgp.BGPMessage {
	head := make([]byte, bgp.BGP_HEADER_LENGTH)
	if _, err := io.ReadFull(p.conn, head); err != nil {
		return nil
	}
	body := make([]byte, int(binary.BigEndian.Uint16(head[16:18]))-len(head))
	if _, err := io.ReadFull(p.conn, body); err != nil {
		return nil
	}
	m, err := bgp.ParseBGPMessage(append(head, body...))
	if err != nil {
		p.r.t.Errorf("%s cannot read what the router sends: %s", p.addr, err)
		return nil
	}
	return m
}

// listen keeps the books of what the router sends. A hold time of 0 needs no keepalives.
func (p *peer) listen() {
	for m := p.read(); m != nil; m = p.read() {
		switch body := m.Body.(type) {
		case *bgp.BGPUpdate:
			p.update(body)
		case *bgp.BGPNotification:
			p.r.t.Errorf("%s: the router ends the session: code %d, subcode %d, % x", p.addr, body.ErrorCode, body.ErrorSubcode, body.Data)
			return
		}
	}
}

func (p *peer) update(u *bgp.BGPUpdate) {
	r := policy.Route{LocalPref: 100}
	reached, gone := u.NLRI, u.WithdrawnRoutes
	for _, a := range u.PathAttributes {
		switch a := a.(type) {
		case *bgp.PathAttributeMpReachNLRI:
			reached = append(reached, a.Value...)
		case *bgp.PathAttributeMpUnreachNLRI:
			gone = append(gone, a.Value...)
		}
		attribute(&r, a)
	}
	for _, n := range gone {
		delete(p.heard, n.NLRI.(*bgp.IPAddrPrefix).Prefix)
	}
	for _, n := range reached {
		r.Prefix = n.NLRI.(*bgp.IPAddrPrefix).Prefix
		p.heard[r.Prefix] = r
		if round := roundOf(r); round > 0 {
			routes := map[netip.Prefix]policy.Route{}
			for k, v := range p.heard {
				routes[k] = v
			}
			p.marks <- milepost{r.Prefix, round, routes}
		}
	}
}

// roundOf returns the round that a milepost is from; 0 if the route is none.
func roundOf(r policy.Route) uint32 {
	for _, c := range r.Communities {
		if c.Kind == policy.Large && c.A == milepostAS {
			return c.B
		}
	}
	return 0
}

// milepostAS marks mileposts.
const milepostAS = 4200000000

// attribute puts a path attribute into the route.
func attribute(r *policy.Route, a bgp.PathAttributeInterface) {
	switch a := a.(type) {
	case *bgp.PathAttributeOrigin:
		r.Origin = policy.Origin(a.Value)
	case *bgp.PathAttributeAsPath:
		for _, p := range a.Value {
			r.ASPath = append(r.ASPath, p.GetAS()...)
		}
	case *bgp.PathAttributeNextHop:
		r.NextHop = a.Value
	case *bgp.PathAttributeMpReachNLRI:
		r.NextHop = a.Nexthop
	case *bgp.PathAttributeMultiExitDisc:
		r.MED = a.Value
	case *bgp.PathAttributeLocalPref:
		r.LocalPref = a.Value
	case *bgp.PathAttributeCommunities:
		for _, c := range a.Value {
			r.Communities = r.Communities.With(policy.Std(uint16(c>>16), uint16(c&math.MaxUint16)))
		}
	case *bgp.PathAttributeExtendedCommunities:
		for _, c := range a.Value {
			b, _ := c.Serialize()
			x := policy.Community{Kind: policy.Extended, A: uint32(b[0])<<8 | uint32(b[1])}
			if b[0] == 0 {
				x.B, x.C = uint32(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint32(b[4:])
			} else {
				x.B, x.C = binary.BigEndian.Uint32(b[2:]), uint32(binary.BigEndian.Uint16(b[6:]))
			}
			r.Communities = r.Communities.With(x)
		}
	case *bgp.PathAttributeLargeCommunities:
		for _, c := range a.Values {
			r.Communities = r.Communities.With(policy.Community{Kind: policy.Large, A: c.ASN, B: c.LocalData1, C: c.LocalData2})
		}
	}
}

// announce sends the routes, one message each, takes back those that it sent before and are not among them, and ends with its milepost.
func (p *peer) announce(routes []policy.Route, mile netip.Prefix, round uint32) {
	old := p.sent
	p.sent = map[netip.Prefix]bool{}
	for _, r := range routes {
		p.sent[r.Prefix] = true
		delete(old, r.Prefix)
	}
	for gone := range old {
		n := []bgp.PathNLRI{nlri(gone)}
		if !gone.Addr().Is6() {
			p.write(bgp.NewBGPUpdateMessage(n, nil, nil))
			continue
		}
		u, err := bgp.NewPathAttributeMpUnreachNLRI(bgp.RF_IPv6_UC, n)
		require.NoError(p.r.t, err)
		p.write(bgp.NewBGPUpdateMessage(nil, []bgp.PathAttributeInterface{u}, nil))
	}
	end := policy.Route{Prefix: mile, NextHop: Hops(mile.Addr().Is6())[0], LocalPref: 100,
		Communities: policy.CommunitySet(policy.Community{Kind: policy.Large, A: milepostAS, B: round})}
	for _, r := range append(routes[:len(routes):len(routes)], end) {
		if r.Prefix.Addr().Is6() {
			p.write(bgp.NewBGPUpdateMessage(nil, p.attributes(r), nil))
		} else {
			p.write(bgp.NewBGPUpdateMessage(nil, p.attributes(r), []bgp.PathNLRI{nlri(r.Prefix)}))
		}
	}
}

func nlri(p netip.Prefix) bgp.PathNLRI {
	n, err := bgp.NewIPAddrPrefix(p)
	if err != nil {
		panic(err)
	}
	return bgp.PathNLRI{NLRI: n}
}

// attributes returns the route as path attributes, an IPv6 prefix among them.
func (p *peer) attributes(r policy.Route) []bgp.PathAttributeInterface {
	path := r.ASPath
	if p.asn != TestedAS {
		path = append([]uint32{p.asn}, path...)
	}
	var params []bgp.AsPathParamInterface
	if len(path) > 0 {
		params = append(params, bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, path))
	}
	out := []bgp.PathAttributeInterface{bgp.NewPathAttributeOrigin(uint8(r.Origin)), bgp.NewPathAttributeAsPath(params)}
	if r.Prefix.Addr().Is6() {
		mp, err := bgp.NewPathAttributeMpReachNLRI(bgp.RF_IPv6_UC, []bgp.PathNLRI{nlri(r.Prefix)}, r.NextHop)
		require.NoError(p.r.t, err)
		out = append(out, mp)
	} else {
		hop, err := bgp.NewPathAttributeNextHop(r.NextHop)
		require.NoError(p.r.t, err)
		out = append(out, hop)
	}
	if r.MED != 0 {
		out = append(out, bgp.NewPathAttributeMultiExitDisc(r.MED))
	}
	if p.asn == TestedAS {
		out = append(out, bgp.NewPathAttributeLocalPref(r.LocalPref))
	}
	var standard []uint32
	var large []*bgp.LargeCommunity
	var extended []bgp.ExtendedCommunityInterface
	for _, c := range r.Communities {
		switch c.Kind {
		case policy.Standard:
			standard = append(standard, c.A<<16|c.B)
		case policy.Large:
			large = append(large, bgp.NewLargeCommunity(c.A, c.B, c.C))
		default:
			extended = append(extended, bgp.NewTwoOctetAsSpecificExtended(bgp.ExtendedCommunityAttrSubType(c.A&0xff), uint16(c.B), c.C, true))
		}
	}
	if standard != nil {
		out = append(out, bgp.NewPathAttributeCommunities(standard))
	}
	if extended != nil {
		out = append(out, bgp.NewPathAttributeExtendedCommunities(extended))
	}
	if large != nil {
		out = append(out, bgp.NewPathAttributeLargeCommunities(large))
	}
	return out
}

// until waits for the mileposts in this round and returns what had been heard when the last of them came.
func (p *peer) until(round uint32, miles ...netip.Prefix) map[netip.Prefix]policy.Route {
	for {
		missing := netip.Prefix{}
		for _, m := range miles {
			if p.passed[m] != round {
				missing = m
			}
		}
		if !missing.IsValid() {
			return p.routes
		}
		select {
		case m := <-p.marks:
			p.passed[m.prefix], p.routes = m.round, m.routes
		case <-p.r.ctx.Done():
			require.Fail(p.r.t, "no milepost", "%s at %s in round %d", missing, p.addr, round)
		}
	}
}
