package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// family is an address family of router bgp.
type family uint8

const (
	ipv4Unicast family = iota
	ipv6Unicast
	noFamily    // of the session itself
	otherFamily // carries none of the model's routes
)

func (f family) String() string {
	return [...]string{"ipv4 unicast", "ipv6 unicast", "session", "another family"}[f]
}

// bgp is router bgp of the default instance.
type bgp struct {
	pos      place.Pos
	peers    []*peer
	byName   map[string]*peer
	member   map[*peer]*peer // the first member of a group that says its own remote-as; made when first asked for
	listen   []listenRange
	active   [2]bool // families that a new neighbor carries, if nothing is said
	families [2]bgpFamily
	problems place.Problems // what could change any of its sessions

	requiresPolicy, allowOutbound bool
	relaxed                       bool // balances over paths of different neighbouring ASs
	now                           family
}

// bgpFamily is what router bgp says of one family.
type bgpFamily struct {
	networks     originations // of single prefixes
	redistribute originations // of protocols
	maximumPaths string
	maxPaths     map[bool]int // over eBGP or not; 0 if not said
	problems     place.Problems
	setting      []string // route-maps in that set next hops; made when first asked for
	reflects     *bool    // some neighbor is a client of the router; the same
}

// origination is a network or redistribute line.
type origination struct {
	pos      place.Pos
	prefix   netip.Prefix // of network
	protocol string       // of redistribute
	routeMap string
}

// listenRange is a `bgp listen range` line.
type listenRange struct {
	prefix netip.Prefix
	group  string
}

// profile is what `frr defaults` and `frr version` say.
type profile struct {
	ebgpRequiresPolicy bool
	version            float64 // major and minor
}

// defaults reads `frr defaults traditional|datacenter` and `frr version X.Y`. Traditional asks for policies on eBGP sessions (RFC 8212)
// from version 7.4 on, datacenter does not (bgpd/bgp_vty.c).
func (r *reader) defaults(l line) {
	p := &r.cfg.profile
	switch {
	case l.is("frr", "version"):
		var digits []string
		for _, part := range strings.SplitN(l.word(2), ".", 3)[:min(2, strings.Count(l.word(2), ".")+1)] {
			digits = append(digits, strings.TrimFunc(part, func(c rune) bool { return c < '0' || c > '9' }))
		}
		v, err := strconv.ParseFloat(digits[0], 64)
		if err != nil {
			r.unknown(l)
			return
		}
		p.version = v
		if len(digits) > 1 {
			minor, _ := strconv.Atoi(digits[1])
			p.version += float64(minor) / 100
		}
		if p.version < 7.04 {
			p.ebgpRequiresPolicy = false
		}
	case l.word(2) == "datacenter":
		p.ebgpRequiresPolicy = false
	case l.word(2) != "traditional":
		r.unknown(l)
	}
}

// router reads a `router bgp` line. Instances of VRFs and views are passed over.
func (r *reader) router(l line) {
	asn, ok := asNumber(l.word(2))
	if rest := l.from(3); len(rest) > 1 && rest[len(rest)-2] == "as-notation" {
		if notation := rest[len(rest)-1]; notation != "plain" {
			r.cfg.global.Addf(l.pos, "%s: expressions over AS paths would see numbers with dots: it is not modelled", l.text())
		}
		l.words = l.words[:len(l.words)-2]
	}
	switch {
	case l.no:
		r.cfg.global.Addf(l.pos, "%s: take the lines away instead", l.text())
		return
	case len(l.words) > 3 && (l.word(3) == "vrf" && l.word(4) != "default" || l.word(3) == "view"):
		r.other(l, l.text())
		return
	case !ok:
		r.cfg.global.Addf(l.pos, "%s: want an AS number", l.text())
	}
	if r.cfg.bgp == nil {
		r.cfg.bgp = &bgp{pos: l.pos, byName: map[string]*peer{}, active: [2]bool{true, false}, requiresPolicy: r.cfg.profile.ebgpRequiresPolicy}
		r.cfg.ASN = asn
	} else if r.cfg.ASN != asn {
		r.cfg.global.Addf(l.pos, "%s: the router is in AS %d already", l.text(), r.cfg.ASN)
	}
	r.at = inBGP
}

// families are the names of address families.
var families = map[string]family{"ipv4": ipv4Unicast, "ipv4 unicast": ipv4Unicast, "ipv6": ipv6Unicast, "ipv6 unicast": ipv6Unicast,
	"ipv4 multicast": otherFamily, "ipv4 vpn": otherFamily, "ipv4 labeled-unicast": otherFamily, "ipv4 flowspec": otherFamily, "ipv6 multicast": otherFamily,
	"ipv6 vpn": otherFamily, "ipv6 labeled-unicast": otherFamily, "ipv6 flowspec": otherFamily, "vpnv4": otherFamily, "vpnv4 unicast": otherFamily,
	"vpnv6": otherFamily, "vpnv6 unicast": otherFamily, "l2vpn evpn": otherFamily, "encap": otherFamily, "encapv6": otherFamily, "link-state link-state": otherFamily, "link-state": otherFamily,
	"ipv4 unreachability": otherFamily, "ipv6 unreachability": otherFamily}

// bgpLine reads a line of router bgp itself. What belongs to a family belongs to IPv4 unicast here.
func (r *reader) bgpLine(l line) {
	b := r.cfg.bgp
	if r.at == inBGPSection && (l.is("neighbor") || l.is("address-family") || familyCommands[l.word(0)]) { // bgp is one of these
		r.at = inBGP
	}
	switch {
	case l.is("address-family"):
		words := slices.Clone(l.from(1))
		if len(words) == 2 && words[1] != "" && strings.HasPrefix("unicast", words[1]) {
			words[1] = "unicast"
		}
		f, ok := families[strings.Join(words, " ")]
		if !ok {
			b.problems.Addf(l.pos, "unknown: %s", shown(l.text()))
			f = otherFamily
		}
		b.now, r.at = f, inFamily
		if f == otherFamily {
			r.pass(l, l.text())
		}
	case l.is("neighbor"):
		r.neighbor(l, noFamily)
	case l.is("bgp"):
		r.bgpSetting(l)
	case familyCommands[l.word(0)]:
		b.familyCommand(r, l, ipv4Unicast)
	case r.at == inBGPSection:
	case idleBGP[l.word(0)]:
		r.pass(l, "router bgp "+l.word(0))
		if !l.no && (l.is("segment-routing", "srv6") || l.is("bmp", "targets")) {
			r.at = inBGPSection
		}
	default:
		b.problems.Addf(l.pos, "router bgp: unknown or not modelled: %s", shown(l.text()))
		if l.is("vnc") || l.is("vrf-policy") {
			r.at = inBGPSection
		}
	}
}

// familyLine reads a line of an address family.
func (r *reader) familyLine(l line) {
	b := r.cfg.bgp
	switch {
	case b.now == otherFamily: // none of the model's routes
	case l.is("neighbor"):
		r.neighbor(l, b.now)
	case familyCommands[l.word(0)]:
		b.familyCommand(r, l, b.now)
	default:
		b.families[b.now].problems.Addf(l.pos, "address-family %s: unknown or not modelled: %s", b.now, shown(l.text()))
	}
}

// idleBGP are commands of router bgp that change no route.
var idleBGP = map[string]bool{"timers": true, "coalesce-time": true, "read-quanta": true, "write-quanta": true, "update-delay": true, "distance": true,
	"segment-routing": true, "mpls": true, "sid": true, "bmp": true, "locator": true, "encap-behavior": true}
