package gobgp

import (
	"math"

	"github.com/closlab/closlab/harness/policy"
)

// Marks are large communities with the reserved AS number 4294967295 in front; the second number says what for.
const (
	ofProtocol   = iota // 4294967295:0:p, an own route of protocol p
	ofJump              // 4294967295:1:l, on the way to label l
	ofDefault           // 4294967295:2:n, default-action of the n-th depth of subroutines: accept is even
	ofWellKnown         // 4294967295:3:i, entered with a community that keeps it from the peer
	ofLastResort        // 4294967295:4:0, an own route with a local preference of 0 so that any learned one is preferred
)

// allMarks and jumpMarks match the marks.
const allMarks, jumpMarks, protocolMarks = "^4294967295:", "^4294967295:1:", "^4294967295:0:"

func mark(what, n uint32) policy.Community {
	return policy.Community{Kind: policy.Large, A: math.MaxUint32, B: what, C: n}
}

// OwnRoute returns the community that a router puts on its own routes of a protocol other than BGP when it gives them to
// GoBGP, so that export policies can tell the protocols apart. Every export takes it off; a local route without it is a network
// statement, of protocol BGP. So a route without the community that GoBGP did not learn is exported by default.
func OwnRoute(p policy.Protocol) policy.Community { return mark(ofProtocol, uint32(p)) }

// LastResort returns the community that a router puts on its own routes which give way to learned ones, and so have no local
// preference. Every export gives them the default one and takes the community off.
func LastResort() policy.Community { return mark(ofLastResort, 0) }

// exactly matches the one large community or community.
func exactly(c policy.Community) string { return "^" + c.Text() + "$" }

// unmarked matches all large communities that are no marks.
var unmarked = "^" + policy.Decimals(0, math.MaxUint32-1) + ":"
