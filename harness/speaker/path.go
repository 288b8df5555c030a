//go:build linux

package speaker

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"github.com/closlab/closlab/harness/policy"
)

// familyOf returns BGP's name for the family of an address.
func familyOf(a netip.Addr) bgp.Family {
	if a.Is6() {
		return bgp.RF_IPv6_UC
	}
	return bgp.RF_IPv4_UC
}

// prefixOf returns the prefix that a path leads to.
func prefixOf(n bgp.NLRI) (netip.Prefix, error) {
	if p, ok := n.(*bgp.IPAddrPrefix); ok {
		return p.Prefix, nil
	}
	return netip.Prefix{}, fmt.Errorf("route to %s is of no family that closlab knows", n)
}

// routeOf returns the attributes of a path; those that it does not carry are zero, but for the local preference.
func routeOf(p *apiutil.Path) (policy.Route, error) {
	prefix, err := prefixOf(p.Nlri)
	if err != nil {
		return policy.Route{}, err
	}
	return received(prefix, p.PeerAddress, p.Attrs)
}

// received returns the route to a prefix that came from a neighbour with those attributes.
func received(prefix netip.Prefix, from netip.Addr, attrs []bgp.PathAttributeInterface) (policy.Route, error) {
	var err error
	r := policy.Route{Prefix: prefix, Protocol: policy.BGP, Neighbor: from, LocalPref: defaultLocalPref}
	var cs []policy.Community
	for _, a := range attrs {
		switch a := a.(type) {
		case *bgp.PathAttributeOrigin:
			r.Origin = policy.Origin(a.Value)
		case *bgp.PathAttributeAsPath:
			for _, s := range a.Value {
				if s.GetType() != bgp.BGP_ASPATH_ATTR_TYPE_SEQ && err == nil {
					err = fmt.Errorf("route to %s: AS sets and confederations are not modelled", prefix)
				}
				r.ASPath = append(r.ASPath, s.GetAS()...)
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
				cs = append(cs, policy.Std(uint16(c>>16), uint16(c)))
			}
		case *bgp.PathAttributeLargeCommunities:
			for _, c := range a.Values {
				cs = append(cs, policy.Community{Kind: policy.Large, A: c.ASN, B: c.LocalData1, C: c.LocalData2})
			}
		case *bgp.PathAttributeExtendedCommunities:
			for _, x := range a.Value {
				b, bad := x.Serialize()
				if bad != nil || len(b) != 8 {
					return r, fmt.Errorf("route to %s: extended community %s cannot be read", prefix, x)
				}
				cs = append(cs, extended(b))
			}
		}
	}
	if len(cs) > 0 {
		r.Communities = policy.CommunitySet(cs...)
	}
	return r, err
}

// extended returns the extended community of eight bytes (RFC 4360, RFC 5668): types 1 and 2 have four bytes of
// administrator and two of value, the others two and four.
func extended(b []byte) policy.Community {
	c := policy.Community{Kind: policy.Extended, A: uint32(binary.BigEndian.Uint16(b))}
	if t := b[0] & 0x3f; t == 1 || t == 2 {
		c.B, c.C = binary.BigEndian.Uint32(b[2:]), uint32(binary.BigEndian.Uint16(b[6:]))
	} else {
		c.B, c.C = uint32(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint32(b[4:])
	}
	return c
}

// bytesOf is the inverse of extended.
func bytesOf(c policy.Community) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(c.A))
	if t := b[0] & 0x3f; t == 1 || t == 2 {
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(b, c.B), uint16(c.C))
	}
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, uint16(c.B)), c.C)
}

// pathOf returns a route of the router's own as GoBGP takes it. An unspecified next hop becomes the local
// address of each session.
func pathOf(r policy.Route) (*apiutil.Path, error) {
	nlri, err := bgp.NewIPAddrPrefix(r.Prefix)
	if err != nil {
		return nil, err
	}
	self := netip.IPv4Unspecified()
	if r.Prefix.Addr().Is6() {
		self = netip.IPv6Unspecified()
	}
	hop, err := bgp.NewPathAttributeNextHop(self)
	if err != nil {
		return nil, err
	}
	p := &apiutil.Path{Family: familyOf(self), Nlri: nlri, Attrs: []bgp.PathAttributeInterface{
		bgp.NewPathAttributeOrigin(uint8(r.Origin)), hop,
	}}
	if len(r.ASPath) > 0 {
		sequence := bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, slices.Clone(r.ASPath))
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeAsPath([]bgp.AsPathParamInterface{sequence}))
	}
	if r.MED != 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeMultiExitDisc(r.MED))
	}
	if r.LocalPref != 0 && r.LocalPref != defaultLocalPref {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeLocalPref(r.LocalPref))
	}
	return p, addCommunities(p, r.Communities)
}

func addCommunities(p *apiutil.Path, cs policy.Communities) error {
	var standard []uint32
	var large []*bgp.LargeCommunity
	var ext []bgp.ExtendedCommunityInterface
	for _, c := range cs {
		switch c.Kind {
		case policy.Standard:
			standard = append(standard, c.A<<16|c.B)
		case policy.Large:
			large = append(large, bgp.NewLargeCommunity(c.A, c.B, c.C))
		default:
			x, err := bgp.ParseExtended(bytesOf(c))
			if err != nil {
				return fmt.Errorf("community %s: %w", c, err)
			}
			ext = append(ext, x)
		}
	}
	if len(standard) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeCommunities(standard))
	}
	if len(large) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeLargeCommunities(large))
	}
	if len(ext) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeExtendedCommunities(ext))
	}
	return nil
}
