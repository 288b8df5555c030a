package fabric

import (
	"maps"
	"net/netip"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"go.yaml.in/yaml/v3"
)

// Prefix groups that every fabric with colos or services has without saying so.
const (
	siteLocal = "site-local" // the blocks of all colos; each site's blocks are also a group of the site's name
	anycast   = "anycast"    // the prefixes of all services
)

// group is a prefix group while the nodes that own its parts are still being counted.
type group struct {
	*PrefixGroup
	blocks []netip.Prefix
	each   []int // length of the sub-block of every owner, by block; nil if the group is not divided
	owners int
}

// prefixGroups reads the named groups: a list of prefixes, or blocks that their owners divide.
func (b *builder) prefixGroups(n *yaml.Node) {
	for _, e := range b.entries(n, "prefixes") {
		what := "prefixes " + e.text
		if !b.claim(e.word, "prefix group") {
			continue
		}
		g := &group{PrefixGroup: b.addGroup(e.text, e.pos)}
		b.groups[e.text] = g
		if e.value.Kind != yaml.MappingNode {
			g.blocks = b.prefixes(e.value, what)
			g.Prefixes = g.blocks
			continue
		}
		m := b.mapping(e.value, what, "block", "each")
		g.blocks = b.prefixes(m["block"], what)
		if m["block"] == nil {
			b.addf(e.value, "%s: it has no block: add one as in {block: 10.20.0.0/16}", what)
		}
		if m["each"] == nil {
			g.Prefixes = g.blocks
		} else {
			g.each = b.lengths(m["each"], what, g.blocks)
		}
	}
}

// lengths returns the prefix length of the parts of every block.
func (b *builder) lengths(n *yaml.Node, what string, blocks []netip.Prefix) []int {
	words := b.scalars(n, what)
	if len(words) != len(blocks) {
		b.addf(n, "%s: each has %d prefix lengths for %d blocks", what, len(words), len(blocks))
		return []int{}
	}
	out := make([]int, len(words))
	for i, w := range words {
		length, err := strconv.Atoi(w.text)
		if err != nil || length < blocks[i].Bits() || length > blocks[i].Addr().BitLen() {
			b.problems.Addf(w.pos, "%s: %q is not a prefix length that divides %s", what, w.text, blocks[i])
			return []int{}
		}
		out[i] = length
	}
	return out
}

// addGroup puts a group into the fabric.
func (b *builder) addGroup(name string, pos place.Pos) *PrefixGroup {
	g := &PrefixGroup{Name: name, Owner: map[netip.Prefix]string{}, Pos: pos}
	b.f.Prefixes = append(b.f.Prefixes, g)
	b.prefixesOf[name] = g
	return g
}

// own lets nodes announce a group: each its own sub-block, or all of them all of it.
func (b *builder) own(nodes []*Node, w word, what string) {
	g, ok := b.groups[w.text]
	if !ok {
		b.problems.Addf(w.pos, "%s: no prefix group named %q%s", what, w.text, nearest(w.text, maps.Keys(b.groups)))
		return
	}
	if len(nodes) == 0 || !b.roomForRoutes(len(nodes)*len(g.blocks), what, w.pos) {
		return
	}
	g.owners += len(nodes)
	if g.each != nil {
		for _, n := range nodes {
			if !b.part(n, g, w.pos) {
				return
			}
		}
		return
	}
	b.announce(nodes, g.blocks, w.pos)
	clear(g.Owner)
	for _, p := range g.blocks {
		if g.owners == 1 {
			g.Owner[p] = nodes[0].Name
		}
	}
}

// part gives a node the next sub-block of every block; it reports whether there was one.
func (b *builder) part(n *Node, g *group, pos place.Pos) bool {
	home := b.homes[n.Name]
	for i, bits := range g.each {
		p, ok := nth(g.blocks[i], bits, uint64(len(g.Prefixes)/len(g.each)))
		if !ok {
			b.problems.Addf(pos, "prefixes %s: %s has no /%d left for %s", g.Name, g.blocks[i], bits, n.Name)
			return false
		}
		g.Prefixes = append(g.Prefixes, p)
		g.Owner[p] = n.Name
		if fam := FamilyOf(p.Addr()); !home[fam].IsValid() {
			home[fam] = p
		}
		b.announce([]*Node{n}, []netip.Prefix{p}, pos)
	}
	b.homes[n.Name] = home
	return true
}

// announce gives routers network statements.
func (b *builder) announce(nodes []*Node, prefixes []netip.Prefix, pos place.Pos) {
	for _, n := range nodes {
		for _, p := range prefixes {
			n.Routes = append(n.Routes, Route{Prefix: p, Protocol: policy.BGP, Pos: pos})
		}
	}
}

// undivided reports groups whose sub-blocks nobody owns.
func (b *builder) undivided() {
	for _, g := range b.f.Prefixes {
		if own := b.groups[g.Name]; own != nil && own.each != nil && own.owners == 0 {
			b.problems.Addf(g.Pos, "prefixes %s: it is to be divided, but no tier owns it: add owns: %s to one", g.Name, g.Name)
		}
	}
}
