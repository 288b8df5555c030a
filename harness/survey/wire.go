package survey

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// addr is an address with the length of its subnet, and where it stands.
type addr struct {
	netip.Prefix
	pos place.Pos
}

// port is the end of a link.
type port struct {
	name  string
	node  *node
	far   *port
	link  int // its number
	end   int // 0 for From, 1 for To
	addrs [2]addr
}

// wire makes the links.
func (s *surveyor) wire() {
	joined := map[[2]string]place.Pos{}
	for _, l := range s.top.Links {
		a, b := s.byName[l.Ends[0].Node], s.byName[l.Ends[1].Node]
		pair := [2]string{min(a.Name, b.Name), max(a.Name, b.Name)}
		prev, twice := joined[pair]
		switch {
		case a == b:
			s.problems.Addf(l.Pos, "link: both ends are at %s", a.Name)
			continue
		case twice:
			s.problems.Addf(l.Pos, "link: %s and %s are already linked by line %d: parallel links are not modelled", a.Name, b.Name, prev.Line)
			continue
		}
		joined[pair] = l.Pos
		ends := [2]*port{{name: l.Ends[0].Port, node: a}, {name: l.Ends[1].Port, node: b}}
		for i, p := range ends {
			p.far, p.link, p.end = ends[1-i], len(s.lab.Plan.Links), i
			p.node.ports = append(p.node.ports, p)
		}
		s.lab.Plan.Links = append(s.lab.Plan.Links, fabric.Link{From: a.Name, To: b.Name, Ports: [2]string{ends[0].name, ends[1].name}, Pos: l.Pos})
	}
}

func (n *node) port(name string) *port {
	i := slices.IndexFunc(n.ports, func(p *port) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return n.ports[i]
}

// equip gives a node its addresses: those of its configuration, and those that commands add.
func (s *surveyor) equip(n *node) {
	if n.conf != nil {
		s.interfaces(n)
		s.protocols(n)
	}
	if n.setup != nil {
		for _, a := range n.setup.Addrs {
			s.address(n, a.Port, addr{a.Prefix, a.Pos}, slices.Contains(n.setup.Ports, a.Port))
		}
	}
	for fam := range fabric.Families {
		for _, a := range n.lo {
			if fabric.FamilyOf(a.Addr()) == fabric.Family(fam) && !n.Addrs[fam].IsValid() {
				n.Addrs[fam] = a.Addr()
			}
		}
		for _, p := range n.ports {
			if !n.Addrs[fam].IsValid() {
				n.Addrs[fam] = p.addrs[fam].Addr()
			}
			if a := p.addrs[fam]; a.IsValid() {
				l := &s.lab.Plan.Links[p.link]
				l.Addrs[fam][p.end], l.Bits[fam][p.end] = a.Addr(), a.Bits()
			}
		}
	}
	if n.Role == fabric.Router {
		s.identify(n)
	} else {
		s.lone(n)
	}
}

// lone tells of a host that may be something else.
func (s *surveyor) lone(n *node) {
	addressed := 0
	for _, p := range n.ports {
		if p.addrs[fabric.V4].IsValid() || p.addrs[fabric.V6].IsValid() {
			addressed++
		}
	}
	switch {
	case len(n.ports) > 0 && n.Addrs == [2]netip.Addr{}:
		s.note(n.Pos, place.Warning, "host %s has no address: commands of exec would give it one", n.Name)
	case addressed > 1:
		s.note(n.Pos, place.Warning, "host %s has addresses on %d links, between which its kernel may forward: closlab's hosts do not, so bind a frr.conf into it if it is a router", n.Name, addressed)
	}
}

// interfaces takes the addresses of a router's interfaces.
func (s *surveyor) interfaces(n *node) {
	for _, i := range n.conf.Interfaces {
		linked := n.port(i.Name) != nil
		switch {
		case i.VRF != "" && linked:
			s.problems.Addf(i.Pos, "interface %s is in VRF %s: VRFs are not modelled", i.Name, i.VRF)
			continue
		case i.Shutdown && linked:
			s.problems.Addf(i.Pos, "interface %s is shut down: a link that does not come up is not modelled: take it out of the topology", i.Name)
			continue
		case i.VRF != "" || i.Shutdown:
			continue
		}
		for _, a := range i.Addrs {
			s.address(n, i.Name, addr{a.Prefix, a.Pos}, n.setup != nil && slices.Contains(n.setup.Ports, i.Name))
		}
	}
}

// address puts an address where it belongs. dummy says that there is such an interface without a link.
func (s *surveyor) address(n *node, name string, a addr, dummy bool) {
	if a.Addr().IsLinkLocalUnicast() || a.Addr().IsLoopback() {
		return // leads nowhere by itself
	}
	p := n.port(name)
	switch {
	case p == nil && (name == "lo" || dummy):
		if !slices.ContainsFunc(n.lo, func(o addr) bool { return o.Prefix == a.Prefix }) {
			n.lo = append(n.lo, a)
		}
		return
	case p == nil:
		s.note(a.pos, place.Warning, "node %s has no interface %s: its address %s is not there", n.Name, name, a.Prefix)
		return
	}
	fam := fabric.FamilyOf(a.Addr())
	switch had := p.addrs[fam]; {
	case had.Prefix == a.Prefix:
	case had.IsValid():
		s.problems.Addf(a.pos, "interface %s of %s has two addresses, %s and %s: it is not modelled", name, n.Name, had.Prefix, a.Prefix)
	default:
		p.addrs[fam] = a
	}
}
