package routemap

import (
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// Marks are large communities with the reserved AS number 4294967295 in front; the second number says what for.
const (
	ofProtocol = 1 // 4294967295:1:p, an own route of protocol p
	ofHeld     = 2 // 4294967295:2:i, the i-th of the disguised communities
	ofEntered  = 3 // 4294967295:3:i, entered the export policy with it
	ofDefault  = 4 // 4294967295:4:n, default-action of the n-th depth of subroutines: accept is even
	ofExternal = 5 // 4294967295:5:0, learned over eBGP
)

func mark(what, n uint32) policy.Community {
	return policy.Community{Kind: policy.Large, A: math.MaxUint32, B: what, C: n}
}

// marks is a regular expression for all marks, or those of one kind.
func marks(what ...uint32) string {
	if len(what) == 0 {
		return fmt.Sprintf("_%d:", uint32(math.MaxUint32))
	}
	return fmt.Sprintf("_%d:%d:", uint32(math.MaxUint32), what[0])
}

// keeping are the well-known communities that keep routes from peers.
var keeping = []policy.Community{policy.NoAdvertise, policy.NoExport, policy.NoExportSubconfed}

// disguised are the communities on which bgpd acts by itself: besides the keeping ones, those for which it changes routes of eBGP peers behind
// their route-map (BLACKHOLE stays in the AS, GRACEFUL_SHUTDOWN is the last choice).
var disguised = append(keeping[:len(keeping):len(keeping)], policy.Blackhole, policy.GracefulShutdown)

// held returns the mark that stands for a disguised community.
func held(c policy.Community) (policy.Community, bool) {
	i := slices.Index(disguised, c)
	return mark(ofHeld, uint32(i)), i >= 0
}

// Disguise returns the communities of a router's own route as FRR is to be given them: with marks for the protocol, if it is another one
// than BGP, and for the communities on which bgpd acts by itself.
func Disguise(p policy.Protocol, cs policy.Communities) policy.Communities {
	var out []policy.Community
	for _, c := range cs {
		if m, ok := held(c); ok {
			c = m
		}
		out = append(out, c)
	}
	if p != policy.BGP {
		out = append(out, mark(ofProtocol, uint32(p)))
	}
	return policy.CommunitySet(out...)
}

// Reveal returns the communities of a route in FRR's table as the model has them.
func Reveal(cs policy.Communities) policy.Communities {
	var out []policy.Community
	for _, c := range cs {
		switch {
		case c.Kind != policy.Large || c.A != math.MaxUint32:
			out = append(out, c)
		case c.B == ofHeld && int(c.C) < len(disguised):
			out = append(out, disguised[c.C])
		}
	}
	if len(out) == 0 {
		return nil
	}
	return policy.CommunitySet(out...)
}
