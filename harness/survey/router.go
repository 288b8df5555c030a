package survey

import (
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// daemonOf is which daemon a line of another protocol is for.
func daemonOf(text string) string {
	for _, x := range [][2]string{{"ospf6", "ospf6d"}, {"ospf", "ospfd"}, {"isis", "isisd"}, {"ripng", "ripngd"}, {"rip", "ripd"}, {"eigrp", "eigrpd"},
		{"babel", "babeld"}, {"openfabric", "fabricd"}} {
		if strings.Contains(text, x[0]) {
			return x[1]
		}
	}
	return ""
}

// protocols refuses what else decides about a router's routes.
func (s *surveyor) protocols(n *node) {
	if n.conf.ASN != 0 && n.off["bgpd"] {
		s.problems.Addf(n.conf.Pos, "router bgp, but the daemons file of %s does not start bgpd", n.Name)
	}
	for _, o := range n.conf.Others {
		if daemon := daemonOf(o.Text); n.off[daemon] {
			s.note(o.Pos, place.Note, "%s: %s is not started", o.Text, daemon)
			continue
		}
		s.problems.Addf(o.Pos, "%s: routes of other protocols than BGP are not modelled", o.Text)
		break // one of them will do
	}
}

// identify gives a router its AS and its router id: what it says or, as zebra does, the highest IPv4 address of its loopback, or else of its links. The
// address of containerlab's management network, which may be higher, is not known: then the id is guessed.
func (s *surveyor) identify(n *node) {
	if n.conf == nil {
		return
	}
	n.Engine, n.ASN, n.RouterID = "frr", n.conf.ASN, n.conf.ID
	highest := func(as []netip.Addr) {
		for _, a := range as {
			if a.Is4() && (!n.RouterID.IsValid() || n.RouterID.Less(a)) {
				n.RouterID = a
			}
		}
	}
	var lo, links []netip.Addr
	for _, a := range n.lo {
		lo = append(lo, a.Addr())
	}
	for _, p := range n.ports {
		links = append(links, p.addrs[fabric.V4].Addr())
	}
	if !n.RouterID.IsValid() {
		highest(lo)
	}
	if !n.RouterID.IsValid() {
		highest(links)
		n.guessed = n.RouterID.IsValid() && n.of.NetworkMode != "none"
	}
	if !n.RouterID.IsValid() && n.ASN != 0 {
		s.problems.Addf(n.conf.Pos, noID, n.Name)
	}
	if n.ASN == 0 { // it speaks to nobody: nobody sees these
		n.ASN, n.RouterID = 65535, netip.AddrFrom4([4]byte{0, 0, 0, 1})
	}
	for fam, pos := range n.conf.Unforwards {
		if pos.Line > 0 && (fam == int(fabric.V4) || n.speaks6()) {
			s.problems.Addf(pos, "%s does not forward packets of this family: it is not modelled", n.Name)
		}
	}
}

const noID = "%s: no router id, which would follow from the address that containerlab gives it: say bgp router-id"

// speaks6 reports whether a router has IPv6 addresses or routes.
func (n *node) speaks6() bool {
	if n.Addrs[fabric.V6].IsValid() {
		return true
	}
	for _, x := range n.conf.Sessions {
		if x.V6 && x.Name != x.Group {
			return true
		}
	}
	return false
}

// balance finds out over which equal paths a router balances, and for whom it reflects.
func (s *surveyor) balance(n *node) {
	if n.conf == nil {
		return
	}
	count := [2]int{} // sessions over eBGP and iBGP
	clients, guessing := 0, false
	for _, x := range s.lab.Plan.Sessions {
		switch {
		case x.Node != n.Name:
		case x.External():
			count[0]++
			guessing = guessing || s.byName[x.Peer].guessed
		default:
			count[1]++
			if n.reflectsTo(x) {
				clients++
			}
		}
	}
	if n.Reflects = clients > 0; clients > 0 && clients < count[1] {
		s.problems.Addf(n.conf.Pos, "%s reflects routes to some of its internal neighbors: closlab models reflectors that do so to all", n.Name)
	}
	if n.Reflects && n.conf.Cluster.File != "" {
		s.problems.Addf(n.conf.Cluster, "%s reflects for a cluster that it names: closlab models those that are named by the router id", n.Name)
	}
	switch {
	case n.guessed && count[1] > 0:
		s.problems.Addf(n.conf.Pos, noID, n.Name)
	case n.guessed && n.conf.ASN != 0:
		s.note(n.conf.Pos, place.Note, "%s: no router id, which would follow from the address that containerlab gives it: where it would decide, closlab cannot tell", n.Name)
	}
	if count[0]+count[1] < 2 {
		return
	}
	n.Oldest = count[0] > 1 && (!n.conf.ComparesIDs || guessing)
	if n.conf.SameAS {
		n.Paths = fabric.OneAS
	}
	several, one := false, false
	for fam := range fabric.Families {
		for kind, sessions := range count {
			most := n.conf.MaxPaths[fam][kind]
			switch {
			case sessions < 2:
			case most == 1:
				one = true
			default:
				several = several || most > 1 || fam == int(fabric.V4) || n.speaks6()
				if most > 1 && most < sessions {
					s.problems.Addf(n.conf.Pos, "%s: maximum-paths %d with %d neighbors: which of the paths are used is not modelled", n.Name, most, sessions)
				}
			}
		}
	}
	if one && several {
		s.problems.Addf(n.conf.Pos, "%s: maximum-paths 1 for some routes and more for others is not modelled", n.Name)
	} else if one {
		n.Paths = fabric.OnePath
	}
}

// reflectsTo reports whether the neighbour of a session is a client.
func (n *node) reflectsTo(x *fabric.Session) bool {
	for _, b := range x.Binding {
		if b == nil {
			continue
		}
		for _, c := range n.conf.Clients {
			if c == b.Neighbor || c == b.Group || c == x.Remote[fabric.V4].String() || c == x.Remote[fabric.V6].String() {
				return true
			}
		}
	}
	return false
}

// unique refuses routers of the same router id: who of them is preferred depends on addresses that nobody chose.
func (s *surveyor) unique() {
	of := map[netip.Addr]string{}
	for _, n := range s.nodes {
		if n.conf == nil || n.conf.ASN == 0 || !n.RouterID.IsValid() {
			continue
		}
		if other, twice := of[n.RouterID]; twice {
			s.problems.Addf(n.conf.Pos, "%s has the router id of %s, %s: say another with bgp router-id", n.Name, other, n.RouterID)
		}
		of[n.RouterID] = n.Name
	}
}
