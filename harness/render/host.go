package render

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
)

// start returns the script that is the first process of a node which is no GoBGP router: links come after it, in any order, and then it does what
// is to be done last. (Commands of the topology could come before a link whose other end is late.)
func (n *node) start(commands ...string) file {
	var links []string
	for _, l := range n.links {
		links = append(links, l.name)
	}
	lines := []string{"#!/bin/sh", "# What " + n.name + " does once its links are there.", "set -e",
		"for link in " + strings.Join(links, " ") + "; do",
		"	until [ \"$(cat /sys/class/net/$link/carrier 2>&1)\" = 1 ]; do sleep 0.1; done", "done"}
	return file{startFile, strings.Join(append(lines, commands...), "\n") + "\n"}
}

const startFile = "start.sh"

// host returns the files of a server or host.
func (n *node) host() []file {
	return []file{n.start(slices.Concat(n.addresses(), n.ways(), []string{"exec sleep infinity"})...)}
}

// addresses returns the commands that give a node its addresses.
func (n *node) addresses() []string {
	var out []string
	add := func(link string, ps []netip.Prefix) {
		for _, p := range ps {
			line := fmt.Sprintf("ip address replace %s dev %s", p, link)
			if p.Addr().Is6() {
				line += " nodad" // or it cannot be the source of a route at once
			}
			out = append(out, line)
		}
	}
	add("lo", n.loopback())
	for i := range n.links {
		add(n.links[i].name, n.links[i].subnets())
	}
	return out
}

// ways returns the commands that give a server or host its routes over routers.
func (n *node) ways() []string {
	var out []string
	for _, o := range best(n.routes()) {
		if o.Drop || len(o.links) == 0 {
			continue
		}
		fam := fabric.FamilyOf(o.Prefix.Addr())
		words := [2]string{"ip route", "ip -6 route"}[fam]
		line := fmt.Sprintf("%s replace %s", words, o.Prefix)
		if n.Addrs[fam].IsValid() {
			line += " src " + n.Addrs[fam].String()
		}
		for _, l := range o.links {
			line += fmt.Sprintf(" nexthop via %s dev %s", l.via[fam], l.name)
		}
		out = append(out, line)
	}
	return out
}
