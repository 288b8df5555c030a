package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Protocol is where a route in the routing table came from, in Junos' words.
// The zero value is BGP.
type Protocol uint8

// Protocols that a fabric of closlab can contain.
const (
	BGP Protocol = iota
	Static
	Direct
	Local
	Aggregate
	firstForeign
)

// protocolNames lists the protocols by number. Those from firstForeign on can be named by a
// policy, but no router of a lab speaks them.
var protocolNames = []string{"bgp", "static", "direct", "local", "aggregate",
	"access", "access-internal", "arp", "evpn", "esis", "fec", "isis", "l2circuit", "l2vpn", "ldp",
	"msdp", "ospf", "ospf2", "ospf3", "pim", "rift", "rip", "ripng", "route-target", "rsvp", "srv6", "tunnel", "vpls"}

// ParseProtocol returns the protocol of that Junos name.
func ParseProtocol(name string) (Protocol, bool) {
	i := slices.Index(protocolNames, name)
	return Protocol(max(i, 0)), i >= 0
}

func (p Protocol) String() string { return protocolNames[p] }

// Origin is the ORIGIN attribute (RFC 4271 section 5.1.1); lower is preferred.
type Origin uint8

const (
	IGP Origin = iota
	EGP
	Incomplete
)

func (o Origin) String() string { return [...]string{"igp", "egp", "incomplete"}[o] }

// NextHopKind says how a policy wants the next hop set; At means the address in Route.NextHop.
type NextHopKind uint8

const (
	At            NextHopKind = iota // Route.NextHop
	NextHopSelf                      // the local address of the session
	NextHopPeer                      // the peer's address
	NextHopDrop                      // discard silently
	NextHopRefuse                    // discard and answer unreachable
)

func (k NextHopKind) String() string {
	return [...]string{"address", "self", "peer-address", "discard", "reject"}[k]
}

// Route is one route with its attributes. Slices are shared between routes and never
// changed in place.
type Route struct {
	Prefix      netip.Prefix
	Protocol    Protocol
	External    bool // learned over eBGP; Junos' route-type external
	Origin      Origin
	NextHopKind NextHopKind // what a policy asked for; At in a stored route
	NextHop     netip.Addr
	Neighbor    netip.Addr // the BGP peer it was learned from; invalid if none
	LocalPref   uint32
	MED         uint32 // 0 if absent, as RFC 4271 section 9.1.2.2 (c) compares it
	Tag         uint32
	Preference  uint32   // Junos' route preference (administrative distance)
	ASPath      []uint32 // nearest neighbour first; sets and confederations are not modelled
	Communities Communities
}

// SameAttributes reports whether two routes carry the same attributes to a peer or table:
// everything but protocol and where they were learned.
func (r Route) SameAttributes(o Route) bool {
	return r.Prefix == o.Prefix && r.Origin == o.Origin && r.NextHopKind == o.NextHopKind && r.NextHop == o.NextHop &&
		r.LocalPref == o.LocalPref && r.MED == o.MED && r.Tag == o.Tag && r.Preference == o.Preference &&
		slices.Equal(r.ASPath, o.ASPath) && slices.Equal(r.Communities, o.Communities)
}

// String returns the route on one line, leaving out attributes at their usual value.
func (r Route) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Prefix, r.Protocol)
	if r.External {
		b.WriteString(" external")
	}
	if len(r.ASPath) > 0 {
		fmt.Fprintf(&b, " as-path %s", strings.Trim(fmt.Sprint(r.ASPath), "[]"))
	}
	if r.Origin != IGP {
		fmt.Fprintf(&b, " origin %s", r.Origin)
	}
	if r.LocalPref != 100 && r.LocalPref != 0 {
		fmt.Fprintf(&b, " local-preference %d", r.LocalPref)
	}
	if r.MED != 0 {
		fmt.Fprintf(&b, " metric %d", r.MED)
	}
	if r.Tag != 0 {
		fmt.Fprintf(&b, " tag %d", r.Tag)
	}
	switch {
	case r.NextHopKind != At:
		fmt.Fprintf(&b, " next-hop %s", r.NextHopKind)
	case r.NextHop.IsValid():
		fmt.Fprintf(&b, " next-hop %s", r.NextHop)
	}
	if r.Neighbor.IsValid() {
		fmt.Fprintf(&b, " from %s", r.Neighbor)
	}
	if len(r.Communities) > 0 {
		fmt.Fprintf(&b, " communities %s", strings.Trim(fmt.Sprint(r.Communities), "[]"))
	}
	return b.String()
}
