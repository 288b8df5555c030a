package fabric

import (
	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// links reads the links between routers; each carries a BGP session.
func (b *builder) links(n *yaml.Node) {
	for _, item := range b.items(n, "links") {
		m := b.mapping(item, "link", "from", "to")
		if m["from"] == nil || m["to"] == nil {
			b.addf(item, "link: give both from and to")
			continue
		}
		from := b.routers(b.words(m["from"], "link: from"), "link: from")
		to := b.routers(b.words(m["to"], "link: to"), "link: to")
		if b.roomForLinks(len(from)*len(to), "link", b.pos(item)) {
			b.mesh(from, to, b.pos(item))
		}
	}
}

// mesh links every router of from with every router of to, each pair once.
func (b *builder) mesh(from, to []*Node, pos place.Pos) {
	before := len(b.f.Links)
	for _, f := range from {
		for _, t := range to {
			prev, twice := b.linked[pair(f.Name, t.Name)]
			switch {
			case f == t || twice && prev == pos:
			case twice:
				b.problems.Addf(pos, "link: %s and %s are already linked by line %d: parallel links are not modelled", f.Name, t.Name, prev.Line)
				return
			default:
				b.link(f.Name, t.Name, pos)
				b.session(f, t)
				b.session(t, f)
			}
		}
	}
	if len(b.f.Links) == before && len(from) > 0 && len(to) > 0 {
		b.problems.Addf(pos, "link: it joins nothing: from and to are the same router")
	}
}

// pair names two nodes whatever their order.
func pair(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

// link joins two nodes; the link's number gives its addresses.
func (b *builder) link(from, to string, pos place.Pos) {
	b.linked[pair(from, to)] = pos
	b.neighbours[from] = append(b.neighbours[from], to)
	b.neighbours[to] = append(b.neighbours[to], from)
	l := Link{From: from, To: to, Pos: pos}
	for _, fam := range Families {
		l.Addrs[fam] = linkEnds(fam, uint64(len(b.f.Links)))
	}
	b.f.Links = append(b.f.Links, l)
}

// session adds the end of a session at node over the link that was added last.
func (b *builder) session(node, peer *Node) {
	s := &Session{Node: node.Name, Peer: peer.Name, LocalAS: node.ASN, PeerAS: peer.ASN}
	l := b.f.Links[len(b.f.Links)-1]
	for _, fam := range Families {
		s.Local[fam], s.Remote[fam] = l.Addrs[fam][0], l.Addrs[fam][1]
		if l.From != node.Name {
			s.Local[fam], s.Remote[fam] = s.Remote[fam], s.Local[fam]
		}
	}
	b.f.Sessions = append(b.f.Sessions, s)
	b.ends[node.Name] = append(b.ends[node.Name], s)
}

// roomForLinks reports whether the fabric may have count more links.
func (b *builder) roomForLinks(count int, what string, pos place.Pos) bool {
	if len(b.f.Links)+count > maxLinks {
		b.problems.Addf(pos, "%s: a fabric has at most %d links", what, maxLinks)
		return false
	}
	return true
}
