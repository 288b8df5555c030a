package proof_test

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// randomRoutes returns so many routes to different prefixes around the bases, of which a peer or the router itself takes its share.
func randomRoutes(r *rand.Rand, count int, taken map[netip.Prefix]bool) []policy.Route {
	var out []policy.Route
	for len(out) < count {
		p := randomPrefix(r)
		if taken[p] {
			continue
		}
		taken[p] = true
		out = append(out, randomRoute(r, p))
	}
	return out
}

// unicast is where IPv6 prefixes can be that routers take.
var unicast = netip.MustParsePrefix("2000::/3")

// randomPrefix returns a prefix that routers take, and that is none of the test's own.
func randomPrefix(r *rand.Rand) netip.Prefix {
	for {
		base := pick(r, random.Bases)
		bits := min(base.Bits()+r.IntN(18), base.Addr().BitLen())
		a := base.Addr().AsSlice()
		for i := range a {
			if 8*i >= base.Bits() && r.IntN(2) == 0 {
				a[i] = byte(r.IntN(256))
			}
		}
		addr, _ := netip.AddrFromSlice(a)
		p := netip.PrefixFrom(addr, bits).Masked()
		switch {
		case p.Bits() == 0 && r.IntN(20) > 0:
		case p.Addr().Is6() && p.Bits() > 0 && !unicast.Contains(p.Addr()):
		case p.Addr().Is4() && (p.Addr().As4()[0] == 127 || p.Addr().As4()[0] >= 224 || p.Addr().As4()[0] == 0 && p.Bits() > 0):
		case p.Bits() > 8 && (proof.Nets[0].Overlaps(p) || proof.Nets[1].Overlaps(p) || proof.Miles[false].Overlaps(p) || proof.Miles[true].Overlaps(p)):
		default:
			return p
		}
	}
}

func randomRoute(r *rand.Rand, p netip.Prefix) policy.Route {
	x := policy.Route{Prefix: p, Origin: policy.Origin(r.IntN(3)), NextHop: pick(r, proof.Hops(p.Addr().Is6())), LocalPref: pick(r, numbers)}
	if r.IntN(2) == 0 {
		x.MED = pick(r, numbers)
	}
	for range r.IntN(4) {
		x.ASPath = append(x.ASPath, pick(r, asns))
	}
	for range r.IntN(4) {
		x.Communities = x.Communities.With(pick(r, [][]policy.Community{standard, standard, large, extended}[r.IntN(4)]))
	}
	if r.IntN(20) == 0 { // which FRR calls internet
		x.Communities = x.Communities.With(policy.Std(0, 0))
	}
	if r.IntN(20) == 0 { // a mark of the compilers' from outside
		x.Communities = x.Communities.With(policy.Community{Kind: policy.Large, A: math.MaxUint32, B: uint32(r.IntN(6)), C: uint32(r.IntN(4))})
	}
	return x
}
