package fabric

import (
	"bytes"
	"net/netip"
	"slices"
)

// StatementName is the name of the file beside somebody's own description of a network that says what must hold there.
const StatementName = "closlab.yaml"

// Plan is a network that is described elsewhere than in a fabric.yaml. Nothing is derived of it: its nodes have the addresses and the routes that are
// listed, and no others. The nodes' tiers may be changed by Draw.
type Plan struct {
	Name     string
	Dir      string // folder it was read from
	File     string // that describes it, as shown in messages
	Text     []byte // of that file
	Nodes    []*Node
	Links    []Link
	Sessions []*Session // both ends of every session
}

// Draw returns the fabric of a plan, with what a statement says of it: tiers (which nodes are one, and whether they are external), prefix groups and invariants,
// in the words of fabric.yaml. file is what messages call the statement; there may be none. The error is a place.Problems with everything that is wrong.
func Draw(p Plan, file string, statement []byte) (*Fabric, error) {
	return draw(p, file, statement).result()
}

func draw(p Plan, file string, statement []byte) *builder {
	b := newBuilder(file, slices.Concat(p.Text, []byte{0}, statement))
	b.f.Name, b.f.Dir, b.f.File, b.f.Explicit = p.Name, p.Dir, p.File, true
	b.again = func() *builder { return draw(p, file, statement) }
	b.claimNodes(p.Nodes)
	for _, l := range p.Links {
		b.linked[pair(l.From, l.To)] = l.Pos
		b.neighbours[l.From] = append(b.neighbours[l.From], l.To)
		b.neighbours[l.To] = append(b.neighbours[l.To], l.From)
	}
	b.f.Links, b.f.Sessions = p.Links, p.Sessions
	for _, s := range p.Sessions {
		b.ends[s.Node] = append(b.ends[s.Node], s)
	}
	if len(bytes.TrimSpace(statement)) == 0 {
		return b
	}
	top := b.mapping(b.document(statement), "statement", "tiers", "prefixes", "invariants")
	for _, e := range b.entries(top["tiers"], "tiers") {
		b.stated(e, "tier "+e.text)
	}
	b.prefixGroups(top["prefixes"])
	for _, g := range b.f.Prefixes {
		b.owned(g)
	}
	b.undivided()
	b.invariants(top["invariants"])
	return b
}

// claimNodes takes the nodes of a plan and the tiers they are in. Their names need not have the form of those in a fabric.yaml.
func (b *builder) claimNodes(nodes []*Node) {
	for _, n := range nodes {
		prev, taken := b.names[n.Name]
		if taken {
			b.problems.Addf(n.Pos, "node %q: the name is closlab's own or taken (%s): choose another", n.Name, prev.kind)
			continue
		}
		b.names[n.Name] = name{"node", n.Pos}
		b.add(n)
	}
	for _, n := range nodes {
		if n.Role != Router || n.Tier == "" {
			continue
		}
		if prev, taken := b.names[n.Tier]; taken && prev.kind != "tier" || !nameForm.MatchString(n.Tier) {
			n.Tier = ""
		} else if !taken {
			b.names[n.Tier] = name{"tier", n.Pos}
		}
	}
}

// stated reads what a statement says of a tier.
func (b *builder) stated(e entry, what string) {
	if b.names[e.text].kind != "tier" && !b.claim(e.word, "tier") {
		return
	}
	m := b.mapping(e.value, what, "nodes", "external")
	external := b.flag(m["external"], what+": external")
	nodes := b.f.Select(e.text)
	if m["nodes"] != nil {
		nodes = b.routers(b.words(m["nodes"], what+": nodes"), what+": nodes")
	}
	if len(nodes) == 0 && len(b.problems) == 0 {
		b.problems.Addf(e.pos, "%s: it has no nodes", what)
	}
	for _, n := range nodes {
		n.Tier, n.External = e.text, external
	}
}

// owned finds out which node of a plan a prefix belongs to: the only one that has a route of its own to it.
func (b *builder) owned(g *PrefixGroup) {
	for _, p := range g.Prefixes {
		var owners []string
		for _, n := range b.f.Nodes {
			if n.Role == Router && slices.ContainsFunc(n.Routes, func(r Route) bool { return r.Prefix == p }) {
				owners = append(owners, n.Name)
			}
		}
		if len(owners) == 1 {
			g.Owner[p] = owners[0]
		}
	}
}

// Unnumbered returns addresses for the ends of the i-th link, by family, From's first: for links whose ends BGP knows by their interfaces.
// They stand for the link-local ones of the routers, which no route leads to either.
func Unnumbered(i int) (out [2][2]netip.Addr) {
	for _, fam := range Families {
		out[fam] = linkEnds(fam, uint64(i))
	}
	return out
}

// Overlapping returns which of closlab's own ranges for links a prefix overlaps, if any.
func Overlapping(p netip.Prefix) (netip.Prefix, bool) {
	for _, own := range linkRange {
		if own.Overlaps(p) {
			return own, true
		}
	}
	return netip.Prefix{}, false
}
