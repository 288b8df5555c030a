package native

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

func (c *srlinux) sessions(ctx context.Context) (map[netip.Addr]string, error) {
	var answer struct {
		Instance []struct {
			Protocols struct {
				BGP struct {
					Neighbor []struct {
						Address string `json:"peer-address"`
						State   string `json:"session-state"`
					}
				}
			}
		} `json:"network-instance"`
	}
	if err := c.state(ctx, &answer, "network-instance default protocols bgp neighbor * session-state"); err != nil {
		return nil, err
	}
	if len(answer.Instance) == 0 {
		return nil, errNoInstance
	}
	out := map[netip.Addr]string{}
	for _, i := range answer.Instance {
		for _, n := range i.Protocols.BGP.Neighbor {
			a, err := netip.ParseAddr(n.Address)
			if err != nil {
				return nil, fmt.Errorf("session with %q: %w", n.Address, err)
			}
			if out[a] = n.State; n.State == "established" {
				out[a] = Up
			}
		}
	}
	return out, nil
}

// srlRib is the bgp-rib of a network instance (srl_nokia-rib-bgp.yang).
type srlRib struct {
	AfiSafi []struct {
		V4 srlLocal `json:"ipv4-unicast"`
		V6 srlLocal `json:"ipv6-unicast"`
	} `json:"afi-safi"`
	Sets struct {
		Set []srlAttributes `json:"attr-set"`
	} `json:"attr-sets"`
}

type srlLocal struct {
	Rib struct{ Route []srlRoute } `json:"local-rib"`
}

type srlRoute struct {
	Prefix, Neighbor string
	Protocol         string      `json:"origin-protocol"`
	Attributes       json.Number `json:"attr-id"`
	Used             bool        `json:"used-route"`
	Valid            bool        `json:"valid-route"`
	Best             bool        `json:"best-route"`
}

// srlAttributes are those that several routes share.
type srlAttributes struct {
	Index  json.Number
	ASPath struct {
		Segment []struct {
			Type   string
			Member []uint32
		}
	} `json:"as-path"`
	Origin      string
	NextHop     string `json:"next-hop"`
	MED         uint32
	LocalPref   uint32 `json:"local-pref"`
	Communities struct {
		Community []string
		Large     []string `json:"large-community"`
		Ext       []string `json:"ext-community"`
	}
}

func (c *srlinux) paths(ctx context.Context) ([]Path, error) {
	var answer struct {
		Instance []struct {
			Rib srlRib `json:"bgp-rib"`
		} `json:"network-instance"`
	}
	if err := c.state(ctx, &answer, "network-instance default bgp-rib"); err != nil {
		return nil, err
	}
	if len(answer.Instance) == 0 {
		return nil, errNoInstance
	}
	var out []Path
	for _, i := range answer.Instance {
		sets := map[json.Number]*srlAttributes{}
		for k := range i.Rib.Sets.Set {
			sets[i.Rib.Sets.Set[k].Index] = &i.Rib.Sets.Set[k]
		}
		for _, a := range i.Rib.AfiSafi {
			for _, r := range append(a.V4.Rib.Route, a.V6.Rib.Route...) {
				if !r.Valid || !strings.HasSuffix(r.Protocol, "bgp") {
					continue
				}
				p, err := r.path(sets[r.Attributes])
				if err != nil {
					return nil, fmt.Errorf("bgp-rib: %s: %w", r.Prefix, err)
				}
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Path) int { return best(b) - best(a) })
	return out, nil
}

// path returns the route as the model has it.
func (r *srlRoute) path(a *srlAttributes) (Path, error) {
	out := Path{Best: r.Used || r.Best}
	if a == nil {
		return out, fmt.Errorf("no attributes of number %s", r.Attributes)
	}
	out.Route = policy.Route{Protocol: policy.BGP, MED: a.MED, LocalPref: a.LocalPref}
	if a.LocalPref == 0 {
		out.Route.LocalPref = 100
	}
	var err error
	if out.Route.Prefix, err = netip.ParsePrefix(r.Prefix); err != nil {
		return out, err
	}
	if out.Route.Neighbor, err = netip.ParseAddr(r.Neighbor); err != nil {
		return out, fmt.Errorf("who sent it: %w", err)
	}
	if out.Route.NextHop, err = netip.ParseAddr(a.NextHop); err != nil {
		return out, fmt.Errorf("next hop: %w", err)
	}
	switch a.Origin {
	case "egp":
		out.Route.Origin = policy.EGP
	case "incomplete":
		out.Route.Origin = policy.Incomplete
	}
	for _, s := range a.ASPath.Segment {
		if s.Type != "as-sequence" {
			return out, fmt.Errorf("AS path: sets and confederations are not modelled")
		}
		out.Route.ASPath = append(out.Route.ASPath, s.Member...)
	}
	if len(a.Communities.Ext) > 0 {
		return out, fmt.Errorf("extended communities: closlab does not know SR Linux's words for them")
	}
	texts := slices.Clone(a.Communities.Community)
	for _, l := range a.Communities.Large {
		texts = append(texts, "large:"+l)
	}
	out.Route.Communities, err = communities(texts)
	return out, err
}
