package fabric

import (
	"net/netip"

	"go.yaml.in/yaml/v3"
)

// services reads the services; every leaf of their colos gets a discard route for the prefix, so that it can announce it.
func (b *builder) services(n *yaml.Node) {
	entries := b.entries(n, "services")
	if len(entries) == 0 {
		return
	}
	all := b.addGroup(anycast, b.pos(n))
	for _, e := range entries {
		s := b.service(e, "service "+e.text)
		if s == nil {
			continue
		}
		all.Prefixes = append(all.Prefixes, s.Prefix)
		if len(s.Colos) == 1 {
			all.Owner[s.Prefix] = s.Colos[0]
		}
		for _, name := range s.Colos {
			leaves := b.coloOf[name].Leaves
			if !b.roomForRoutes(len(leaves), "service "+e.text, s.Pos) {
				return
			}
			for _, leaf := range leaves {
				b.discard(b.f.Node(leaf), []netip.Prefix{s.Prefix}, s.Pos)
			}
		}
	}
}

func (b *builder) service(e entry, what string) *Service {
	if !b.claim(e.word, "service") {
		return nil
	}
	m := b.mapping(e.value, what, "prefix", "colos")
	s := &Service{Name: e.text, Pos: e.pos}
	if m["prefix"] == nil {
		b.problems.Addf(e.pos, "%s: it has no prefix", what)
	}
	for _, w := range b.words(m["colos"], what+": colos") {
		if b.coloOf[w.text] != nil {
			s.Colos = append(s.Colos, w.text)
		} else {
			b.problems.Addf(w.pos, "%s: no colo named %q%s", what, w.text, b.hint(w.text, "colo"))
		}
	}
	if m["colos"] == nil {
		b.problems.Addf(e.pos, "%s: it has no colos", what)
	}
	w := b.text(m["prefix"], what+": prefix")
	if w.text == "" {
		return nil
	}
	p, ok := b.prefix(w, what)
	if !ok {
		return nil
	}
	s.Prefix, s.VIP = p, firstHost(p)
	b.f.Services = append(b.f.Services, s)
	return s
}

// hosts reads what hangs on routers only to send and to answer: clients, origins, the NOC.
func (b *builder) hosts(n *yaml.Node) {
	for _, e := range b.entries(n, "hosts") {
		what := "host " + e.text
		if !b.claim(e.word, "node") || !b.roomForNodes(1, what, e.pos) {
			continue
		}
		m := b.mapping(e.value, what, "at", "address")
		h := &Node{Name: e.text, Tier: "hosts", Role: Host, Addrs: b.addresses(m["address"], what), Pos: e.pos}
		b.add(h)
		if m["address"] == nil {
			b.problems.Addf(e.pos, "%s: it has no address", what)
		}
		if m["at"] == nil {
			b.problems.Addf(e.pos, "%s: it is at no router: add at", what)
		} else if w := b.text(m["at"], what+": at"); w.text != "" {
			if at := b.find(w, Router, what); at != nil {
				b.link(at.Name, h.Name, e.pos)
			}
		}
	}
}
