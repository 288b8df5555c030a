//go:build linux

package netns

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/probe"
)

// pool is services whose flows are spread alike: every router has the same routes to them, and the same servers have them. Each
// gets its part of the flows, and all are one sample.
type pool struct {
	services []*fabric.Service
	servers  []*balancer // in fabric order
	entries  []probe.Entry
}

// pools returns the services of that name in pools, by the forwarding tables as they were last seen.
func (r *Runtime) pools(names []string) []*pool {
	var out []*pool
	byRoutes := map[string]*pool{}
	for _, name := range names {
		s := r.Fabric.Service(name)
		if s == nil {
			continue // the prediction has said so
		}
		key := fmt.Sprint(fabric.FamilyOf(s.VIP), s.Colos)
		for _, n := range r.nodes {
			if n.Role == fabric.Router {
				to, _ := n.seen.table.Match(s.VIP)
				key += fmt.Sprint(" ", to.Hops, to.Drop)
			}
		}
		p := byRoutes[key]
		if p == nil {
			p = &pool{entries: r.entries(s.VIP)}
			for _, b := range r.balancers {
				if slices.Contains(s.Colos, b.node.Colo) {
					p.servers = append(p.servers, b)
				}
			}
			byRoutes[key] = p
			out = append(out, p)
		}
		p.services = append(p.services, s)
	}
	return out
}

// entries returns where flows to a VIP come in: at the external routers that have a way to it, or at all if none has.
func (r *Runtime) entries(vip netip.Addr) []probe.Entry {
	var open, all []probe.Entry
	for _, n := range r.nodes {
		if !n.External || n.Role != fabric.Router {
			continue
		}
		e := n.entry(fabric.FamilyOf(vip))
		all = append(all, e)
		if to, found := n.seen.table.Match(vip); found && !n.down && !to.Drop && !slices.Contains(to.Hops, n.Name) {
			open = append(open, e)
		}
	}
	if len(open) == 0 {
		return all
	}
	return open
}

// nowhere is where flows say they come from at a router that no host is behind (RFC 7600, RFC 6666): no answer comes there.
var nowhere = [2]netip.Addr{netip.MustParseAddr("192.0.0.8"), netip.MustParseAddr("100::1")}

// entry returns the node as an entry of flows. They come from the first host behind it, so that answers can come back.
func (n *node) entry(fam fabric.Family) probe.Entry {
	for _, e := range n.ends {
		if host := e.far.node; host.Role == fabric.Host && host.Addrs[fam].IsValid() && e.link.up() {
			return probe.Entry{At: n.ns, Source: host.Addrs[fam], Back: host.ns}
		}
	}
	return probe.Entry{At: n.ns, Source: nowhere[fam]}
}
