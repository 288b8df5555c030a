package fabric

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// OwnRoute is a route of a node's own with its route preference (Junos: the lower wins).
type OwnRoute struct {
	Route
	Preference uint32
}

// Preference is Junos' route preference by protocol.
var Preference = map[policy.Protocol]uint32{
	policy.Direct: 0, policy.Local: 0, policy.Static: 5, policy.Aggregate: 130, policy.BGP: 170,
}

// LastResort is the preference of a host route to a linked router's address: it leads there while nothing better does, and
// must not stand in the way of the same prefix learned by BGP.
const LastResort = 254

// OwnRoutes returns the routes that a node has of its own: those that the fabric gives it, and those that follow from
// links and services. These are host routes to its own addresses and to those of the nodes linked to it, on a leaf to the VIPs of
// its colo over the colo's servers linked to it, and the default routes of servers and hosts over their routers. A derived route is left
// out where the node has one of the same prefix and protocol. Where the fabric is explicit there are no derived ones.
func (f *Fabric) OwnRoutes(n *Node) []OwnRoute {
	o := &owner{f: f, n: n}
	for _, l := range f.Links {
		if other := l.far(n.Name); other != "" && !slices.Contains(o.near, f.Node(other)) {
			o.near = append(o.near, f.Node(other))
		}
	}
	for _, r := range n.Routes {
		o.add(r)
	}
	if f.Explicit {
		return o.out
	}
	for fam, a := range n.Addrs {
		if a.IsValid() {
			o.derive(single(a), policy.Direct)
			if n.Role != Router {
				o.derive(netip.PrefixFrom([2]netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}[fam], 0), policy.Static, o.routers()...)
			}
		}
	}
	for _, m := range o.near {
		for _, a := range m.Addrs {
			if a.IsValid() {
				o.derive(single(a), policy.Direct, m.Name)
			}
		}
	}
	for _, s := range f.Services {
		if servers := o.vipServers(single(s.VIP)); len(servers) > 0 {
			o.derive(single(s.VIP), policy.Static, servers...)
		}
	}
	return o.out
}

// far returns the node at the other end of the link from n, or "" if n is at neither.
func (l *Link) far(n string) string {
	switch n {
	case l.From:
		return l.To
	case l.To:
		return l.From
	}
	return ""
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// owner collects the routes of one node.
type owner struct {
	f    *Fabric
	n    *Node
	near []*Node // linked to it
	out  []OwnRoute
}

func (o *owner) add(r Route) {
	if servers := o.vipServers(r.Prefix); len(r.Via) == 0 && len(servers) > 0 {
		r.Via, r.Drop = servers, false
	}
	own := OwnRoute{Route: r, Preference: Preference[r.Protocol]}
	if !o.f.Explicit && r.Protocol == policy.Direct && len(r.Via) > 0 && o.f.Node(r.Via[0]).Role == Router {
		own.Preference = LastResort
	}
	o.out = append(o.out, own)
}

func (o *owner) derive(p netip.Prefix, protocol policy.Protocol, via ...string) {
	hostless := o.n.Role != Router && protocol == policy.Static && len(via) == 0
	if hostless || slices.ContainsFunc(o.out, func(x OwnRoute) bool { return x.Prefix == p && x.Protocol == protocol }) {
		return
	}
	o.add(Route{Prefix: p, Protocol: protocol, Via: via, Pos: o.n.Pos})
}

// routers returns the names of the routers linked to the node.
func (o *owner) routers() []string {
	var out []string
	for _, m := range o.near {
		if m.Role == Router {
			out = append(out, m.Name)
		}
	}
	return out
}

// vipServers returns the servers linked to a leaf that answer the VIP which p is the host route of.
func (o *owner) vipServers(p netip.Prefix) []string {
	if o.n.Role != Router || o.n.Colo == "" || !p.IsSingleIP() {
		return nil
	}
	var out []string
	for _, s := range o.f.Services {
		if s.VIP != p.Addr() || !slices.Contains(s.Colos, o.n.Colo) {
			continue
		}
		for _, m := range o.near {
			if m.Role == Server && m.Colo == o.n.Colo && !slices.Contains(out, m.Name) {
				out = append(out, m.Name)
			}
		}
	}
	return out
}
