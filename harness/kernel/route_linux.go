package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Protocol says who put a route into the FIB.
type Protocol uint8

// The protocols that closlab uses and meets; see rtnetlink(7).
const (
	Connected Protocol = unix.RTPROT_KERNEL // follows from an address
	Static    Protocol = unix.RTPROT_STATIC
	BGP       Protocol = unix.RTPROT_BGP
)

// Route is an entry of the main table of a namespace. Two routes as the kernel lists them can be compared field by field.
type Route struct {
	Dst      netip.Prefix
	Hops     []Hop      // of equal cost, sorted by address and link; none if Discard
	Discard  bool       // packets vanish in silence
	Source   netip.Addr // that packets of this host prefer; none by default
	Protocol Protocol   // Static if 0 when set
	Spare    bool       // gives way to any other route to the same destination
}

// spare is the metric of routes that give way; the least wins.
const spare = 1 << 30

// Hop is a next hop: a gateway, a link, or a gateway on a link. With no link the kernel finds it by the address; in
// what it lists, the link is always there. A gateway on a link is taken at its word: the kernel's own route to it, which comes into
// force some time after the link, is not asked for.
type Hop struct {
	Addr netip.Addr // none if the destination is on the link itself
	Link string
}

// SetRoute adds a route, in place of the one to the same destination if there is one. Packets meet one or the other.
func (n *Namespace) SetRoute(r Route) error {
	out, err := n.encode(r)
	if err == nil {
		err = n.link.RouteReplace(out)
	}
	if err != nil {
		return fmt.Errorf("%s: route to %s: %w", n.Name, r.Dst, err)
	}
	return nil
}

// DeleteRoute removes the route to a destination with all its next hops. That there is none is an error which wraps unix.ESRCH.
func (n *Namespace) DeleteRoute(dst netip.Prefix) error {
	err := n.link.RouteDel(&netlink.Route{Dst: ipNet(dst.Masked()), Table: unix.RT_TABLE_MAIN})
	if err != nil {
		return fmt.Errorf("%s: no route to %s deleted: %w", n.Name, dst, err)
	}
	return nil
}

func (n *Namespace) encode(r Route) (*netlink.Route, error) {
	out := &netlink.Route{Dst: ipNet(r.Dst.Masked()), Table: unix.RT_TABLE_MAIN, Protocol: netlink.RouteProtocol(cmp.Or(r.Protocol, Static))}
	if r.Source.IsValid() {
		out.Src = r.Source.AsSlice()
	}
	if r.Spare {
		out.Priority = spare
	}
	if r.Discard != (len(r.Hops) == 0) {
		return nil, errors.New("either next hops or discard")
	}
	if r.Discard {
		out.Type = unix.RTN_BLACKHOLE
		return out, nil
	}
	for _, h := range r.Hops {
		hop := &netlink.NexthopInfo{}
		if h.Addr.IsValid() {
			hop.Gw = h.Addr.AsSlice()
		}
		if h.Link != "" {
			index, err := n.index(h.Link)
			if err != nil {
				return nil, err
			}
			hop.LinkIndex = index
			if h.Addr.IsValid() {
				hop.Flags = unix.RTNH_F_ONLINK
			}
		}
		out.MultiPath = append(out.MultiPath, hop)
	}
	if len(r.Hops) == 1 {
		hop := out.MultiPath[0]
		out.Gw, out.LinkIndex, out.Flags, out.MultiPath = hop.Gw, hop.LinkIndex, hop.Flags, nil
	}
	return out, nil
}

// FIB returns the routes of the main table, IPv4 before IPv6, sorted by destination. Left out are those of the
// loopback's own addresses, link-local and multicast.
func (n *Namespace) FIB() ([]Route, error) {
	var fib []Route
	list, err := n.link.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot list the routes: %w", n.Name, err)
	}
	for _, r := range list {
		if out, ok := n.decode(r); ok {
			fib = append(fib, out)
		}
	}
	slices.SortFunc(fib, func(a, b Route) int {
		return cmp.Or(a.Dst.Compare(b.Dst), cmp.Compare(boolean(a.Spare), boolean(b.Spare)))
	})
	return slices.CompactFunc(fib, func(a, b Route) bool { return a.Dst == b.Dst && b.Spare }), nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decode returns false for routes that FIB leaves out.
func (n *Namespace) decode(r netlink.Route) (Route, bool) {
	out := Route{Protocol: Protocol(r.Protocol), Discard: r.Type == unix.RTN_BLACKHOLE, Source: addr(r.Src), Spare: r.Priority == spare}
	if r.Table != unix.RT_TABLE_MAIN || r.Type != unix.RTN_UNICAST && !out.Discard {
		return out, false
	}
	switch {
	case r.Dst != nil:
		bits, _ := r.Dst.Mask.Size()
		out.Dst = netip.PrefixFrom(addr(r.Dst.IP), bits)
	case r.Family == unix.AF_INET6:
		out.Dst = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	default:
		out.Dst = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	if a := out.Dst.Addr(); a.IsLinkLocalUnicast() || a.IsMulticast() {
		return out, false
	}
	if out.Discard {
		return out, true
	}
	if len(r.MultiPath) == 0 {
		r.MultiPath = []*netlink.NexthopInfo{{Gw: r.Gw, LinkIndex: r.LinkIndex}}
	}
	for _, h := range r.MultiPath {
		out.Hops = append(out.Hops, Hop{addr(h.Gw), n.name(h.LinkIndex)})
	}
	slices.SortFunc(out.Hops, func(a, b Hop) int { return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Link, b.Link)) })
	return out, out.Protocol != Connected || out.Hops[0].Link != "lo"
}

// addr returns no address for nil.
func addr(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}
