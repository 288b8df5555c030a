package native

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// eosPath is a route of "show ip bgp detail".
type eosPath struct {
	ASPathEntry     struct{ ASPath string }
	MED             *uint32
	LocalPreference *uint32
	NextHop         string
	RouteType       struct {
		Active, Valid, ECMP, ECMPContributor bool
	}
	RouteDetail struct {
		Origin             string
		CommunityList      []string
		LargeCommunityList []string
		ExtCommunityList   []string
		PeerEntry          struct{ PeerAddr string }
	}
}

func (c *ceos) paths(ctx context.Context) ([]Path, error) {
	var out []Path
	for _, command := range []string{"show ip bgp detail", "show ipv6 bgp detail"} {
		var answer struct {
			VRFs map[string]struct {
				BGPRouteEntries map[string]struct{ BGPRoutePaths []eosPath }
			}
		}
		if err := c.show(ctx, &answer, command); err != nil {
			return nil, err
		}
		if answer.VRFs == nil {
			return nil, fmt.Errorf("%s: no vrfs", command)
		}
		for text, e := range answer.VRFs["default"].BGPRouteEntries {
			prefix, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", command, err)
			}
			for _, p := range e.BGPRoutePaths {
				if p.RouteDetail.PeerEntry.PeerAddr == "" && p.NextHop == "" {
					continue // its own
				}
				one, err := p.path(prefix)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", command, prefix, err)
				}
				out = append(out, one)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Path) int { return best(b) - best(a) })
	return out, nil
}

// path returns the route as the model has it.
func (p *eosPath) path(prefix netip.Prefix) (Path, error) {
	out := Path{Best: p.RouteType.Active || p.RouteType.ECMP && p.RouteType.ECMPContributor}
	r := &out.Route
	r.Prefix, r.Protocol, r.LocalPref = prefix, policy.BGP, 100
	if p.LocalPreference != nil {
		r.LocalPref = *p.LocalPreference
	}
	if p.MED != nil {
		r.MED = *p.MED
	}
	var err error
	if r.Neighbor, err = netip.ParseAddr(p.RouteDetail.PeerEntry.PeerAddr); err != nil {
		return out, fmt.Errorf("who sent it: %w", err)
	}
	if r.NextHop, err = netip.ParseAddr(p.NextHop); err != nil {
		return out, fmt.Errorf("next hop: %w", err)
	}
	if err := asPath(r, p.ASPathEntry.ASPath); err != nil {
		return out, err
	}
	if len(p.RouteDetail.ExtCommunityList) > 0 {
		return out, fmt.Errorf("extended communities: closlab does not know EOS' words for them")
	}
	texts := slices.Clone(p.RouteDetail.CommunityList)
	for _, l := range p.RouteDetail.LargeCommunityList {
		texts = append(texts, "large:"+l)
	}
	r.Communities, err = communities(texts)
	return out, err
}

func (c *ceos) fib(ctx context.Context) ([]Forward, error) {
	out := []Forward{}
	for _, command := range []string{"show ip route", "show ipv6 route"} {
		var answer struct {
			VRFs map[string]struct {
				Routes map[string]eosRoute
			}
			Routes map[string]eosRoute // older releases, of IPv6
		}
		if err := c.show(ctx, &answer, command); err != nil {
			return nil, err
		}
		routes := answer.VRFs["default"].Routes
		if routes == nil {
			routes = answer.Routes
		}
		if routes == nil {
			return nil, fmt.Errorf("%s: no routes of the default VRF", command)
		}
		for text, r := range routes {
			f, ok, err := r.forward(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", command, err)
			}
			if ok {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// eosRoute is a route of "show ip route".
type eosRoute struct {
	RouteAction       string
	DirectlyConnected bool
	Vias              []struct{ NexthopAddr, Interface string }
}

// forward returns the entry; it reports false for what follows from links.
func (r *eosRoute) forward(text string) (Forward, bool, error) {
	p, err := netip.ParsePrefix(text)
	f := Forward{Prefix: p, Drop: r.RouteAction == "drop"}
	switch {
	case err != nil || f.Drop:
		return f, true, err
	case r.DirectlyConnected:
		f.Local = p.IsSingleIP()
		return f, f.Local, nil
	case len(r.Vias) == 0:
		return f, false, fmt.Errorf("route to %s: action %q without a next hop", p, r.RouteAction)
	}
	for _, v := range r.Vias {
		if v.NexthopAddr == "" && v.Interface == "Null0" {
			f.Drop, f.Hops = true, nil
			return f, true, nil
		}
		a, err := netip.ParseAddr(v.NexthopAddr)
		if err != nil {
			return f, false, fmt.Errorf("route to %s: next hop: %w", p, err)
		}
		f.Hops = append(f.Hops, a)
	}
	return f, true, nil
}
