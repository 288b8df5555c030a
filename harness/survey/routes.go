package survey

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// highestDistance is below that of eBGP: a static route that is as far or farther gives way to what BGP learns.
const highestDistance = 19

// routes gives a node its own routes: to its subnets and addresses, static ones, and what it announces without having a route.
func (s *surveyor) routes(n *node) {
	for fam := range fabric.Families {
		for _, p := range n.ports {
			if a := p.addrs[fam]; a.IsValid() {
				s.connected(n, a, p)
			}
		}
	}
	for _, a := range n.lo {
		s.connected(n, a, nil)
	}
	if n.conf != nil {
		for _, x := range n.conf.Statics {
			s.static(n, x)
		}
	}
	if n.setup != nil {
		for _, r := range n.setup.Routes {
			x := frr.Static{Prefix: r.Prefix, Port: r.Port, Drop: r.Drop, Distance: 1, Pos: r.Pos}
			if n.conf != nil && slices.ContainsFunc(n.conf.Redistribute[fabric.FamilyOf(r.Prefix.Addr())], func(o frr.Origin) bool { return o.Protocol == "static" }) {
				s.problems.Addf(r.Pos, "%s redistributes static routes, and this one is the kernel's: it is not modelled", n.Name)
			}
			if len(r.Via) == 0 {
				s.static(n, x)
			}
			for _, via := range r.Via {
				x.Via = via
				s.static(n, x)
			}
		}
	}
	if n.conf != nil {
		s.announced(n)
		n.setAside()
	}
}

// setAside marks the routes that neither network nor redistribute brings into BGP.
func (n *node) setAside() {
	for i := range n.Routes {
		r := &n.Routes[i]
		fam := fabric.FamilyOf(r.Prefix.Addr())
		kind := map[policy.Protocol]string{policy.Direct: "connected", policy.Static: "static"}[r.Protocol]
		r.Aside = r.Protocol != policy.BGP &&
			!slices.ContainsFunc(n.conf.Networks[fam], func(o frr.Origin) bool { return o.Prefix == r.Prefix }) &&
			!slices.ContainsFunc(n.conf.Redistribute[fam], func(o frr.Origin) bool { return o.Protocol == kind })
	}
}

// connected adds the route to a subnet, over the link if it has one.
func (s *surveyor) connected(n *node, a addr, p *port) {
	r := fabric.Route{Prefix: a.Masked(), Protocol: policy.Direct, Pos: a.pos}
	if p != nil && !a.IsSingleIP() {
		r.Via = []string{p.far.node.Name}
	}
	if i := n.route(r.Prefix); i >= 0 {
		if p != nil {
			s.problems.Addf(a.pos, "%s has two interfaces in %s: it is not modelled", n.Name, r.Prefix)
		}
		return
	}
	n.Routes = append(n.Routes, r)
}

func (n *node) route(p netip.Prefix) int {
	return slices.IndexFunc(n.Routes, func(r fabric.Route) bool { return r.Prefix == p })
}

// static adds a static route, or another next hop of one.
func (s *surveyor) static(n *node, x frr.Static) {
	x.Drop = x.Drop || x.Port == "lo" && !x.Via.IsValid() // packets go round until they are given up
	r := fabric.Route{Prefix: x.Prefix, Protocol: policy.Static, Drop: x.Drop, Tag: x.Tag, Pos: x.Pos}
	if x.Distance > highestDistance {
		s.problems.Addf(x.Pos, "static route to %s with distance %d, which may give way to BGP: it is not modelled", x.Prefix, x.Distance)
		return
	}
	if !x.Drop {
		far := n.leads(x)
		if far == nil {
			s.noWay(n, x)
			return
		}
		r.Via = []string{far.node.Name}
	}
	i := n.route(r.Prefix)
	switch {
	case i < 0:
		n.Routes = append(n.Routes, r)
	case n.Routes[i].Protocol == policy.Direct:
		s.note(x.Pos, place.Warning, "%s: the static route to %s is not used: the subnet is connected", n.Name, x.Prefix)
	case n.Routes[i].Drop != r.Drop || n.distance(x) != x.Distance:
		s.problems.Addf(x.Pos, "%s has static routes to %s of different kinds or distances: it is not modelled", n.Name, x.Prefix)
	case !r.Drop && !slices.Contains(n.Routes[i].Via, r.Via[0]):
		n.Routes[i].Via = append(n.Routes[i].Via, r.Via...)
	}
}

// distance returns that of the first static route of the configuration to the same prefix.
func (n *node) distance(x frr.Static) uint32 {
	if n.conf != nil {
		for _, o := range n.conf.Statics {
			if o.Prefix == x.Prefix {
				return o.Distance
			}
		}
	}
	return x.Distance
}

// leads returns the far end of the link that a static route leads over; nil if there is none.
func (n *node) leads(x frr.Static) *port {
	for _, p := range n.ports {
		far := p.far.addrs[fabric.FamilyOf(x.Prefix.Addr())]
		switch {
		case x.Port != "" && x.Port != p.name:
		case !x.Via.IsValid() && x.Port == p.name, x.Via.IsValid() && far.Addr() == x.Via:
			return p.far
		}
	}
	return nil
}

// noWay tells of a static route that leads over no link: one whose next hop is nowhere is not used, and what would be looked up further is refused.
func (s *surveyor) noWay(n *node, x frr.Static) {
	fam := fabric.FamilyOf(x.Prefix.Addr())
	for _, p := range n.ports {
		if a := p.addrs[fam]; a.IsValid() && a.Masked().Contains(x.Via) {
			s.problems.Addf(x.Pos, "%s: static route to %s over %s, which no node has: packets would get lost on the link to %s", n.Name, x.Prefix, x.Via, p.far.node.Name)
			return
		}
	}
	if n.setup != nil && slices.Contains(n.setup.Ports, x.Port) {
		s.problems.Addf(x.Pos, "%s: static route to %s over %s, which is no link: it is not modelled", n.Name, x.Prefix, x.Port)
		return
	}
	if n.Role == fabric.Host || x.Port != "" {
		s.note(x.Pos, place.Warning, "%s: the route to %s is not there: no link leads to its next hop", n.Name, x.Prefix)
		return
	}
	s.problems.Addf(x.Pos, "%s: static route to %s over %s, which is on none of its links: it is not modelled", n.Name, x.Prefix, x.Via)
}

// announced adds what network statements announce of which there is no route, and tells of those that announce nothing. Other networks and
// what is redistributed are routes already, and the chains of the sessions let them out (package dialect/frr).
func (s *surveyor) announced(n *node) {
	for fam := range fabric.Families {
		for _, o := range n.conf.Networks[fam] {
			switch i := n.route(o.Prefix); {
			case i >= 0:
			case n.conf.Unchecked.File != "":
				n.Routes = append(n.Routes, fabric.Route{Prefix: o.Prefix, Protocol: policy.BGP, Pos: o.Pos})
			default:
				s.note(o.Pos, place.Warning, "%s: network %s announces nothing: there is no connected or static route to it", n.Name, o.Prefix)
			}
		}
		s.handedOn(n, fabric.Family(fam))
		for _, o := range n.conf.Redistribute[fam] {
			kernel := n.setup != nil && len(n.setup.Routes) > 0
			switch {
			case o.Protocol == "local" || o.Protocol == "table" || o.Protocol == "table-direct" || o.Protocol == "kernel" && kernel:
				s.problems.Addf(o.Pos, "redistribute %s is not modelled", o.Protocol)
			case o.Protocol == "connected" && n.of.NetworkMode != "none":
				s.note(o.Pos, place.Note, "%s: redistribute connected also announces containerlab's management network, which closlab's labs do not have", n.Name)
			}
		}
	}
}

// handedOn refuses static routes in BGP at a router with internal neighbors: bgpd tells them the next hop of the route, closlab the router itself.
func (s *surveyor) handedOn(n *node, fam fabric.Family) {
	internal := slices.ContainsFunc(s.lab.Plan.Sessions, func(x *fabric.Session) bool { return x.Node == n.Name && !x.External() })
	all := slices.ContainsFunc(n.conf.Redistribute[fam], func(o frr.Origin) bool { return o.Protocol == "static" })
	for _, r := range n.Routes {
		named := slices.ContainsFunc(n.conf.Networks[fam], func(o frr.Origin) bool { return o.Prefix == r.Prefix })
		if internal && r.Protocol == policy.Static && len(r.Via) > 0 && fabric.FamilyOf(r.Prefix.Addr()) == fam && (all || named) {
			s.problems.Addf(r.Pos, "%s: a static route with a next hop that goes to internal neighbors, who are told that next hop: it is not modelled", n.Name)
		}
	}
}
