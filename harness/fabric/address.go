package fabric

import (
	"net/netip"
	"slices"
)

// Ranges that closlab takes addresses from where fabric.yaml gives none.
var (
	linkRange     = [2]netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fd00:64::/48")}
	loopbackRange = [2]netip.Prefix{netip.MustParsePrefix("10.255.0.0/16"), netip.MustParsePrefix("fd00:255::/48")}
)

// firstServer is where the addresses of servers start in a colo's block; those of routers are below.
const firstServer = 11

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
