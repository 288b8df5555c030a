package random

import (
	"fmt"
	"net/netip"

	"github.com/closlab/closlab/harness/policy"
)

// Shape draws chains of policies.
type Shape struct {
	N      func(limit int) int          // draws a number from 0 on, below limit
	Match  func(depth int) policy.Match // draws a match, one of a chain only above depth 0
	Action func() policy.Action
	Masks  bool // route filters may have address masks
	names  int
}

// Pick draws one of several.
func Pick[T any](s *Shape, from []T) T { return from[s.N(len(from))] }

// Chain draws a chain whose expressions and matches nest up to depth.
func (s *Shape) Chain(depth int) policy.Chain {
	c := make(policy.Chain, 1+s.N(2))
	for i := range c {
		c[i] = s.expr(depth)
	}
	return c
}

func (s *Shape) expr(depth int) policy.Expr {
	if depth == 0 || s.N(3) > 0 {
		return policy.Expr{Policy: s.Policy(depth)}
	}
	switch op := Pick(s, []policy.Op{policy.And, policy.Or, policy.Not, policy.Amend}); op {
	case policy.Not:
		return policy.Expr{Op: op, Args: []policy.Expr{s.expr(depth - 1)}}
	default:
		return policy.Expr{Op: op, Args: []policy.Expr{s.expr(depth - 1), s.expr(depth - 1)}}
	}
}

// Policy draws a policy of one to five terms. No two of a shape have one name.
func (s *Shape) Policy(depth int) *policy.Policy {
	s.names++
	p := &policy.Policy{Name: fmt.Sprintf("P%d", s.names)}
	for i := range 1 + s.N(5) {
		t := &policy.Term{Name: fmt.Sprint("T", i), Flow: Pick(s, []policy.Flow{policy.NextTerm, policy.NextTerm,
			policy.NextPolicy, policy.AcceptRoute, policy.AcceptRoute, policy.RejectRoute})}
		for range s.N(3) {
			t.From = append(t.From, s.Match(depth))
		}
		for range s.N(4) {
			t.Then = append(t.Then, s.Action())
		}
		if s.N(10) == 0 {
			t.Default = Pick(s, []policy.Decision{policy.Accept, policy.Reject})
		}
		if t.Flow == policy.NextTerm && s.N(4) == 0 {
			t.Skip = 1 + s.N(3)
		}
		p.Terms = append(p.Terms, t)
	}
	return p
}

// Prefixes draws lists, longest match and both; empty ones at times.
func (s *Shape) Prefixes() policy.Match {
	var any []policy.PrefixRange
	var longest []policy.RouteFilter
	for range s.N(3) {
		any = append(any, s.Range(Pick(s, Bases)))
	}
	for range s.N(4) {
		f := policy.RouteFilter{Base: Pick(s, Bases), Skip: s.N(4) == 0}
		switch kind := s.N(6); {
		case kind == 0 && s.Masks:
			f.Base = netip.MustParsePrefix("10.0.1.0/24")
			f.Mask = Pick(s, []netip.Addr{netip.MustParseAddr("255.0.255.0"), netip.MustParseAddr("255.253.255.255"), netip.MustParseAddr("255.255.254.0")})
		case kind == 1: // through
			f.Base = netip.MustParsePrefix("10.0.0.0/8")
			f.Ranges = []policy.PrefixRange{policy.Exactly(f.Base), policy.Exactly(netip.MustParsePrefix("10.0.0.0/9")), policy.Exactly(netip.MustParsePrefix("10.0.1.0/24"))}
		default:
			f.Ranges = []policy.PrefixRange{s.Range(f.Base)}
		}
		longest = append(longest, f)
	}
	return policy.NewMatchPrefix(nil, any, longest)
}

// Range draws a range of lengths below a prefix.
func (s *Shape) Range(base netip.Prefix) policy.PrefixRange {
	full := base.Addr().BitLen()
	lo := min(base.Bits()+Pick(s, []int{0, 0, 1, 8}), full)
	return policy.PrefixRange{Prefix: base, Min: lo, Max: Pick(s, []int{lo, min(lo+8, full), full})}
}
