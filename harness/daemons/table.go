//go:build linux

package daemons

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// Path is a route in bgpd's table, after the import policy.
type Path struct {
	Route policy.Route
	Local bool // the router's own
	Best  bool // used: the best or, with multipath, one of its equals

	internal bool // of an iBGP session
}

// Sessions returns bgpd's name for the state of each session, by the neighbour's address; "Established" is up.
func (r *Router) Sessions() (map[netip.Addr]string, error) {
	var summary map[string]struct {
		Peers map[string]struct{ State string }
	}
	if err := r.BGP.JSON("show bgp summary json", &summary); err != nil {
		return nil, err
	}
	out := map[netip.Addr]string{}
	for _, family := range summary {
		for text, p := range family.Peers {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("bgpd: session with %q: %w", text, err)
			}
			out[a] = p.State
		}
	}
	return out, nil
}

// path is a route as bgpd tells it in JSON (bgpd/bgp_route.c, route_vty_out_detail).
type path struct {
	ASPath struct {
		Segments []struct {
			Type string
			List []uint32
		}
	}
	Origin            string
	Metric            uint32 // absent is 0
	LocPrf            uint32 // absent on routes of eBGP and of the router's own
	Valid, Local      bool
	Multipath         bool
	Bestpath          struct{ Overall bool }
	Community         struct{ List []string }
	LargeCommunity    struct{ List []string }
	ExtendedCommunity struct{ String string }
	Nexthops          []struct{ IP, Scope string }
	Peer              struct{ PeerID, Type string }
}

// Paths returns bgpd's table of a family, the routes to one prefix together and the best first.
func (r *Router) Paths(v6 bool) ([]Path, error) {
	family := "ipv4"
	if v6 {
		family = "ipv6"
	}
	var table struct{ Routes map[string][]path }
	if err := r.BGP.JSON("show bgp "+family+" unicast json detail", &table); err != nil {
		return nil, err
	}
	var out []Path
	for text, paths := range table.Routes {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("bgpd: route to %q: %w", text, err)
		}
		var rest []Path
		for _, p := range paths {
			if p.Peer.PeerID == "" || !p.Valid {
				continue // the heading of the prefix, or a route without a way
			}
			one, err := p.route(prefix)
			switch {
			case err != nil:
				return nil, fmt.Errorf("bgpd: route to %s: %w", prefix, err)
			case p.Bestpath.Overall:
				out = append(out, one)
			default:
				rest = append(rest, one)
			}
		}
		for i := range rest {
			for _, used := range append(out, rest...) {
				rest[i].Best = rest[i].Best || used.Best && used.ties(&rest[i])
			}
		}
		out = append(out, rest...)
	}
	return out, nil
}

// ties reports whether two iBGP routes to one prefix are equal to bgpd, and only their neighbour tells them apart: of several with the same
// next hop it marks no more than the first as used (bgpd/bgp_mpath.c, bgp_path_info_mpath_update).
func (p *Path) ties(o *Path) bool {
	a, b := &p.Route, &o.Route
	first := func(r *policy.Route) []uint32 { return r.ASPath[:min(len(r.ASPath), 1)] }
	return p.internal && o.internal && a.Prefix == b.Prefix && a.NextHop == b.NextHop && a.LocalPref == b.LocalPref && a.Origin == b.Origin &&
		len(a.ASPath) == len(b.ASPath) && (a.MED == b.MED || !slices.Equal(first(a), first(b)))
}

// route returns the path as the model has it.
func (p *path) route(prefix netip.Prefix) (Path, error) {
	out := Path{Local: p.Local, Best: p.Bestpath.Overall || p.Multipath, internal: p.Peer.Type == "internal"}
	out.Route = policy.Route{Prefix: prefix, Protocol: policy.BGP, MED: p.Metric, LocalPref: p.LocPrf}
	var err error
	if !p.Local {
		if out.Route.Neighbor, err = netip.ParseAddr(p.Peer.PeerID); err != nil {
			return out, err
		}
	}
	for _, h := range p.Nexthops {
		if h.Scope != "link-local" {
			if out.Route.NextHop, err = netip.ParseAddr(h.IP); err != nil {
				return out, err
			}
		}
	}
	switch strings.ToLower(p.Origin) {
	case "egp":
		out.Route.Origin = policy.EGP
	case "incomplete":
		out.Route.Origin = policy.Incomplete
	}
	for _, s := range p.ASPath.Segments {
		if s.Type != "as-sequence" {
			return out, fmt.Errorf("AS sets and confederations are not modelled")
		}
		out.Route.ASPath = append(out.Route.ASPath, s.List...)
	}
	out.Route.Communities, err = p.communities()
	return out, err
}
