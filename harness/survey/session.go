package survey

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// half is what one router says of a session of one family with a neighbour at the far end of a link.
type half struct {
	said *frr.Session
	from *port
	fam  fabric.Family
}

// sessions makes the sessions that both ends speak of alike. The order is that of links.
func (s *surveyor) sessions() {
	halves := map[*port]*[2]*half{}
	for _, n := range s.nodes {
		if n.conf == nil {
			continue
		}
		for _, said := range n.conf.Sessions {
			if said.Name != said.Group || said.Addr.IsValid() { // not a group by itself
				s.half(n, said, halves)
			}
		}
	}
	for _, n := range s.nodes { // neighbours that come by themselves
		for _, p := range n.ports {
			if n.conf != nil && halves[p.far] != nil {
				s.listening(n, p, halves)
			}
		}
	}
	ends := make([][2]*port, len(s.lab.Plan.Links))
	for _, n := range s.nodes {
		for _, p := range n.ports {
			ends[p.link][p.end] = p
		}
	}
	for _, e := range ends {
		s.join(e[0], e[1], halves)
	}
}

// half finds the link that a neighbour is on.
func (s *surveyor) half(n *node, said *frr.Session, halves map[*port]*[2]*half) {
	fam := fabric.V4
	if said.V6 {
		fam = fabric.V6
	}
	at := n.toward(said)
	switch {
	case at == nil && said.Addr.IsValid() && s.owner(said.Addr) != nil:
		s.problems.Addf(said.Pos, "neighbor %s is %s, but at none of their links' addresses: sessions between loopbacks are not modelled", said.Name, s.owner(said.Addr).Name)
		return
	case at == nil:
		s.note(said.Pos, place.Warning, "neighbor %s: no node of the topology has this address or link: the session does not come up", said.Name)
		return
	case at.far.node.conf == nil:
		s.problems.Addf(said.Pos, "neighbor %s is %s, which has no frr.conf: closlab cannot know what it says", said.Name, at.far.node.Name)
		return
	case said.Addr.IsValid() && said.Addr.Is6() != said.V6:
		s.problems.Addf(said.Pos, "neighbor %s carries %s routes over another family: it is not modelled: say no neighbor %s activate there", said.Name, fam, said.Name)
		return
	case said.V6 && !said.Addr.IsValid() && pairwise(at.addrs[fabric.V4]) && pairwise(at.far.addrs[fabric.V4]):
		s.problems.Addf(said.Pos, "neighbor %s: bgpd takes the IPv4 addresses of such a link, and IPv6 routes over IPv4 are not modelled", said.Name)
		return
	case said.Addr.IsValid() && !at.addrs[fam].Masked().Contains(said.Addr):
		s.problems.Addf(said.Pos, "neighbor %s is in none of the subnets of interface %s: it is not modelled", said.Name, at.name)
		return
	}
	if source := n.conf.Says(said.Name, "update-source"); source != "" && source != at.name && source != at.addrs[fam].Addr().String() {
		s.problems.Addf(said.Pos, "neighbor %s update-source %s: another address than that of the link is not modelled", said.Name, source)
		return
	}
	if halves[at] == nil {
		halves[at] = &[2]*half{}
	}
	if prev := halves[at][fam]; prev != nil {
		s.problems.Addf(said.Pos, "neighbor %s: a second %s session with %s (%s): it is not modelled", said.Name, fam, at.far.node.Name, prev.said.Pos)
		return
	}
	halves[at][fam] = &half{said, at, fam}
}

// pairwise reports whether an address is in a subnet of which bgpd knows the neighbour's address, too.
func pairwise(a addr) bool { return a.IsValid() && a.Bits() >= 30 && a.Bits() < 32 }

// toward returns the end of the link over which a router meets a neighbour.
func (n *node) toward(said *frr.Session) *port {
	if !said.Addr.IsValid() {
		return n.port(said.Name)
	}
	for _, p := range n.ports {
		if far := p.far.addrs[fabric.FamilyOf(said.Addr)]; far.IsValid() && far.Addr() == said.Addr {
			return p
		}
	}
	return nil
}

// owner returns the router that has an address.
func (s *surveyor) owner(a netip.Addr) *node {
	for _, n := range s.nodes {
		if slices.ContainsFunc(n.lo, func(x addr) bool { return x.Addr() == a }) ||
			slices.ContainsFunc(n.ports, func(p *port) bool { return p.addrs[fabric.FamilyOf(a)].Addr() == a }) {
			return n
		}
	}
	return nil
}

// listening makes the half of a router that listens for neighbours with the address of the far end.
func (s *surveyor) listening(n *node, p *port, halves map[*port]*[2]*half) {
	for fam, far := range halves[p.far] {
		a := p.far.addrs[fam]
		if far == nil || !a.IsValid() || halves[p] != nil && halves[p][fam] != nil {
			continue
		}
		if said := n.conf.Session(a.Addr(), fam == int(fabric.V6)); said != nil && !said.Addr.IsValid() {
			if halves[p] == nil {
				halves[p] = &[2]*half{}
			}
			halves[p][fam] = &half{said, p, fabric.Family(fam)}
		}
	}
}

// join makes the session of a link, in the families in which both ends speak of it.
func (s *surveyor) join(a, b *port, halves map[*port]*[2]*half) {
	if halves[a] == nil && halves[b] == nil {
		return
	}
	x := &fabric.Session{Node: a.node.Name, Peer: b.node.Name, LocalAS: a.node.ASN, PeerAS: b.node.ASN}
	y := &fabric.Session{Node: x.Peer, Peer: x.Node, LocalAS: x.PeerAS, PeerAS: x.LocalAS}
	there := false
	for _, fam := range fabric.Families {
		var h [2]*half
		for i, p := range [2]*port{a, b} {
			if halves[p] != nil {
				h[i] = halves[p][fam]
			}
		}
		if !s.agree(h) {
			continue
		}
		here, far := s.ends(a, b, fam)
		x.Local[fam], x.Remote[fam], y.Local[fam], y.Remote[fam] = here, far, far, here
		x.Binding[fam], y.Binding[fam] = a.node.bind(h[0]), b.node.bind(h[1])
		there = true
	}
	if !there {
		return
	}
	s.lab.Plan.Sessions = append(s.lab.Plan.Sessions, x, y)
}

// agree reports whether both ends speak of a session that comes up; it tells why one that an end speaks of does not.
func (s *surveyor) agree(h [2]*half) bool {
	if h[0] == nil && h[1] == nil {
		return false
	}
	for i, one := range h {
		if other := h[1-i]; one == nil {
			s.note(other.said.Pos, place.Warning, "neighbor %s: %s has no such neighbor for %s: the session does not come up", other.said.Name, other.from.far.node.Name, other.fam)
			return false
		}
	}
	for i, one := range h {
		own, far := one.from.node.ASN, one.from.far.node.ASN
		if one.said.PeerAS != 0 && one.said.PeerAS != far || one.said.PeerAS == 0 && one.said.External == (own == far) {
			s.note(one.said.Pos, place.Warning, "neighbor %s: it is in AS %d, which is not what is said here: the session does not come up", one.said.Name, far)
			return false
		}
		if i == 0 {
			continue
		}
		first := h[0]
		secret := func(x *half) string { return x.from.node.conf.Says(x.said.Name, "password") }
		passive := func(x *half) bool { return x.from.node.conf.Says(x.said.Name, "passive") != "" }
		if secret(one) != secret(first) || passive(one) && passive(first) {
			s.note(one.said.Pos, place.Warning, "neighbor %s: the passwords differ, or both ends wait: the session does not come up", one.said.Name)
			return false
		}
	}
	return true
}

// ends returns the addresses of a session: those of the link or, where the ends know each other by their interfaces, closlab's own.
func (s *surveyor) ends(a, b *port, fam fabric.Family) (netip.Addr, netip.Addr) {
	l := &s.lab.Plan.Links[a.link]
	switch one, two := l.Addrs[fam][0].IsValid(), l.Addrs[fam][1].IsValid(); {
	case one != two:
		s.problems.Addf(l.Pos, "link: one end has an %s address and the other has none, and a session runs over it: it is not modelled", fam)
	case !one:
		l.Addrs[fam] = fabric.Unnumbered(a.link)[fam]
		for _, n := range s.nodes {
			for _, x := range n.addresses() {
				if own, overlaps := fabric.Overlapping(x.Masked()); overlaps {
					s.problems.Addf(x.pos, "%s of %s overlaps %s, which closlab uses for links without addresses", x.Prefix, n.Name, own)
				}
			}
		}
	}
	return l.Addrs[fam][0], l.Addrs[fam][1]
}

// addresses returns all addresses of a node.
func (n *node) addresses() []addr {
	out := slices.Clone(n.lo)
	for _, p := range n.ports {
		for _, a := range p.addrs {
			if a.IsValid() {
				out = append(out, a)
			}
		}
	}
	return out
}

// bind returns where a half's text stands, and what it calls the neighbour.
func (n *node) bind(h *half) *fabric.Binding {
	b := &fabric.Binding{File: n.file, Pos: h.said.Pos}
	switch {
	case h.said.Addr.IsValid():
	case h.said.Name == h.said.Group:
		b.Group = h.said.Group
	default:
		b.Neighbor = h.said.Name
	}
	return b
}
