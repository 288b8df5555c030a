//go:build linux

package daemons

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// wellKnown are the communities that bgpd writes by name (lib of RFC 1997, RFC 7999, RFC 8326 and drafts; bgpd/bgp_community.c).
var wellKnown = map[string]policy.Community{
	"graceful-shutdown":          policy.Std(65535, 0),
	"accept-own":                 policy.Std(65535, 1),
	"route-filter-translated-v4": policy.Std(65535, 2),
	"route-filter-v4":            policy.Std(65535, 3),
	"route-filter-translated-v6": policy.Std(65535, 4),
	"route-filter-v6":            policy.Std(65535, 5),
	"llgr-stale":                 policy.Std(65535, 6),
	"no-llgr":                    policy.Std(65535, 7),
	"accept-own-nexthop":         policy.Std(65535, 8),
	"blackhole":                  policy.Std(65535, 666),
	"noExport":                   policy.Std(65535, 65281),
	"noAdvertise":                policy.Std(65535, 65282),
	"localAs":                    policy.Std(65535, 65283),
	"noPeer":                     policy.Std(65535, 65284),
}

// extendedTypes are the low bytes of the types that bgpd writes by name (RFC 4360 sections 4 and 5).
var extendedTypes = map[string]uint32{"RT": 2, "SoO": 3}

// extended reads an extended community as bgpd writes it. The form of the administrator tells the type: a number of two
// bytes (type 0), an address (type 1), a number of four bytes (type 2, RFC 5668).
func extended(text string) (policy.Community, error) {
	c := policy.Community{Kind: policy.Extended}
	kind, rest, _ := strings.Cut(text, ":")
	admin, value, _ := strings.Cut(rest, ":")
	low, known := extendedTypes[kind]
	n, err := strconv.ParseUint(value, 10, 32)
	if !known || err != nil {
		return c, fmt.Errorf("extended community %s is not modelled", text)
	}
	c.A, c.C = low, uint32(n)
	if ip, err := netip.ParseAddr(admin); err == nil && ip.Is4() {
		b := ip.As4()
		c.A, c.B = 0x100|low, binary.BigEndian.Uint32(b[:])
		return c, nil
	}
	n, err = strconv.ParseUint(admin, 10, 32)
	if err != nil {
		return c, fmt.Errorf("extended community %s is not modelled", text)
	}
	if c.B = uint32(n); n > 0xffff {
		c.A = 0x200 | low
	}
	return c, nil
}

// communities returns all communities of a path.
func (p *path) communities() (policy.Communities, error) {
	var cs []policy.Community
	add := func(text string) error {
		c, err := policy.ParseCommunity(text)
		cs = append(cs, c)
		return err
	}
	for _, text := range p.Community.List {
		if c, ok := wellKnown[text]; ok {
			cs = append(cs, c)
		} else if err := add(text); err != nil {
			return nil, err
		}
	}
	for _, text := range p.LargeCommunity.List {
		if err := add("large:" + text); err != nil {
			return nil, err
		}
	}
	for _, text := range strings.Fields(p.ExtendedCommunity.String) {
		c, err := extended(text)
		if err != nil {
			return nil, err
		}
		cs = append(cs, c)
	}
	if len(cs) == 0 {
		return nil, nil
	}
	return policy.CommunitySet(cs...), nil
}
