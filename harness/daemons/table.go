//go:build linux

package daemons

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// Path is a route in bgpd's table, after the import policy.
type Path struct {
	Route policy.Route
	Local bool // the router's own
	Best  bool // used: the best or, with multipath, one of its equals; of several over iBGP with the same next hop only one

	Internal bool // of an iBGP session
}

// Sessions returns bgpd's name for the state of each session, by the neighbour's address; "Established" is up.
func (r *Router) Sessions() (map[netip.Addr]string, error) {
	var s summary
	if err := r.BGP.JSON("show bgp summary json", &s); err != nil {
		return nil, err
	}
	return s.states()
}

// summary is bgpd's account of its sessions, by family and neighbour.
type summary map[string]struct {
	Peers map[string]struct{ State string }
}

func (s summary) states() (map[netip.Addr]string, error) {
	out := map[netip.Addr]string{}
	for _, family := range s {
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

// pathList is the routes to one prefix: a list with a heading in it, or since 9.0 an object with them in it.
type pathList []path

func (l *pathList) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]path)(l))
	}
	var object struct{ Paths []path }
	err := json.Unmarshal(text, &object)
	*l = object.Paths
	return err
}

// Paths returns bgpd's table of a family, the routes to one prefix together and the best first.
func (r *Router) Paths(v6 bool) ([]Path, error) {
	family := "ipv4"
	if v6 {
		family = "ipv6"
	}
	var t table
	if err := r.BGP.JSON("show bgp "+family+" unicast json detail", &t); err != nil {
		return nil, err
	}
	return t.paths()
}

// table is bgpd's table of a family as it tells it.
type table struct{ Routes map[string]pathList }

func (t *table) paths() ([]Path, error) {
	var out []Path
	for text, paths := range t.Routes {
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
		out = append(out, rest...)
	}
	return out, nil
}

// route returns the path as the model has it.
func (p *path) route(prefix netip.Prefix) (Path, error) {
	out := Path{Local: p.Local, Best: p.Bestpath.Overall || p.Multipath, Internal: p.Peer.Type == "internal"}
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
