package render

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// node is a node of the fabric as it is in the topology.
type node struct {
	*fabric.Node
	name     string // in the topology
	f        *fabric.Fabric
	links    []link
	sessions []*fabric.Session
}

// link is a link as one of its ends sees it.
type link struct {
	name       string // of the interface
	far        string // node of the fabric
	addrs, via [2]netip.Addr
}

// nodes returns the nodes in fabric order. Interfaces that have no name are called as is usual in containerlab: eth1 for the first
// link of a node, e1-1 on SR Linux.
func nodes(f *fabric.Fabric, name func(string) string) []*node {
	var out []*node
	byName := map[string]*node{}
	for _, x := range f.Nodes {
		n := &node{Node: x, name: name(x.Name), f: f, sessions: f.SessionsOf(x.Name)}
		out, byName[x.Name] = append(out, n), n
	}
	for _, l := range f.Links {
		ends := [2]string{l.From, l.To}
		for i, end := range ends {
			n := byName[end]
			x := link{name: fmt.Sprintf("eth%d", len(n.links)+1), far: ends[1-i]}
			switch {
			case l.Ports[i] != "":
				x.name = l.Ports[i]
			case n.Kind == "nokia_srlinux":
				x.name = fmt.Sprintf("e1-%d", len(n.links)+1)
			}
			for _, fam := range fabric.Families {
				x.addrs[fam], x.via[fam] = l.Addrs[fam][i], l.Addrs[fam][1-i]
			}
			n.links = append(n.links, x)
		}
	}
	return out
}

// subnets returns the addresses of the end of a link: links have subnets of two.
func (l *link) subnets() []netip.Prefix {
	var out []netip.Prefix
	for _, a := range l.addrs {
		if a.IsValid() {
			out = append(out, netip.PrefixFrom(a, a.BitLen()-1))
		}
	}
	return out
}

// loopback returns what the node answers to beside the addresses of its links: its own and, on a server, those of its colo's services.
func (n *node) loopback() []netip.Prefix {
	var out []netip.Prefix
	add := func(a netip.Addr) {
		linked := func(l link) bool { return slices.Contains(l.addrs[:], a) }
		if p := netip.PrefixFrom(a, a.BitLen()); a.IsValid() && !slices.Contains(out, p) && !slices.ContainsFunc(n.links, linked) {
			out = append(out, p)
		}
	}
	for _, a := range n.Addrs {
		add(a)
	}
	for _, s := range n.f.Services {
		if n.Role == fabric.Server && slices.Contains(s.Colos, n.Colo) {
			add(s.VIP)
		}
	}
	return out
}

// peers returns the neighbours of a router, once a family. Of two ends the one of the lesser name waits.
func (n *node) peers() []speaker.Peer {
	var out []speaker.Peer
	for _, s := range n.sessions {
		for _, fam := range fabric.Families {
			if s.Local[fam].IsValid() && s.Remote[fam].IsValid() {
				out = append(out, speaker.Peer{Local: s.Local[fam], Remote: s.Remote[fam], LocalAS: s.LocalAS, PeerAS: s.PeerAS,
					Passive: s.Node < s.Peer, Client: n.Reflects && !s.External()})
			}
		}
	}
	return out
}

// own is a route of the node's own, with the links that it leads over.
type own struct {
	fabric.OwnRoute
	links []*link
}

// routes returns the routes of the node's own.
func (n *node) routes() []own {
	var out []own
	for _, o := range n.f.OwnRoutes(n.Node) {
		x := own{OwnRoute: o}
		x.Drop = x.Drop || x.Protocol == policy.Aggregate && len(o.Via) == 0
		for _, via := range o.Via {
			for i := range n.links {
				if n.links[i].far == via {
					x.links = append(x.links, &n.links[i])
				}
			}
		}
		out = append(out, x)
	}
	return out
}

// best returns of the routes to each prefix the most preferred, the first of equals: for who cannot fall back on another when a link fails.
func best(routes []own) []own {
	var out []own
	for _, x := range routes {
		switch i := slices.IndexFunc(out, func(y own) bool { return y.Prefix == x.Prefix }); {
		case i < 0:
			out = append(out, x)
		case x.Preference < out[i].Preference:
			out[i] = x
		}
	}
	return out
}

// hops returns the addresses at the far ends of the links.
func (o *own) hops() []netip.Addr {
	var out []netip.Addr
	for _, l := range o.links {
		out = append(out, l.via[fabric.FamilyOf(o.Prefix.Addr())])
	}
	return out
}

// own returns routes of a router's own as its engine is given them.
func (n *node) own(routes []own) []speaker.Own {
	var out []speaker.Own
	for _, o := range routes {
		route := policy.Route{Prefix: o.Prefix, Protocol: o.Protocol, LocalPref: 100, Tag: o.Tag, Preference: o.Preference, Communities: o.Communities}
		hops := o.hops()
		if len(hops) > 0 {
			route.NextHop = hops[0]
		}
		if slices.ContainsFunc(n.Routes, func(x fabric.Route) bool { return x.Prefix == o.Prefix && x.Protocol == policy.BGP }) {
			route.Protocol = policy.BGP // a network statement
		}
		out = append(out, speaker.Own{Route: route, Hops: hops, Discard: o.Drop, Learned: o.Preference > fabric.Preference[policy.BGP],
			Aggregate: o.Protocol == policy.Aggregate, Announce: true})
	}
	return out
}
