package render

import (
	"fmt"

	"github.com/closlab/closlab/harness/fabric"
)

// commands returns what a server or host runs once its links are there: its addresses, and its routes over routers.
func (n *node) commands() []string {
	var out []string
	for _, p := range n.loopback() {
		out = append(out, fmt.Sprintf("ip address add %s dev lo", p))
	}
	for i := range n.links {
		for _, p := range n.links[i].subnets() {
			out = append(out, fmt.Sprintf("ip address add %s dev %s", p, n.links[i].name))
		}
	}
	for _, o := range n.routes() {
		if o.Drop || len(o.links) == 0 {
			continue
		}
		fam := fabric.FamilyOf(o.Prefix.Addr())
		words := [2]string{"ip route", "ip -6 route"}[fam]
		line := fmt.Sprintf("%s replace %s src %s", words, o.Prefix, n.Addrs[fam])
		for _, l := range o.links {
			line += fmt.Sprintf(" nexthop via %s dev %s", l.via[fam], l.name)
		}
		out = append(out, line)
	}
	return out
}
