package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Claim is a route to a prefix of our own, or to half of one, as a peer could send it, that an import policy rejected and would
// now accept: a hijack that waits for its route.
type Claim struct {
	Session *fabric.Session
	Route   policy.Route // as the session's router takes it in

	change     *Change
	difference difference
}

// maxClaims bounds the work for a fabric with many prefixes and peers.
const maxClaims = 10_000

// claims returns, for each changed import policy, one claim of each prefix of our own on every session that would newly accept
// it: redundancy must not hide one that got through.
func (g *gate) claims() []Claim {
	var out []Claim
	for _, c := range g.v.Changes {
		if c.Direction != policy.Import || c.Difference.SameDecisions() {
			continue
		}
		for _, p := range own(g.base.Fabric) {
			for _, s := range c.Sessions {
				if claim, ok := c.claim(s, p); ok {
					out = append(out, claim)
				}
			}
			if len(out) > maxClaims {
				g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("peers could newly claim more than %d of our own routes: not all were tried", maxClaims))
				return out
			}
		}
	}
	return out
}

// claim returns the claim of a prefix on a session; it reports false if the policy does not newly accept it.
func (c *Change) claim(s *fabric.Session, p netip.Prefix) (Claim, bool) {
	fam := fabric.FamilyOf(p.Addr())
	if !slices.Contains(c.Families, fam) || !s.Remote[fam].IsValid() {
		return Claim{}, false
	}
	r := policy.Route{Prefix: p, External: s.External(), Neighbor: s.Remote[fam], LocalPref: usualLocalPref, Preference: 170}
	if r.External {
		r.ASPath = []uint32{s.PeerAS}
	}
	env := policy.Env{Direction: policy.Import, Peer: s.Remote[fam]}
	b, a := policy.Apply(c.Before, r, env), policy.Apply(c.After, r, env)
	return Claim{s, r, c, difference{c.Before, c.After, b, a, r, env, s.SendsAll[fam]}}, b.Decision == policy.Reject && a.Decision == policy.Accept
}

// own returns the prefixes that the fabric itself originates: its colos', its services' and those that its own nodes announce,
// each followed by its first half.
func own(f *fabric.Fabric) []netip.Prefix {
	var out []netip.Prefix
	add := func(p netip.Prefix) {
		half := netip.PrefixFrom(p.Addr(), min(p.Bits()+1, p.Addr().BitLen()))
		for _, x := range []netip.Prefix{p, half} {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	for _, c := range f.Colos {
		for _, p := range c.Blocks {
			add(p)
		}
	}
	for _, s := range f.Services {
		add(s.Prefix)
	}
	for _, n := range f.Nodes {
		for _, r := range n.Routes {
			if !n.External && r.Protocol == policy.BGP {
				add(r.Prefix)
			}
		}
	}
	return out
}
