package fabric

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// claimed is a range of addresses and who has it.
type claimed struct {
	prefix netip.Prefix
	who    string
	pos    place.Pos
}

// overlaps reports ranges that two would have.
func (b *builder) overlaps() {
	all := b.ranges()
	slices.SortStableFunc(all, func(x, y claimed) int {
		return cmp.Or(x.prefix.Addr().Compare(y.prefix.Addr()), x.prefix.Bits()-y.prefix.Bits(), x.pos.Line-y.pos.Line)
	})
	for i, widest := 1, 0; i < len(all); i++ {
		outer, inner := all[widest], all[i]
		if !outer.prefix.Overlaps(inner.prefix) {
			widest = i
			continue
		}
		if inner.pos.Line < outer.pos.Line {
			outer, inner = inner, outer
		}
		b.problems.Addf(inner.pos, "%s: %s overlaps %s of %s", inner.who, inner.prefix, outer.prefix, outer.who)
	}
}

// ranges returns every range that may have only one owner.
func (b *builder) ranges() []claimed {
	var all []claimed
	for _, fam := range Families {
		all = append(all, claimed{linkRange[fam], "closlab's own range for links", place.Pos{}},
			claimed{loopbackRange[fam], "closlab's own range for routers", place.Pos{}})
	}
	for _, c := range b.f.Colos {
		for _, p := range c.Blocks {
			all = append(all, claimed{p, "colo " + c.Name, c.Pos})
		}
	}
	for _, s := range b.f.Services {
		all = append(all, claimed{s.Prefix, "service " + s.Name, s.Pos})
	}
	for _, g := range b.f.Prefixes {
		if own := b.groups[g.Name]; own == nil || own.each == nil {
			continue
		}
		for _, p := range g.Prefixes {
			all = append(all, claimed{p, "prefixes " + g.Name, g.Pos})
		}
	}
	for _, n := range b.f.Nodes {
		for _, a := range n.Addrs {
			if n.Role == Host && a.IsValid() {
				all = append(all, claimed{netip.PrefixFrom(a, a.BitLen()), "host " + n.Name, n.Pos})
			}
		}
	}
	return all
}
