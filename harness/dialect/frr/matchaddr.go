package frr

import (
	"net/netip"

	"github.com/closlab/closlab/harness/policy"
)

// addresses matches an address with a list. A list that is not defined matches nothing.
func (x *context) addresses(kind string, field policy.AddrField) []policy.Match {
	l, ms := x.list(kind)
	if l == nil {
		return ms
	}
	if len(l.bySeq) == 0 {
		return x.problem("%s has no entries, and on addresses that permits everything: give it an entry", l)
	}
	return l.addresses(field)
}

// nextHop matches one next hop.
func (x *context) nextHop(v6 bool) []policy.Match {
	a, err := netip.ParseAddr(x.arg())
	if err != nil || a.Is6() != v6 {
		return x.problem("want an address")
	}
	return []policy.Match{&policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{host(a)}}}
}

// ipv6NextHop takes an address, as older versions write it, or an access-list.
func (x *context) ipv6NextHop() []policy.Match {
	if _, err := netip.ParseAddr(x.arg()); err == nil {
		return x.nextHop(true)
	}
	return x.addresses(accessList6, policy.OfNextHop)
}

// source matches the peer that the route comes from, or on export the one that it goes to, if they speak over IPv4: bgpd asks the peer that
// the route-map runs for.
func (x *context) source(kind string) []policy.Match {
	if x.use.Own {
		return x.problem("own routes come from no peer: it is not modelled")
	}
	field := policy.FromNeighbor
	if x.use.Direction == policy.Export {
		field = policy.ToNeighbor
	}
	ms := x.addresses(kind, field)
	if len(ms) > 0 {
		ms = append(ms[:len(ms):len(ms)], &policy.MatchFamily{})
	}
	return ms
}

// peer matches routes of one peer on import. On export bgpd asks a peer that stands for all of the same policy, which is not modelled.
func (x *context) peer() []policy.Match {
	name := x.arg()
	a, err := netip.ParseAddr(name)
	switch {
	case name == "":
		return nil
	case name == "local" && x.use.Own:
		return []policy.Match{}
	case name == "local":
		return x.foreignTo(never("peer local"))
	case x.use.Own:
		return x.foreignTo(never(x.text()))
	case err != nil:
		return x.problem("interfaces and peer-groups are not modelled here: want an address or local")
	case x.use.Direction == policy.Export:
		return x.problem("which peer a route-map out asks about is not modelled")
	}
	return []policy.Match{&policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{host(a)}}}
}

// sourceProtocol matches own routes by where they come from, in versions whose bgpd knows it.
func (x *context) sourceProtocol() []policy.Match {
	if x.cfg.profile.version < 9 {
		return x.problem("bgpd knows it from FRR 9 on, before that the entry would match every route of BGP: say frr version if the router runs a later one")
	}
	of := map[string][]policy.Protocol{"bgp": {policy.BGP}, "static": {policy.Static}, "connected": {policy.Direct}, "local": {policy.Local}, "kernel": {}}
	ps, ok := of[x.arg()]
	if !ok {
		return x.problem("that protocol is not modelled")
	}
	if len(ps) == 0 {
		return x.foreignTo(never(x.text()))
	}
	return []policy.Match{&policy.MatchProtocol{AnyOf: ps}}
}

// ofInterface matches connected routes by the addresses that the text gives to an interface. The interface of any other route's next hop is not
// modelled.
func (x *context) ofInterface() []policy.Match {
	name := x.arg()
	switch {
	case name == "":
		return nil
	case !x.use.Connected:
		return x.problem("the interface of a next hop is not modelled, but for redistribute connected")
	case len(x.cfg.connected[name]) == 0:
		return x.problem("the text gives %s no address: say interface %s and ip address", shown(name), shown(name))
	}
	var of []policy.PrefixRange
	for _, p := range x.cfg.connected[name] {
		of = append(of, policy.Exactly(p))
	}
	return x.foreignTo([]policy.Match{policy.NewMatchPrefix([]string{x.text()}, of, nil)})
}
