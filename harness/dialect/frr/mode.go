package frr

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// mode is where in a configuration a line stands.
type mode uint8

const (
	atTop mode = iota
	inRouteMap
	inBGP
	inFamily
	inBGPSection // a section of router bgp that is passed over: segment-routing srv6, bmp targets
	inOther      // a section that is passed over
)

// line reads one line where it stands, or else in the section around it, as vtysh does. Indentation counts only in sections that are
// passed over, whose commands could also be commands of the top.
func (r *reader) line(l line) {
	if !sane(l) {
		r.unknown(l)
		r.cfg.global.Addf(l.pos, "%s: a line with control characters, or with a word of more than %d bytes", shown(l.text()), maxWord)
		return
	}
	for _, w := range l.words {
		if c, ok := spokenOf[w]; ok {
			r.cfg.mentions[c] = true
		}
	}
	if l.leaves() {
		r.leave(l)
		return
	}
	if r.left.Line > 0 && !l.is("configure", "terminal") {
		r.cfg.global.Addf(l.pos, "%s: FRR does not read this: at %s the configuration has been left", shown(l.text()), r.left)
	}
	r.left = place.Pos{}
	switch r.at {
	case inRouteMap:
		if clauses[l.word(0)] {
			r.clause(l)
			return
		}
	case inFamily:
		if l.word(0) != "address-family" && !topLevel(l) {
			r.familyLine(l)
			return
		}
		r.at = inBGP
		fallthrough
	case inBGP, inBGPSection:
		if !topLevel(l) {
			r.bgpLine(l)
			return
		}
	case inOther:
		r.body = r.body || l.indented
		if r.iface != "" && l.word(1) == "address" && !l.no && (l.word(0) == "ip" || l.word(0) == "ipv6") {
			if p, err := netip.ParsePrefix(l.word(2)); err == nil {
				r.cfg.connected[r.iface] = append(r.cfg.connected[r.iface], p.Masked())
			}
			return
		}
		if l.indented || !topLevel(l) && !r.body { // a section that is not indented ends where a command of the top comes
			return
		}
	}
	r.at = atTop
	r.top(l)
}

// spokenOf are the words for communities with which bgpd does something of its own on import.
var spokenOf = map[string]policy.Community{"graceful-shutdown": policy.GracefulShutdown, "65535:0": policy.GracefulShutdown,
	"blackhole": policy.Blackhole, "65535:666": policy.Blackhole}

// leave ends the section.
func (r *reader) leave(l line) {
	switch w := l.word(0); {
	case r.at == inOther && l.indented:
	case r.at == atTop && r.clear && (w == "exit" || w == "quit"):
		r.left = l.pos
	case r.at == inFamily && w == "exit-vni", r.at == inBGP && strings.HasPrefix(w, "exit-"): // which leaves another section than this
	case (r.at == inFamily || r.at == inBGPSection) && w != "end":
		r.at = inBGP
	default:
		r.clear = w == "end" || r.at != inOther && (r.at != atTop || r.clear)
		r.at, r.left = atTop, place.Pos{}
	}
}

// clauses are the commands of a route-map.
var clauses = map[string]bool{"match": true, "set": true, "call": true, "on-match": true, "continue": true, "description": true}

// sections are the commands that begin a section which closlab passes over.
var sections = map[string]bool{
	"interface": true, "vrf": true, "key": true, "line": true, "segment-routing": true, "nexthop-group": true, "pbr-map": true,
	"rpki": true, "bfd": true, "l2vpn": true, "pw": true, "router": true, "logical-router": true, "affinity-map": true,
}

// idle are the commands of the top that change no route of BGP.
var idle = map[string]bool{
	"agentx": true, "banner": true, "debug": true, "domainname": true, "dump": true, "enable": true, "fpm": true, "hostname": true, "log": true,
	"mac": true, "mpls": true, "password": true, "service": true, "username": true, "vni": true, "vrrp": true, "zebra": true, "configure": true,
	"write": true, "debugging": true, "watchfrr": true, "evpn": true, "netns": true, "max-ttl": true, "pim": true, "nht": true, "allow-reserved-ranges": true, "router-id": true,
}

// topLevel reports whether a line is a command of the top and none of router bgp.
func topLevel(l line) bool {
	switch w := l.word(0); w {
	case "ip", "ipv6", "access-list", "route-map", "frr":
		return w != "route-map" || l.word(1) != "vpn"
	case "bgp":
		return strings.HasSuffix(l.word(1), "community-list") || l.word(1) == "as-path" || l.word(1) == "community"
	default:
		return sections[w] && w != "segment-routing" || idle[w] && w != "vni" && w != "mpls" || isInterface(l)
	}
}

// isInterface reports whether a line begins the section of an interface; many write int.
func isInterface(l line) bool {
	return len(l.words) > 1 && len(l.word(0)) > 2 && strings.HasPrefix("interface", l.word(0))
}

// other begins a section that is passed over.
func (r *reader) other(l line, what string) {
	r.at, r.body, r.iface = inOther, false, ""
	if isInterface(l) && len(l.words) == 2 { // of no VRF
		r.iface = l.word(1)
	}
	r.pass(l, what)
}

// top reads a command of the top.
func (r *reader) top(l line) {
	switch {
	case l.is("route-map"):
		r.routeMap(l)
	case l.is("router", "bgp"):
		r.router(l)
	case l.is("frr", "defaults"), l.is("frr", "version"):
		r.defaults(l)
	case l.is("ip", "prefix-list"), l.is("ipv6", "prefix-list"):
		r.prefixList(l)
	case l.is("access-list"), l.is("ipv6", "access-list"):
		r.accessList(l)
	case l.is("bgp", "as-path", "access-list"), l.is("ip", "as-path", "access-list"):
		r.asPathList(l)
	case (l.word(0) == "bgp" || l.word(0) == "ip") && strings.HasSuffix(l.word(1), "community-list"):
		r.communityList(l)
	case l.is("bgp", "community", "alias"):
		r.cfg.global.Addf(l.pos, "bgp community alias: expressions would see the alias: it is not modelled")
	case (l.word(0) == "ip" || l.word(0) == "ipv6") && l.word(1) == "protocol":
		r.protocol(l)
	case (l.word(0) == "ip" || l.word(0) == "ipv6") && idleIP[l.word(1)], idle[l.word(0)] && !l.is("mpls", "ldp"),
		l.is("bgp") && idleGlobalBGP(l):
		r.pass(l, strings.Join(l.words[:min(len(l.words), 2)], " "))
	case l.is("bgp"):
		r.cfg.global.Addf(l.pos, "%s: unknown or not modelled, and could change routes", shown(l.text()))
	case (sections[l.word(0)] || isInterface(l) || l.is("mpls", "ldp")) && !l.no:
		r.other(l, strings.Join(l.words[:min(len(l.words), 2)], " "))
	case sections[l.word(0)]:
		r.pass(l, l.text())
	default:
		r.astray(l)
		r.unknown(l)
	}
}

// idleIP are the words behind ip or ipv6 that change no route of BGP.
var idleIP = map[string]bool{"route": true, "mroute": true, "forwarding": true, "nht": true, "router-id": true, "router": true, "import-table": true, "pim": true, "igmp": true,
	"mld": true, "multicast": true, "msdp": true, "ssmpingd": true, "ospf": true, "ospf6": true, "rip": true, "ripng": true, "eigrp": true, "nhrp": true, "nd": true, "address": true,
	"table-id": true, "zebra": true, "domain-name": true}

// idleGlobalBGP reports whether a `bgp …` line of the top changes no route: those of router bgp, and some that stand here only.
func idleGlobalBGP(l line) bool {
	rest := strings.Join(l.from(1), " ")
	return slices.ContainsFunc(append(idleBGPSettings, "input-queue-limit", "output-queue-limit"), func(idle string) bool {
		return rest == idle || strings.HasPrefix(rest, idle+" ")
	})
}

// protocol reads `ip protocol PROTOCOL route-map NAME`, which stands between a protocol and the kernel.
func (r *reader) protocol(l line) {
	if of := l.word(2); of != "bgp" && of != "any" {
		r.pass(l, l.word(0)+" protocol "+of)
		return
	}
	r.cfg.kernel = append(r.cfg.kernel, l)
}

// kernelMaps refuses route-maps between BGP and the kernel, but those that let every route through, as those that only set the source
// address do.
func (c *Config) kernelMaps() {
	last := map[string]line{}
	for _, l := range c.kernel {
		last[l.word(0)+" "+l.word(2)] = l
	}
	for _, l := range c.kernel {
		m := c.maps[l.word(4)]
		switch {
		case last[l.word(0)+" "+l.word(2)].pos != l.pos || l.no:
		case m != nil && len(m.entries) > 0 && m.entries[0].permit && len(m.entries[0].matches) == 0 && m.entries[0].call == "" && m.entries[0].exit == exitMap:
			m.Used = true
			c.Passed = append(c.Passed, place.Problem{Pos: l.pos, Text: l.text() + ", which lets every route through"})
		default:
			c.global.Addf(l.pos, "%s: a route-map between BGP and the kernel is not modelled and could keep routes from it", l.text())
		}
	}
}

// written are words that begin, or stand second in, lines which closlab reads: nobody should shorten them.
var written = []string{"route-map", "router", "frr", "bgp", "access-list"}
var writtenIP = []string{"prefix-list", "protocol", "access-list", "as-path", "community-list", "large-community-list", "extcommunity-list"}

// astray refuses a line that closlab would read elsewhere, or if it were not shortened.
func (r *reader) astray(l line) {
	short := func(word string, of []string) {
		i := slices.IndexFunc(of, func(full string) bool { return len(word) > 1 && word != full && strings.HasPrefix(full, word) })
		if i >= 0 {
			r.cfg.global.Addf(l.pos, "%s: if %s is short for %s, write it out", shown(l.text()), word, of[i])
		}
	}
	short(l.word(0), written)
	if w := l.word(0); w == "ip" || w == "ipv6" || w == "bgp" {
		short(l.word(1), writtenIP)
	}
	switch {
	case clauses[l.word(0)] && len(l.words) > 1 && l.word(0) != "description":
		r.cfg.global.Addf(l.pos, "%s: stands outside of any route-map, where FRR does not take it", shown(l.text()))
	case l.is("neighbor"):
		r.cfg.global.Addf(l.pos, "%s: stands outside of router bgp, where FRR does not take it", shown(l.text()))
	}
}
