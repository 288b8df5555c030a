package frr

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Router is what a whole router's configuration says beside policy: what it is called, where it is linked, and which routes it has.
type Router struct {
	*Config
	Pos        place.Pos  // of router bgp; the whole file without
	ID         netip.Addr // that it says; not valid if it says none
	Interfaces []*Interface
	Statics    []Static
	Others     []place.Problem // other routing protocols that it speaks
	Unread     place.Problems  // lines about interfaces and routes that are not modelled
	Unforwards [2]place.Pos    // where it says not to forward packets of a family, IPv4 first

	Networks     [2][]Origin // by family, IPv4 first
	Redistribute [2][]Origin
	Unchecked    place.Pos      // where it says to announce networks that it has no route to; else nothing
	ComparesIDs  bool           // of equal eBGP paths it takes that of the lowest router id; else the oldest
	SameAS       bool           // it balances over paths of one neighbouring AS only
	MaxPaths     [2][2]int      // by family, over eBGP and iBGP; 0 where it does not say
	Cluster      place.Pos      // where it says which cluster it reflects for; else nothing
	Clients      []string       // neighbors and peer-groups that it reflects routes to
	Listens      []netip.Prefix // neighbors of these addresses may come by themselves
}

// Origin is a network or redistribute line.
type Origin struct {
	Prefix   netip.Prefix // of network
	Protocol string       // of redistribute
	Pos      place.Pos
}

// Interface is an interface section.
type Interface struct {
	Name, VRF string
	Addrs     []Address
	Shutdown  bool
	Pos       place.Pos
}

// Address is an address of an interface, with the length of its subnet.
type Address struct {
	Prefix netip.Prefix
	Pos    place.Pos
}

// ReadRouter is Read for a whole router. Its error is that of Read, or the problems of all sessions.
func ReadRouter(file string, text []byte) (*Router, error) {
	c, err := Read(file, text)
	if err == nil {
		err = c.Problems().Err()
	}
	if err != nil {
		return nil, err
	}
	x := &routerReader{r: &Router{Config: c, Pos: place.Pos{File: file}, SameAS: true}, modes: newReader()}
	x.r.bgp()
	all := Parse(file, text).lines()
	if c.profile.version < 7.04 && !slices.ContainsFunc(all, func(l line) bool { return l.is("frr", "defaults", "datacenter") }) {
		x.r.Unchecked = x.r.Pos
	}
	for _, l := range all {
		x.modes.line(l)
		x.line(l)
	}
	return x.r, nil
}

// bgp takes what is known of router bgp.
func (r *Router) bgp() {
	b := r.Config.bgp
	if b == nil {
		return
	}
	r.Pos, r.SameAS = b.pos, !b.relaxed
	for f := ipv4Unicast; f <= ipv6Unicast; f++ {
		for _, n := range b.families[f].networks.all() {
			r.Networks[f] = append(r.Networks[f], Origin{Prefix: n.prefix, Pos: n.pos})
		}
		for _, d := range b.families[f].redistribute.all() {
			r.Redistribute[f] = append(r.Redistribute[f], Origin{Protocol: d.protocol, Pos: d.pos})
		}
		for _, p := range b.peers {
			if p.on(f, "route-reflector-client") && !slices.Contains(r.Clients, p.name) {
				r.Clients = append(r.Clients, p.name)
			}
		}
	}
	for _, l := range b.listen {
		r.Listens = append(r.Listens, l.prefix)
	}
}

// routerReader collects a Router.
type routerReader struct {
	r     *Router
	modes *reader
	at    *Interface // the section that the line stands in
	vrf   bool       // in the section of a VRF
}

// protocols are the routing protocols beside BGP, by the word behind router.
var protocols = []string{"ospf", "ospf6", "isis", "rip", "ripng", "eigrp", "babel", "openfabric"}

func (x *routerReader) line(l line) {
	if x.modes.at == inRouteMap {
		x.at, x.vrf = nil, false
		return
	}
	if x.modes.at == inBGP || x.modes.at == inFamily {
		x.at, x.vrf = nil, false
		x.bgpLine(l)
		return
	}
	switch w := l.word(0); {
	case len(l.words) == 1 && (strings.HasPrefix(w, "exit") || w == "quit" || w == "end"):
		x.at, x.vrf = nil, false
	case w == "interface" && !l.no:
		x.at, x.vrf = x.r.iface(l), false
	case w == "vrf" && !l.indented && !l.no && len(l.words) == 2:
		x.at, x.vrf = nil, true
	case w == "router" && !l.indented:
		x.at, x.vrf = nil, false
		if slices.Contains(protocols, l.word(1)) && !l.no && !slices.Contains(l.words, "vrf") {
			x.r.Others = append(x.r.Others, place.Problem{Pos: l.pos, Text: shown(l.text())})
		}
	case x.at != nil && x.inInterface(l):
	case (w == "ip" || w == "ipv6") && l.word(1) == "route":
		if !x.vrf {
			x.r.static(l)
		}
	case (w == "ip" || w == "ipv6") && l.word(1) == "forwarding":
		if family := map[string]int{"ip": 0, "ipv6": 1}[w]; l.no {
			x.r.Unforwards[family] = l.pos
		} else {
			x.r.Unforwards[family] = place.Pos{}
		}
	case l.is("router-id"), l.is("ip", "router-id"):
		if id, err := netip.ParseAddr(l.words[len(l.words)-1]); err == nil && !x.r.ID.IsValid() {
			x.r.ID = id
		}
	case !l.indented:
		x.at = nil
	}
}

// bgpLine reads what Config does not keep of router bgp.
func (x *routerReader) bgpLine(l line) {
	f := x.modes.cfg.bgp.now
	if x.modes.at == inBGP {
		f = ipv4Unicast
	}
	switch {
	case l.is("bgp", "router-id"):
		if id, err := netip.ParseAddr(l.word(2)); err == nil {
			x.r.ID = id
		}
	case l.is("bgp", "cluster-id"):
		x.r.Cluster = place.Pos{}
		if id, _ := netip.ParseAddr(l.word(2)); !l.no && (!id.IsValid() || id != x.r.ID) {
			x.r.Cluster = l.pos
		}
	case l.is("bgp", "bestpath", "compare-routerid"):
		x.r.ComparesIDs = !l.no
	case l.is("bgp", "network", "import-check"):
		x.r.Unchecked = place.Pos{}
		if l.no {
			x.r.Unchecked = l.pos
		}
	case l.is("maximum-paths") && f <= ipv6Unicast:
		internal := 0
		if l.word(1) == "ibgp" {
			internal = 1
		}
		n, err := strconv.Atoi(l.word(1 + internal))
		if err != nil || l.no {
			n = 0
		}
		x.r.MaxPaths[f][internal] = n
	}
}

// iface returns the section of an interface, which may be continued.
func (r *Router) iface(l line) *Interface {
	vrf := ""
	if l.word(2) == "vrf" && l.word(3) != "default" {
		vrf = l.word(3)
	}
	for _, i := range r.Interfaces {
		if i.Name == l.word(1) {
			i.VRF = vrf
			return i
		}
	}
	i := &Interface{Name: l.word(1), VRF: vrf, Pos: l.pos}
	r.Interfaces = append(r.Interfaces, i)
	return i
}

// inInterface reads a line of an interface section; false if it is none of these.
func (x *routerReader) inInterface(l line) bool {
	switch {
	case l.is("ip", "address"), l.is("ipv6", "address"):
		x.address(l)
	case l.is("shutdown"):
		x.at.Shutdown = !l.no
	case l.is("vrf") && len(l.words) == 2:
		x.at.VRF = l.word(1)
	case l.word(0) == "ip" || l.word(0) == "ipv6":
		speaks := []string{"ospf", "ospf6", "router", "rip", "ripng", "eigrp"}
		if slices.Contains(speaks, l.word(1)) && !l.no && !slices.Contains(l.words, "passive") && (l.word(1) == "router" || slices.Contains(l.words, "area")) {
			x.r.Others = append(x.r.Others, place.Problem{Pos: l.pos, Text: shown(l.text())})
		}
		return l.word(1) != "route" && l.word(1) != "forwarding" && l.word(1) != "router-id" && l.word(1) != "prefix-list"
	default:
		return l.indented
	}
	return true
}

// address reads an address of an interface.
func (x *routerReader) address(l line) {
	p, err := netip.ParsePrefix(l.word(2))
	if err != nil || p.Addr().Is6() != (l.word(0) == "ipv6") {
		if len(l.words) > 2 || !l.no {
			x.r.Unread.Addf(l.pos, "interface %s: %s: want an address with the length of its subnet", x.at.Name, shown(l.text()))
		} else {
			x.at.Addrs = nil
		}
		return
	}
	x.at.Addrs = slices.DeleteFunc(x.at.Addrs, func(a Address) bool { return a.Prefix == p })
	if l.no {
		return
	}
	if rest := l.from(3); len(rest) > 0 && rest[0] != "label" {
		x.r.Unread.Addf(l.pos, "interface %s: %s with %s is not modelled", x.at.Name, fmt.Sprint(p), shown(strings.Join(rest, " ")))
		return
	}
	x.at.Addrs = append(x.at.Addrs, Address{p, l.pos})
}

// Says returns what the router says of a neighbor itself, such as its password: the words behind, or the word itself if there are none; "" if nothing, or if it is taken back.
func (r *Router) Says(neighbor, what string) string {
	if r.Config.bgp == nil || r.Config.bgp.byName[neighbor] == nil {
		return ""
	}
	l, ok := r.Config.bgp.byName[neighbor].get(noFamily, what)
	if !ok || l.no {
		return ""
	}
	if rest := l.from(1); len(rest) > 0 {
		return strings.Join(rest, " ")
	}
	return what
}
