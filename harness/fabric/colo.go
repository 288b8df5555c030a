package fabric

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"go.yaml.in/yaml/v3"
)

// colos reads the colos, and makes their servers and prefix groups.
func (b *builder) colos(n *yaml.Node) {
	entries := b.entries(n, "colos")
	if len(entries) == 0 {
		return
	}
	all := b.addGroup(siteLocal, b.pos(n))
	sites := map[string]*PrefixGroup{}
	for _, e := range entries {
		if !b.claim(e.word, "colo") {
			continue
		}
		c := b.colo(e, "colo "+e.text)
		for _, g := range []*PrefixGroup{all, b.site(c, sites)} {
			g.Prefixes = append(g.Prefixes, c.Blocks...)
			for _, p := range c.Blocks {
				g.Owner[p] = c.Name
			}
		}
	}
}

// site returns the prefix group of a colo's site; a colo that names none has one of its own that is not kept.
func (b *builder) site(c *Colo, sites map[string]*PrefixGroup) *PrefixGroup {
	if c.Site == "" {
		return &PrefixGroup{Owner: map[netip.Prefix]string{}}
	}
	g, ok := sites[c.Site]
	if !ok {
		b.claim(word{c.Site, c.Pos}, "site")
		g = b.addGroup(c.Site, c.Pos)
		sites[c.Site] = g
	}
	return g
}

func (b *builder) colo(e entry, what string) *Colo {
	m := b.mapping(e.value, what, "leaf", "servers", "site", "blocks", "capacity")
	c := &Colo{Name: e.text, Site: b.text(m["site"], what+": site").text, Blocks: b.prefixes(m["blocks"], what+": blocks"), Pos: e.pos}
	b.f.Colos = append(b.f.Colos, c)
	b.coloOf[c.Name] = c
	for _, field := range []string{"leaf", "servers", "blocks"} {
		if m[field] == nil {
			b.problems.Addf(e.pos, "%s: it has no %s", what, field)
		}
	}
	var leaves []*Node
	for _, w := range b.words(m["leaf"], what+": leaf") {
		if leaf := b.find(w, Router, what); leaf != nil && b.takeLeaf(c, leaf, w, what) {
			leaves = append(leaves, leaf)
		}
	}
	b.coloServers(c, leaves, int(b.integer(m["servers"], what+": servers", maxNodes)), what)
	c.Capacity = b.number(m["capacity"], what+": capacity", 1e9)
	if m["capacity"] == nil {
		c.Capacity = float64(len(c.Servers))
	}
	return c
}

// takeLeaf makes a router a leaf of a colo, with discard routes for the colo's blocks so that it can announce them.
func (b *builder) takeLeaf(c *Colo, leaf *Node, w word, what string) bool {
	switch {
	case leaf.External:
		b.problems.Addf(w.pos, "%s: %s is external, so it cannot be a leaf", what, leaf.Name)
	case leaf.Colo != "":
		b.problems.Addf(w.pos, "%s: %s is already a leaf of colo %s", what, leaf.Name, leaf.Colo)
	case b.roomForRoutes(len(c.Blocks), what, c.Pos):
		leaf.Colo = c.Name
		c.Leaves = append(c.Leaves, leaf.Name)
		b.discard(leaf, c.Blocks, c.Pos)
		return true
	}
	return false
}

// discard gives a router static discard routes.
func (b *builder) discard(n *Node, prefixes []netip.Prefix, pos place.Pos) {
	for _, p := range prefixes {
		n.Routes = append(n.Routes, Route{Prefix: p, Protocol: policy.Static, Drop: true, Pos: pos})
	}
}

// coloServers makes the servers of a colo and links each to every leaf.
func (b *builder) coloServers(c *Colo, leaves []*Node, count int, what string) {
	if !b.roomForNodes(count, what, c.Pos) || !b.roomForLinks(count*len(leaves), what, c.Pos) {
		return
	}
	for i := range count {
		w := word{strings.ToLower(c.Name) + strconv.Itoa(i+1), c.Pos}
		if !b.claim(w, "node") {
			return
		}
		b.add(&Node{Name: w.text, Tier: "servers", Role: Server, Colo: c.Name, Pos: c.Pos})
		c.Servers = append(c.Servers, w.text)
		for _, leaf := range leaves {
			b.link(leaf.Name, w.text, c.Pos)
		}
	}
}
