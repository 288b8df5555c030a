package fabric

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
)

// Ranges that closlab takes addresses from where fabric.yaml gives none.
var (
	linkRange     = [2]netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fd00:64::/48")}
	loopbackRange = [2]netip.Prefix{netip.MustParsePrefix("10.255.0.0/16"), netip.MustParsePrefix("fd00:255::/48")}
)

// firstServer is where the addresses of servers start in a colo's block; those of routers are below.
const firstServer = 11

// nth returns the i-th prefix of that length in block, from 0, and whether there are so many.
func nth(block netip.Prefix, length int, i uint64) (netip.Prefix, bool) {
	a, pad := block.Addr().As16(), 128-block.Addr().BitLen()
	if room := length - block.Bits(); room < 0 || room < 64 && i>>room != 0 {
		return netip.Prefix{}, false
	}
	shift := uint(128 - pad - length)
	hi, lo := uint64(0), i<<shift
	if shift >= 64 {
		hi = i << (shift - 64)
	} else if shift > 0 {
		hi = i >> (64 - shift)
	}
	low, carry := bits.Add64(binary.BigEndian.Uint64(a[8:]), lo, 0)
	high, _ := bits.Add64(binary.BigEndian.Uint64(a[:8]), hi, carry)
	binary.BigEndian.PutUint64(a[8:], low)
	binary.BigEndian.PutUint64(a[:8], high)
	addr := netip.AddrFrom16(a)
	if pad > 0 {
		addr = addr.Unmap()
	}
	return netip.PrefixFrom(addr, length), true
}

// host returns the i-th address of block, counted from its network address; in IPv6 the decimal digits of i are read as
// hexadecimal ones, so that server 11 is .11 and ::11. The broadcast address is no host's.
func host(block netip.Prefix, i int) (netip.Addr, bool) {
	n := uint64(i)
	if block.Addr().Is6() {
		n, _ = strconv.ParseUint(strconv.Itoa(i), 16, 64)
	} else if room := 32 - block.Bits(); room > 1 && n == 1<<room-1 {
		return netip.Addr{}, false
	}
	p, ok := nth(block, block.Addr().BitLen(), n)
	return p.Addr(), ok
}

// firstHost returns the first address of a prefix that a host can have.
func firstHost(p netip.Prefix) netip.Addr {
	if a, ok := host(p, 1); ok && p.Addr().BitLen()-p.Bits() > 1 {
		return a
	}
	return p.Addr()
}

// linkEnds returns the addresses of the i-th link's ends (RFC 3021 and RFC 6164: /31 and /127).
func linkEnds(fam Family, i uint64) [2]netip.Addr {
	p, _ := nth(linkRange[fam], linkRange[fam].Addr().BitLen()-1, i)
	return [2]netip.Addr{p.Addr(), p.Addr().Next()}
}

// derive gives every router and server its addresses: those of a site lie in the blocks of its colos, so that
// whoever reaches a site's prefixes reaches all of it. A router that owns part of a prefix group has the first
// address of its part, any other router of ours one of loopbackRange.
func (b *builder) derive() {
	homes := b.coloHomes()
	members := map[string][]*Node{}
	for i, n := range b.f.Nodes {
		if n.Role != Router {
			continue
		}
		id, _ := host(loopbackRange[V4], i+1)
		if c := homes[n.Name]; c != nil {
			members[c.Name] = append(members[c.Name], n)
		} else if !n.External {
			b.loopback(n, i+1)
		}
		n.RouterID = id
	}
	for _, c := range b.f.Colos {
		b.fill(c, members[c.Name])
	}
	for _, n := range b.f.Nodes {
		if n.Role == Router && n.Addrs[V4].IsValid() {
			n.RouterID = n.Addrs[V4]
		}
	}
	b.overlaps()
}

// loopback gives a router outside any site its addresses.
func (b *builder) loopback(n *Node, i int) {
	home := b.homes[n.Name]
	for _, fam := range Families {
		if home[fam].IsValid() {
			n.Addrs[fam] = firstHost(home[fam])
		} else if !home[1-fam].IsValid() {
			n.Addrs[fam], _ = host(loopbackRange[fam], i)
		}
	}
}

// coloHomes returns, for every router of ours that colo leaves reach over routers of ours, the colo in whose
// blocks its addresses lie: a leaf's own, else the first colo of the site that is nearest.
func (b *builder) coloHomes() map[string]*Colo {
	homes := map[string]*Colo{}
	first := map[string]*Colo{}
	var queue []string
	for _, c := range b.f.Colos {
		if first[c.Site] == nil {
			first[c.Site] = c
		}
		for _, leaf := range c.Leaves {
			homes[leaf] = c
			queue = append(queue, leaf)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range b.neighbours[at] {
			if n := b.f.Node(next); n.Role == Router && !n.External && homes[next] == nil {
				homes[next] = first[homes[at].Site]
				queue = append(queue, next)
			}
		}
	}
	return homes
}

// fill gives the routers and servers of a colo addresses in its blocks: its leaves first, then the other routers,
// then, from firstServer on, the servers.
func (b *builder) fill(c *Colo, routers []*Node) {
	slices.SortStableFunc(routers, func(x, y *Node) int { return rank(x, c) - rank(y, c) })
	at, full := 1, [2]bool{}
	for _, n := range routers {
		b.place(n, c, at, &full)
		at++
	}
	at = max(at, firstServer)
	for _, name := range c.Servers {
		b.place(b.f.Node(name), c, at, &full)
		at++
	}
}

// rank puts the leaves of a colo before other routers.
func rank(n *Node, c *Colo) int {
	if n.Colo == c.Name {
		return 0
	}
	return 1
}

// place gives a node the i-th address of the colo's first block of each family.
func (b *builder) place(n *Node, c *Colo, i int, full *[2]bool) {
	for _, fam := range Families {
		at := slices.IndexFunc(c.Blocks, func(p netip.Prefix) bool { return FamilyOf(p.Addr()) == fam })
		if at < 0 || full[fam] {
			continue
		}
		a, ok := host(c.Blocks[at], i)
		if !ok {
			full[fam] = true
			b.problems.Addf(c.Pos, "colo %s: block %s is too small: %s needs its address %d", c.Name, c.Blocks[at], n.Name, i)
			continue
		}
		n.Addrs[fam] = a
	}
}

// claimed is a range of addresses and who has it.
type claimed struct {
	prefix netip.Prefix
	who    string
	pos    place.Pos
}

// overlaps reports ranges that two would have.
func (b *builder) overlaps() {
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
	for _, g := range b.groups {
		if g.each == nil {
			continue
		}
		for _, p := range g.blocks {
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
	slices.SortStableFunc(all, func(x, y claimed) int {
		if c := x.prefix.Addr().Compare(y.prefix.Addr()); c != 0 {
			return c
		}
		if c := x.prefix.Bits() - y.prefix.Bits(); c != 0 {
			return c
		}
		return x.pos.Line - y.pos.Line
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
