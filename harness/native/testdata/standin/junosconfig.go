package main

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// meaning is what a configuration says of policies and sessions.
type meaning struct{ config *candidate.Config }

// readJunos returns what a configuration means.
func readJunos(text string) (meaning, settings, error) {
	var s settings
	c, err := read("router.junos.conf", text)
	if err != nil {
		return meaning{}, s, err
	}
	parsed, err := conf.Parse("text", []byte(text))
	if err != nil {
		return meaning{}, s, err
	}
	asn, err := strconv.ParseUint(word(parsed, "routing-options", "autonomous-system"), 10, 32)
	if err != nil {
		return meaning{}, s, fmt.Errorf("routing-options autonomous-system: %w", err)
	}
	s.asn = uint32(asn)
	if s.id, err = netip.ParseAddr(word(parsed, "routing-options", "router-id")); err != nil {
		return meaning{}, s, fmt.Errorf("routing-options router-id: %w", err)
	}
	for _, at := range []*conf.Node{parsed.Root().Get("routing-options", "static", "route"), parsed.Root().Get("routing-options", "rib", "inet6.0", "static", "route")} {
		if at == nil {
			continue
		}
		for _, n := range at.Children {
			p, err := netip.ParsePrefix(n.Word)
			if err != nil {
				return meaning{}, s, err
			}
			o := speaker.Own{Route: policy.Route{Prefix: p, Protocol: policy.Static, LocalPref: 100, Preference: 5}, Discard: n.Child("discard") != nil, Announce: true}
			if hops := n.Child("next-hop"); hops != nil {
				for _, h := range hops.Children {
					a, err := netip.ParseAddr(h.Word)
					if err != nil {
						return meaning{}, s, err
					}
					o.Hops = append(o.Hops, a)
				}
				o.Route.NextHop = o.Hops[0]
			}
			s.own = append(s.own, o)
		}
	}
	return meaning{c}, s, nil
}
