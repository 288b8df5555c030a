package frr

import (
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// mode is where in a configuration a line stands.
type mode uint8

const (
	atTop mode = iota
	inRouteMap
	inBGP
	inFamily
	inOther // a section that is passed over
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
	if len(l.words) == 1 && (l.word(0) == "exit" || l.word(0) == "quit" || l.word(0) == "end" || strings.HasPrefix(l.word(0), "exit-")) {
		r.leave(l)
		return
	}
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
	case inBGP:
		if !topLevel(l) {
			r.bgpLine(l)
			return
		}
	case inOther:
		r.body = r.body || l.indented
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
	switch {
	case r.at == inFamily && l.word(0) == "exit-vni", r.at == inOther && l.indented:
	case r.at == inFamily && l.word(0) != "end":
		r.at = inBGP
	default:
		r.at = atTop
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
	"write": true, "debugging": true, "watchfrr": true, "evpn": true, "netns": true, "max-ttl": true, "pim": true, "nht": true,
}

// topLevel reports whether a line is a command of the top and none of router bgp.
func topLevel(l line) bool {
	switch w := l.word(0); w {
	case "ip", "ipv6", "access-list", "route-map", "frr":
		return w != "route-map" || l.word(1) != "vpn"
	case "bgp":
		return strings.HasSuffix(l.word(1), "community-list") || l.word(1) == "as-path" || l.word(1) == "community"
	default:
		return sections[w] && w != "segment-routing" || idle[w] && w != "vni" && w != "mpls"
	}
}

// other begins a section that is passed over.
func (r *reader) other(l line, what string) {
	r.at, r.body = inOther, false
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
		r.cfg.global.Addf(l.pos, "%s: a route-map between BGP and the kernel is not modelled and could keep routes from it", l.text())
	case l.is("ip"), l.is("ipv6"), idle[l.word(0)]:
		r.pass(l, strings.Join(l.words[:min(len(l.words), 2)], " "))
	case sections[l.word(0)] && !l.no:
		r.other(l, strings.Join(l.words[:min(len(l.words), 2)], " "))
	case sections[l.word(0)]:
		r.pass(l, l.text())
	default:
		r.unknown(l)
	}
}
