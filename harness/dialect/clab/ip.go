package clab

import (
	"net/netip"
	"slices"
	"strings"
)

// named returns the values of the options that words have in pairs, and the other words.
func named(words []string, options ...string) (map[string]string, []string) {
	values := map[string]string{}
	var rest []string
	for i := 0; i < len(words); i++ {
		if slices.Contains(options, words[i]) && i+1 < len(words) {
			values[words[i]] = words[i+1]
			i++
		} else {
			rest = append(rest, words[i])
		}
	}
	return values, rest
}

// address reads ip address add PREFIX dev PORT, and what takes addresses away.
func (x *setter) address(verb string, words []string) {
	opt, rest := named(words, "dev", "brd", "broadcast", "scope", "label", "metric", "valid_lft", "preferred_lft")
	port := opt["dev"]
	switch {
	case port == management:
		return // of a network that the lab does not have
	case removes(verb):
		x.s.Addrs = slices.DeleteFunc(x.s.Addrs, func(a Addr) bool {
			return a.Port == port && (len(rest) == 0 || a.Prefix.String() == rest[0] || a.Prefix.Addr().String() == rest[0])
		})
	case adds(verb):
		rest = slices.DeleteFunc(rest, func(w string) bool { return w == "nodad" || w == "noprefixroute" })
		if len(rest) != 1 || port == "" || slices.Contains(words, "noprefixroute") {
			x.refuse("closlab reads ip address add PREFIX dev INTERFACE")
			return
		}
		p, err := netip.ParsePrefix(rest[0])
		if err != nil {
			a, err := netip.ParseAddr(rest[0])
			if err != nil || a.Zone() != "" {
				x.refuse("closlab reads ip address add PREFIX dev INTERFACE")
				return
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if !slices.ContainsFunc(x.s.Addrs, func(a Addr) bool { return a.Port == port && a.Prefix == p }) {
			x.s.Addrs = append(x.s.Addrs, Addr{port, p, x.pos})
		}
	}
}

// destination returns what a route of ip(8) leads to: also default, and abbreviations such as 0/0.
func destination(word, via string) (netip.Prefix, bool) {
	if word == "default" || word == "all" || word == "any" {
		if strings.Contains(via, ":") {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0), true
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), true
	}
	if base, bits, ok := strings.Cut(word, "/"); ok && !strings.Contains(base, ":") {
		for strings.Count(base, ".") < 3 && base != "" && len(base) < 16 {
			base += ".0"
		}
		word = base + "/" + bits
	}
	if p, err := netip.ParsePrefix(word); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(word)
	return netip.PrefixFrom(a, a.BitLen()), err == nil && a.Zone() == ""
}

// route reads ip route add PREFIX via ADDRESS dev PORT, with several next hops too, and what takes routes away.
func (x *setter) route(verb string, words []string) {
	hops, rest := hops(words)
	opt, rest := named(rest, "dev", "proto", "metric", "src", "scope", "table", "mtu", "pref", "preference", "vrf")
	kind := ""
	if len(rest) > 0 && slices.Contains([]string{"blackhole", "unreachable", "prohibit", "unicast"}, rest[0]) {
		kind, rest = rest[0], rest[1:]
	}
	rest = slices.DeleteFunc(rest, func(w string) bool { return w == "onlink" })
	first := ""
	if len(hops) > 0 {
		first = hops[0]
	}
	switch {
	case removes(verb):
		if len(rest) > 0 {
			p, _ := destination(rest[0], first)
			x.s.Routes = slices.DeleteFunc(x.s.Routes, func(r Route) bool { return r.Prefix == p })
		}
		return
	case !adds(verb):
		return // shows
	case opt["dev"] == management && len(hops) == 0:
		return
	case len(rest) != 1 || opt["vrf"] != "" || opt["table"] != "" && opt["table"] != "main":
		x.refuse("closlab reads ip route add PREFIX via ADDRESS dev INTERFACE")
		return
	}
	r := Route{Port: opt["dev"], Drop: kind != "" && kind != "unicast", Pos: x.pos}
	var ok bool
	if r.Prefix, ok = destination(rest[0], first); !ok {
		x.refuse("want a prefix")
		return
	}
	for _, h := range hops {
		a, err := netip.ParseAddr(h)
		if err != nil || a.Is6() != r.Prefix.Addr().Is6() {
			x.refuse("want a next hop of the prefix's family")
			return
		}
		r.Via = append(r.Via, a.WithZone(""))
	}
	x.s.Routes = slices.DeleteFunc(x.s.Routes, func(o Route) bool { return o.Prefix == r.Prefix })
	x.s.Routes = append(x.s.Routes, r)
}

// hops returns the next hops of a route, and the words without them.
func hops(words []string) (hops, rest []string) {
	for i := 0; i < len(words); i++ {
		switch {
		case words[i] == "nexthop":
		case words[i] == "via" && i+2 < len(words) && (words[i+1] == "inet" || words[i+1] == "inet6"):
			hops = append(hops, words[i+2])
			i += 2
		case words[i] == "via" && i+1 < len(words):
			hops = append(hops, words[i+1])
			i++
		case words[i] == "weight" && i+1 < len(words):
			i++
		case words[i] == "dev" && i+1 < len(words) && len(hops) > 0 && len(hops) < strings.Count(strings.Join(words, " "), "nexthop"):
			i++
		default:
			rest = append(rest, words[i])
		}
	}
	return hops, rest
}

// link reads ip link: interfaces may be set up, and dummies added.
func (x *setter) link(verb string, words []string) {
	opt, rest := named(words, "dev", "name", "type", "mtu", "address", "txqueuelen", "alias", "addrgenmode", "group")
	switch {
	case opt["dev"] == management, len(rest) > 0 && rest[0] == management:
	case verb == "set" || verb == "s":
		if slices.ContainsFunc(rest, func(w string) bool {
			return slices.Contains([]string{"down", "master", "vrf", "netns", "nomaster"}, w)
		}) || opt["name"] != "" {
			x.refuse("closlab reads links that are up, under the names of the topology, and no bridges or VRFs")
		}
	case adds(verb) && opt["type"] == "dummy":
		for _, w := range append(rest, opt["name"], opt["dev"]) {
			if w != "" && w != "dummy" && w != "type" {
				x.s.Ports = append(x.s.Ports, w)
			}
		}
	case adds(verb):
		x.refuse("closlab reads no interfaces beside links and dummies")
	}
}
