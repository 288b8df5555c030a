package frr

import (
	"encoding/binary"
	"fmt"
	mathbits "math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// familyCommands are the commands of an address family beside neighbor.
var familyCommands = map[string]bool{"network": true, "redistribute": true, "aggregate-address": true, "maximum-paths": true, "distance": true,
	"table-map": true, "import": true, "export": true, "rd": true, "rt": true, "route-target": true, "label": true, "nexthop": true, "route-map": true, "sid": true, "bgp": true}

// idleBGPSettings are `bgp …` lines that change no route, or only how the router breaks ties that closlab breaks by the router id.
var idleBGPSettings = []string{"router-id", "log-neighbor-changes", "graceful-restart", "long-lived-graceful-restart", "fast-external-failover",
	"update-delay", "session-dscp", "minimum-holdtime", "listen limit", "default show-hostname", "default show-nexthop-hostname",
	"default subgroup-pkt-queue-max", "network import-check", "route-map delay-timer", "conditional-advertisement", "cluster-id",
	"disable-ebgp-connected-route-check", "suppress-duplicates", "fast-convergence", "send-extra-data", "allow-martian-nexthop", "suppress-fib-pending",
	"hard-administrative-reset", "deterministic-med", "bestpath compare-routerid", "reject-as-sets", "retain", "lu-ipv4-explicit-null", "lu-ipv6-explicit-null",
	"labeled-unicast", "default l2vpn-evpn", "default dynamic-capability", "tcp-keepalive", "use-underlays-nexthop-weight", "snmp",
	"default link-local-capability", "default software-version-capability", "long-lived-stale-time", "long-lived", "graceful-restart-disable",
	"ipv6-auto-ra", "tcp-mss"}

// bgpSetting reads a `bgp …` line.
func (r *reader) bgpSetting(l line) {
	b := r.cfg.bgp
	on := !l.no
	switch {
	case l.is("bgp", "ebgp-requires-policy"):
		b.requiresPolicy = on
	case l.is("bgp", "route-reflector", "allow-outbound-policy"):
		b.allowOutbound = on
	case l.is("bgp", "default", "ipv4-unicast"):
		b.active[ipv4Unicast] = on
	case l.is("bgp", "default", "ipv6-unicast"):
		b.active[ipv6Unicast] = on
	case l.is("bgp", "bestpath", "as-path", "multipath-relax"):
		b.relaxed = on
	case l.is("bgp", "default", "local-preference", "100"), l.is("bgp", "client-to-client") && on:
	case l.is("bgp", "listen", "range"):
		p, err := netip.ParsePrefix(l.word(3))
		if err != nil || l.word(4) != "peer-group" || l.no {
			b.problems.Addf(l.pos, "%s: want a prefix and a peer-group", shown(l.text()))
			return
		}
		b.listen = append(b.listen, listenRange{p.Masked(), l.word(5)})
	default:
		rest := strings.Join(l.from(1), " ")
		for _, idle := range idleBGPSettings {
			if rest == idle || strings.HasPrefix(rest, idle+" ") {
				r.pass(l, "bgp "+idle)
				return
			}
		}
		if l.no && !l.is("bgp", "client-to-client") { // what it takes away is not modelled, so that nothing is left to say
			r.pass(l, shown(l.text()))
			return
		}
		b.problems.Addf(l.pos, "router bgp: %s is not modelled and could change routes", shown(l.text()))
	}
}

// familyCommand reads a line of an address family that is not about one neighbor.
func (b *bgp) familyCommand(r *reader, l line, f family) {
	x := &b.families[f]
	switch {
	case l.is("network"):
		l, p, err := network(l)
		if o, ok := b.origination(x, l, "network"); ok {
			if err != nil || p.Addr().Is6() != (f == ipv6Unicast) {
				x.problems.Addf(l.pos, "%s: want a prefix with its length", l.text())
				return
			}
			o.prefix = p.Masked()
			x.networks.put(o, l.no)
		}
	case l.is("redistribute"):
		if o, ok := b.origination(x, l, "redistribute"); ok {
			o.protocol = l.word(1)
			x.redistribute.put(o, l.no)
		}
	case l.is("maximum-paths"):
		x.maximumPaths = strings.TrimSpace(x.maximumPaths + " " + l.text())
		n, err := strconv.Atoi(l.words[len(l.words)-1])
		if err != nil || l.no {
			n = 0
		}
		if x.maxPaths == nil {
			x.maxPaths = map[bool]int{}
		}
		x.maxPaths[l.word(1) != "ibgp"] = n
	case l.is("distance"):
		r.pass(l, "distance")
	case ofVPN(l): // which carries none of the model's routes; what is imported from there does
		r.pass(l, l.text())
	case l.no: // nothing of what it takes away is modelled
		r.pass(l, shown(l.text()))
	default:
		x.problems.Addf(l.pos, "address-family %s: %s is not modelled and could change routes", f, shown(l.text()))
	}
}

// ofVPN reports whether a line of an address family says how its routes are exported to a VPN.
func ofVPN(l line) bool {
	switch l.word(0) {
	case "rd", "rt", "route-target", "label", "nexthop", "sid", "route-map":
		return l.word(1) == "vpn"
	}
	return l.is("export", "vpn")
}

// network reads the prefix of a network line: with its length, with a mask, or alone, when the class of the address tells its length. It
// returns the line with the prefix as one word.
func network(l line) (line, netip.Prefix, error) {
	a, err := netip.ParseAddr(l.word(1))
	if err != nil || !a.Is4() {
		p, err := netip.ParsePrefix(l.word(1))
		return l, p, err
	}
	bits, rest := 24, l.from(2)
	switch first := a.As4()[0]; {
	case first < 128:
		bits = 8
	case first < 192:
		bits = 16
	}
	if len(rest) > 1 && rest[0] == "mask" {
		mask, err := netip.ParseAddr(rest[1])
		if err != nil || !mask.Is4() {
			return l, netip.Prefix{}, fmt.Errorf("%s: no mask", rest[1])
		}
		m := mask.As4()
		n := binary.BigEndian.Uint32(m[:])
		if bits = mathbits.LeadingZeros32(^n); n<<bits != 0 {
			return l, netip.Prefix{}, fmt.Errorf("%s: no mask", rest[1])
		}
		rest = rest[2:]
	}
	p, err := a.Prefix(bits)
	l.words = append([]string{"network", p.String()}, rest...)
	return l, p, err
}

// origination reads what network and redistribute can say behind their first word.
func (b *bgp) origination(x *bgpFamily, l line, what string) (origination, bool) {
	o := origination{pos: l.pos}
	rest := l.from(2)
	for len(rest) > 1 && (rest[0] == "route-map" || rest[0] == "metric" && rest[1] == "0") {
		if rest[0] == "route-map" {
			o.routeMap = rest[1]
		}
		rest = rest[2:]
	}
	if len(rest) > 0 || l.word(1) == "" {
		x.problems.Addf(l.pos, "%s: %s with %s is not modelled", shown(l.text()), what, shown(strings.Join(rest, " ")))
		return o, false
	}
	return o, true
}

// originations are the network or redistribute lines of a family; of those that say the same, the last.
type originations struct {
	lines []origination // in order, with those that are taken back
	last  map[origination]int
}

// put adds a line, or takes away what it names.
func (os *originations) put(o origination, no bool) {
	key := origination{prefix: o.prefix, protocol: o.protocol}
	delete(os.last, key)
	if no {
		return
	}
	if os.last == nil {
		os.last = map[origination]int{}
	}
	os.last[key] = len(os.lines)
	os.lines = append(os.lines, o)
}

// all returns the lines in force, in order.
func (os *originations) all() []origination {
	var out []origination
	for i, o := range os.lines {
		if at, ok := os.last[origination{prefix: o.prefix, protocol: o.protocol}]; ok && at == i {
			out = append(out, o)
		}
	}
	return out
}
