//go:build linux

package netns

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/policy"
)

// mtu of links: room for the load balancers' encapsulation around 1500 bytes.
const mtu = 1600

// build makes the nodes with their addresses and links, and the routes of servers and hosts.
func (r *Runtime) build() error {
	made, err := r.opt.Ground.Raise(r.life, r.plot())
	for i, ns := range made {
		r.nodes[i].ns = ns
	}
	if err == nil {
		err = all(r.nodes, r.settle)
	}
	if err != nil {
		return err
	}
	err = all(r.links, func(l *link) error { return kernel.Connect(l.ends[0].inKernel(), l.ends[1].inKernel(), mtu) })
	if err != nil {
		return err
	}
	for _, n := range r.nodes {
		if n.Role != fabric.Router {
			if err := r.direct(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// plot returns what the ground is to know of the lab.
func (r *Runtime) plot() Plot {
	p := Plot{Lab: r.Name, Folder: r.home.folder(), Fabric: r.Fabric, MTU: mtu}
	for _, l := range r.links {
		a, b := l.ends[0], l.ends[1]
		p.Links = append(p.Links, [2]Interface{{a.node.Name, a.name}, {b.node.Name, b.name}})
	}
	return p
}

// settle sets the kernel of a node up.
func (r *Runtime) settle(n *node) error {
	var err error
	if n.Switches() && !n.Blind() {
		return nil
	}
	if n.Engine == fabric.Native { // Docker disables it where a container has no network of Docker's
		if err := n.ns.Sysctl("ipv6/conf/all/disable_ipv6", "0"); err != nil {
			return err
		}
	}
	if n.Role == fabric.Router {
		err = n.ns.BeRouter(r.seed(n))
	} else {
		err = errors.Join(n.ns.BeHost(), n.ns.SpreadFlows(r.seed(n)))
	}
	if err != nil || n.Blind() { // its own configuration has its addresses
		return err
	}
	return n.ns.AddAddresses("lo", r.addresses(n)...)
}

// seed returns what a node hashes flows with.
func (r *Runtime) seed(n *node) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", n.Name, r.opt.Seed)
	return max(h.Sum32(), 1)
}

// addresses returns what the node answers to beside the addresses of its links: its own and, on a server, those of its colo's services.
func (r *Runtime) addresses(n *node) []netip.Prefix {
	var out []netip.Prefix
	for _, a := range n.Addrs {
		if a.IsValid() && !r.linked(n, a) {
			out = append(out, host(a))
		}
	}
	for _, s := range r.Fabric.Services {
		if n.Role == fabric.Server && slices.Contains(s.Colos, n.Colo) && !slices.Contains(out, host(s.VIP)) {
			out = append(out, host(s.VIP))
		}
	}
	return out
}

// linked reports whether an address is that of an end of one of the node's links.
func (r *Runtime) linked(n *node, a netip.Addr) bool {
	return slices.ContainsFunc(r.Fabric.Links, func(l fabric.Link) bool {
		ends := l.Addrs[fabric.FamilyOf(a)]
		return l.From == n.Name && ends[0] == a || l.To == n.Name && ends[1] == a
	})
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// connect notes a link.
func (r *Runtime) connect(l *fabric.Link) {
	out := &link{}
	for i, name := range []string{l.From, l.To} {
		n := r.byName[name]
		other := []string{l.To, l.From}[i]
		e := &end{link: out, node: n, name: other}
		switch {
		case l.Ports[i] != "":
			e.name = l.Ports[i]
		case len(other) > 15:
			e.name = fmt.Sprintf("link%d", len(n.ends)+1)
		}
		for _, fam := range fabric.Families {
			e.addrs[fam], e.bits[fam] = l.Addrs[fam][i], l.Bits[fam][i]
		}
		out.ends[i] = e
		n.ends = append(n.ends, e)
	}
	out.ends[0].far, out.ends[1].far = out.ends[1], out.ends[0]
	r.links = append(r.links, out)
}

// inKernel returns the end as package kernel knows it.
func (e *end) inKernel() kernel.End {
	out := kernel.End{In: e.node.ns, Name: e.name}
	if e.node.Switches() {
		return out // its own configuration has its addresses
	}
	for fam, a := range e.addrs {
		if a.IsValid() {
			out.Addrs = append(out.Addrs, netip.PrefixFrom(a, e.length(fabric.Family(fam))))
		}
	}
	return out
}

// length returns the length of the subnet that an end's address is in: as the fabric says, or else of the smallest that holds both ends' addresses.
func (e *end) length(fam fabric.Family) int {
	a, far, bits := e.addrs[fam], e.far.addrs[fam], e.bits[fam]
	if bits > 0 {
		return bits
	}
	for bits = a.BitLen() - 1; far.IsValid() && bits > 0 && !netip.PrefixFrom(a, bits).Masked().Contains(far); bits-- {
	}
	return bits
}

// direct writes the routes of a server or host, which has no router process to do so.
func (r *Runtime) direct(n *node) error {
	now := map[netip.Prefix]bool{}
	for _, o := range active(r.usable(n, nil)) {
		if o.Drop || len(o.hops) == 0 || r.connected(o) {
			continue
		}
		now[o.Prefix] = true
		route := kernel.Route{Dst: o.Prefix, Source: n.Addrs[fabric.FamilyOf(o.Prefix.Addr())]}
		for _, e := range o.hops {
			route.Hops = append(route.Hops, kernel.Hop{Addr: e.far.addrs[fabric.FamilyOf(o.Prefix.Addr())], Link: e.name})
		}
		if err := n.ns.SetRoute(route); err != nil {
			return err
		}
	}
	fib, err := n.ns.FIB()
	if err != nil {
		return err
	}
	for _, x := range fib {
		if x.Protocol == kernel.Static && !now[x.Dst] {
			if err := n.ns.DeleteRoute(x.Dst); err != nil {
				return err
			}
		}
	}
	return nil
}

// network reports whether the node has a network statement for the prefix: BGP then exports its route as BGP's own.
func network(n *node, p netip.Prefix) bool {
	return slices.ContainsFunc(n.Routes, func(x fabric.Route) bool { return x.Prefix == p && x.Protocol == policy.BGP })
}
