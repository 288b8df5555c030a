package frr

import (
	"net/netip"

	"github.com/closlab/closlab/harness/policy"
)

// ipNextHop reads `set ip next-hop`, which leaves IPv6 routes alone.
func ipNextHop(x *context, s *state) []policy.Action {
	if len(x.args) == 1 {
		switch x.args[0] {
		case "peer-address":
			return x.nextHopPeer(false, s)
		case "unchanged":
			if x.use.Direction == policy.Import || x.use.V6 {
				return nil
			}
			x.problem("it is not modelled on export")
			return nil
		}
	}
	return x.nextHopIs(false, s)
}

// nextHopIs sets a next hop for routes of its family.
func (x *context) nextHopIs(v6 bool, s *state) []policy.Action {
	a, err := netip.ParseAddr(x.arg())
	switch {
	case err != nil || a.Is6() != v6:
		x.problem("want an address")
		return nil
	case v6 != x.use.V6:
		return nil
	case s.peerAddress != absent:
		x.problem("bgpd sends its own address where peer-address was set before, whatever follows")
	}
	return []policy.Action{&policy.SetNextHop{Addr: a}}
}

// nextHopPeer sets the peer's address on import, and the router's own on export (bgpd/bgp_updgrp_packet.c).
func (x *context) nextHopPeer(v6 bool, s *state) []policy.Action {
	switch {
	case v6 != x.use.V6:
		return nil
	case x.use.Direction == policy.Import:
		return []policy.Action{&policy.SetNextHop{Kind: policy.NextHopPeer}}
	}
	s.peerAddress = present
	return []policy.Action{&policy.SetNextHop{Kind: policy.NextHopSelf}}
}
