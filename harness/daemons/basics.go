package daemons

import (
	"fmt"
	"net/netip"
)

// Basics enters `router bgp` with what every router has there, live or rendered: prompt timers, and nothing of FRR's own judgement.
func Basics(asn uint32, id netip.Addr) []string {
	return []string{
		fmt.Sprintf("router bgp %d", asn),
		"bgp router-id " + id.String(),
		"no bgp ebgp-requires-policy",
		"no bgp network import-check",
		"no bgp default ipv4-unicast",
		"no bgp suppress-duplicates",
		"bgp bestpath as-path multipath-relax",
		"bgp bestpath compare-routerid",
		"bgp route-reflector allow-outbound-policy",
		"coalesce-time 0",
		"address-family ipv4 unicast", "maximum-paths 64", "maximum-paths ibgp 64", "exit-address-family",
		"address-family ipv6 unicast", "maximum-paths 64", "maximum-paths ibgp 64", "exit-address-family",
	}
}
