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
	m := b.mapping(e.value, what, "nodes", "count", "asn", "asn_from", "external", "engine", "owns", "reflects", "kind", "image", "config", "mount", "interfaces")
	names := b.tierNames(e, m, what)
	first, step := b.asns(e, m, uint32(len(names)), what)
	engine := b.text(m["engine"], what)
	if engine.text != "" && engine.text != "frr" && engine.text != "gobgp" && engine.text != Native {
		b.problems.Addf(engine.pos, "%s: no engine named %q: it is frr, gobgp or native", what, engine.text)
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
	b.native(e, m, nodes, what)
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
	if !b.roomForNodes(len(names)+count, what, e.pos) {
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
