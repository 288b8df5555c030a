package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Claim is a route to a prefix of our own, to half of one, or to less of it around an address in use, as a peer could send it, that an
// import policy rejected and would now accept: a hijack that waits for its route.
type Claim struct {
	Session *fabric.Session
	Route   policy.Route // as the session's router takes it in

	change     *Change
	difference difference
}

// maxClaims bounds the work for a fabric with many prefixes and peers.
const maxClaims = 10_000

// claims returns, for each changed import policy, the claims of each prefix of our own on every session that would newly accept them:
// redundancy must not hide one that got through.
func (g *gate) claims() []Claim {
	var out []Claim
	prefixes, used := own(g.base.Fabric)
	for _, c := range g.v.Changes {
		if c.Direction != policy.Import || c.Difference.SameDecisions() {
			continue
		}
		for _, p := range prefixes {
			for _, s := range c.Sessions {
				out = append(out, c.claimed(s, p, used[p])...)
			}
			if len(out) > maxClaims {
				g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("peers could newly claim more than %d of our own routes: not all were tried", maxClaims))
				return out
			}
		}
	}
	return out
}

// claimed returns the claims of a prefix on a session: the prefix, its first half, and for each address in use that is not in that, the
// longest prefix around it.
func (c *Change) claimed(s *fabric.Session, p netip.Prefix, used []netip.Addr) []Claim {
	var out []Claim
	try := func(p netip.Prefix) bool {
		claim, ok := c.claim(s, p)
		if ok {
			out = append(out, claim)
		}
		return ok
	}
	try(p)
	full := p.Addr().BitLen()
	half := netip.PrefixFrom(p.Addr(), min(p.Bits()+1, full))
	taken := half != p && try(half)
	for _, a := range used {
		if taken && half.Contains(a) {
			continue
		}
		for bits := full; bits > p.Bits() && !try(netip.PrefixFrom(a, bits).Masked()); bits-- {
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

// own returns the prefixes that the fabric itself originates, its colos', its services' and those that its own nodes announce, and the
// addresses that are in use in each of them: those of its services and of its nodes.
func own(f *fabric.Fabric) (prefixes []netip.Prefix, used map[netip.Prefix][]netip.Addr) {
	used = map[netip.Prefix][]netip.Addr{}
	add := func(p netip.Prefix) {
		if !slices.Contains(prefixes, p) {
			prefixes = append(prefixes, p)
		}
	}
	var addrs []netip.Addr
	for _, c := range f.Colos {
		for _, p := range c.Blocks {
			add(p)
		}
	}
	for _, s := range f.Services {
		add(s.Prefix)
		addrs = append(addrs, s.VIP)
	}
	for _, n := range f.Nodes {
		addrs = append(addrs, n.Addrs[:]...)
		for _, r := range n.Routes {
			if !n.External && r.Protocol == policy.BGP {
				add(r.Prefix)
			}
		}
	}
	for _, a := range addrs {
		var home netip.Prefix
		for _, p := range prefixes {
			if p.Contains(a) && (!home.IsValid() || p.Bits() > home.Bits()) {
				home = p
			}
		}
		used[home] = append(used[home], a)
	}
	return prefixes, used
}
