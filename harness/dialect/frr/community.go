package frr

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/policy"
)

// readCommunity reads one community as FRR writes it: "64500:1", "no-export" or a number; "64500:1:2"; "rt 64500:1", "soo 64500:1".
func readCommunity(kind policy.CommunityKind, text string) (policy.Community, error) {
	bad := fmt.Errorf("%q: want %s", shown(text), [...]string{"a community such as 64500:1 or no-export", "rt or soo with 64500:1 or 192.0.2.1:1", "a community such as 64500:1:2"}[kind])
	switch kind {
	case policy.Large:
		c, err := policy.ParseCommunity("large:" + text)
		if err != nil || c.Kind != policy.Large {
			return c, bad
		}
		return c, nil
	case policy.Extended:
		c, ok := readExtended(text)
		if !ok {
			return c, bad
		}
		return c, nil
	}
	if c, ok := ere.Names[text]; ok {
		return c, nil
	}
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return policy.Std(uint16(n>>16), uint16(n)), nil
	}
	c, err := policy.ParseCommunity(text)
	if err != nil || c.Kind != policy.Standard {
		return c, bad
	}
	return c, nil
}

// extendedNames are the names of the two types of extended communities that route-maps set, by their subtype.
var extendedNames = map[string]uint32{"rt": 0x02, "soo": 0x03}

// readExtended reads a route target or a site of origin. The administrator decides the type as in bgpd: an AS number of two octets, an
// address, or an AS number of four octets (RFC 4360 section 3, RFC 5668).
func readExtended(text string) (policy.Community, bool) {
	name, value, _ := strings.Cut(text, " ")
	subtype, ok := extendedNames[strings.ToLower(name)]
	left, right, colon := strings.Cut(value, ":")
	if !ok || !colon {
		return policy.Community{}, false
	}
	c := policy.Community{Kind: policy.Extended}
	bits := 16
	if a, err := netip.ParseAddr(left); err == nil && a.Is4() {
		b := a.As4()
		c.A, c.B = 0x0100|subtype, uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])
	} else {
		asn, err := strconv.ParseUint(left, 10, 32)
		if err != nil {
			return c, false
		}
		c.A, c.B = 0x0200|subtype, uint32(asn)
		if asn <= 0xffff {
			c.A, bits = subtype, 32
		}
	}
	n, err := strconv.ParseUint(right, 10, bits)
	c.C = uint32(n)
	return c, err == nil
}

// every returns a definition of all communities of the kind.
func every(kind policy.CommunityKind) *policy.CommunityDef {
	r, err := policy.Compile(".*", policy.Repeat(policy.AnySymbol(), 0, -1))
	if err != nil {
		panic(err) // fixed
	}
	name := [...]string{"every community", "every extended community", "every large community"}[kind]
	return policy.NewCommunityDef(name, []policy.CommunityPattern{{Literal: policy.Community{Kind: kind}, Regex: r}}, false)
}
