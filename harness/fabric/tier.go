package fabric

import (
	"math"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// tiers reads the routers.
func (b *builder) tiers(n *yaml.Node) {
	for _, e := range b.entries(n, "tiers") {
		if b.claim(e.word, "tier") {
			b.tier(e, "tier "+e.text)
		}
	}
	if len(b.f.Nodes) == 0 && len(b.problems) == 0 {
		b.problems.Addf(place.Pos{File: b.file}, "fabric: it has no tiers: add one as in tiers: {spine: {count: 2, asn: 65000}}")
	}
	b.undivided()
}

func (b *builder) tier(e entry, what string) {
	m := b.mapping(e.value, what, "nodes", "count", "asn", "asn_from", "external", "engine", "owns", "reflects")
	names := b.tierNames(e, m, what)
	first, step := b.asns(e, m, uint32(len(names)), what)
	engine := b.text(m["engine"], what)
	if engine.text != "" && engine.text != "frr" && engine.text != "gobgp" {
		b.problems.Addf(engine.pos, "%s: no engine named %q: it is frr or gobgp", what, engine.text)
	}
	external, reflects := b.flag(m["external"], what+": external"), b.flag(m["reflects"], what+": reflects")
	var nodes []*Node
	for i, w := range names {
		if !b.claim(w, "node") {
			continue
		}
		n := &Node{Name: w.text, Tier: e.text, Role: Router, ASN: first + uint32(i)*step, External: external,
			Engine: engine.text, Reflects: reflects, Pos: w.pos}
		b.add(n)
		nodes = append(nodes, n)
	}
	for _, w := range b.words(m["owns"], what+": owns") {
		b.own(nodes, w, what)
	}
}

// tierNames returns the names of a tier's nodes: those listed, or the tier's own with numbers from 1.
func (b *builder) tierNames(e entry, m map[string]*yaml.Node, what string) []word {
	if (m["nodes"] == nil) == (m["count"] == nil) {
		b.problems.Addf(e.pos, "%s: give either count or nodes", what)
		return nil
	}
	names := b.words(m["nodes"], what+": nodes")
	count := int(b.integer(m["count"], what+": count", maxNodes))
	if !b.room(len(names)+count, what, e.pos) {
		return nil
	}
	for i := range count {
		names = append(names, word{e.text + strconv.Itoa(i+1), e.pos})
	}
	return names
}

// asns returns the AS number of a tier's first node, and how much more every next one has.
func (b *builder) asns(e entry, m map[string]*yaml.Node, count uint32, what string) (first, step uint32) {
	switch {
	case (m["asn"] == nil) == (m["asn_from"] == nil):
		b.problems.Addf(e.pos, "%s: give either asn (one for all) or asn_from (one each, counting up)", what)
		return 0, 0
	case m["asn"] != nil:
		return b.integer(m["asn"], what+": asn", math.MaxUint32), 0
	}
	return b.integer(m["asn_from"], what+": asn_from", math.MaxUint32-max(count, 1)+1), 1
}

// find returns the node that a word names and that is of a role.
func (b *builder) find(w word, role Role, what string) *Node {
	n := b.f.Node(w.text)
	if n == nil {
		b.problems.Addf(w.pos, "%s: no %s named %q%s", what, role, w.text, b.hint(w.text, "node"))
	} else if n.Role != role {
		b.problems.Addf(w.pos, "%s: %s is a %s, not a %s", what, w.text, n.Role, role)
		return nil
	}
	return n
}

// hint returns the nearest name of some kinds.
func (b *builder) hint(word string, kinds ...string) string {
	if len(b.problems) > 100 {
		return "" // enough to do already
	}
	return nearest(word, func(yield func(string) bool) {
		for text, n := range b.names {
			for _, k := range kinds {
				if n.kind == k && !yield(text) {
					return
				}
			}
		}
	})
}

// choose returns the nodes that selectors mean, in fabric order; a selector that means none is a problem.
func (b *builder) choose(words []word, what string) []*Node {
	if len(words) == 1 {
		return b.selector(words[0], what)
	}
	in := map[*Node]bool{}
	for _, w := range words {
		for _, n := range b.selector(w, what) {
			in[n] = true
		}
	}
	var out []*Node
	for _, n := range b.f.Nodes {
		if in[n] {
			out = append(out, n)
		}
	}
	return out
}

// selector returns the nodes that one selector means.
func (b *builder) selector(w word, what string) []*Node {
	if nodes, known := b.selected[w.text]; known && len(nodes) > 0 {
		return nodes
	}
	if _, named := b.names[w.text]; !named && !reserved[w.text] {
		b.problems.Addf(w.pos, "%s: no node, tier or colo named %q%s", what, w.text, b.hint(w.text, "node", "tier", "colo"))
		return nil
	}
	nodes := b.f.Select(w.text)
	if b.selected[w.text] = nodes; len(nodes) == 0 {
		b.problems.Addf(w.pos, "%s: %q means no node", what, w.text)
	}
	return nodes
}

// routers returns the routers that selectors mean; anything else among them is a problem.
func (b *builder) routers(words []word, what string) []*Node {
	var out []*Node
	for _, n := range b.choose(words, what) {
		if n.Role == Router {
			out = append(out, n)
		} else {
			b.problems.Addf(words[0].pos, "%s: %s is a %s, not a router", what, n.Name, n.Role)
			return nil
		}
	}
	return out
}
