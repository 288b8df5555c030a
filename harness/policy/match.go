package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Match is one condition of a term. The set of matches is closed: Diff reasons about each.
// String returns it as the user would name it.
type Match interface {
	String() string
	matches(*Route, *Env, *trace) bool
}

// matches calls m.matches without the interface, so that the route need not be on the heap.
func matches(m Match, r *Route, env *Env, tr *trace) bool {
	switch m := m.(type) {
	case *MatchPrefix:
		return m.matches(r, env, tr)
	case *MatchFamily:
		return m.matches(r, env, tr)
	case *MatchProtocol:
		return m.matches(r, env, tr)
	case *MatchRouteType:
		return m.matches(r, env, tr)
	case *MatchCommunity:
		return m.matches(r, env, tr)
	case *MatchASPath:
		return m.matches(r, env, tr)
	case *MatchNumber:
		return m.matches(r, env, tr)
	case *MatchOrigin:
		return m.matches(r, env, tr)
	case *MatchAddr:
		return m.matches(r, env, tr)
	case *MatchCondition:
		return m.matches(r, env, tr)
	case *MatchPolicy:
		return m.matches(r, env, tr)
	}
	panic("policy: match of unknown type")
}

// CommunityPattern is one member of a community definition: a literal, or a regular
// expression over Community.Text of its kind.
type CommunityPattern struct {
	Literal Community // Kind is valid for both
	Regex   *Regex    // nil for a literal
}

// Covers reports whether the pattern matches c.
func (p CommunityPattern) Covers(c Community) bool {
	if p.Regex == nil {
		return p.Literal == c
	}
	if p.Literal.Kind != c.Kind {
		return false
	}
	var buf [48]byte
	return p.Regex.MatchText(c.AppendText(buf[:0]))
}

func (p CommunityPattern) String() string {
	if p.Regex != nil {
		return p.Regex.String()
	}
	return p.Literal.String()
}

// CommunityDef is a named community definition.
type CommunityDef struct {
	Name     string
	Members  []CommunityPattern
	Invert   bool        // Junos invert-match
	Literals Communities // the literal members, for add and set
}

// NewCommunityDef returns the definition with Literals filled in.
func NewCommunityDef(name string, members []CommunityPattern, invert bool) *CommunityDef {
	d := &CommunityDef{Name: name, Members: members, Invert: invert}
	var literals []Community
	for _, m := range members {
		if m.Regex == nil {
			literals = append(literals, m.Literal)
		}
	}
	d.Literals = CommunitySet(literals...)
	return d
}

// Covers reports whether any member matches c: what `community delete` drops.
func (d *CommunityDef) Covers(c Community) bool {
	for _, m := range d.Members {
		if m.Covers(c) {
			return true
		}
	}
	return false
}

// Matches reports whether every member matches some community of s, or the opposite for Invert.
func (d *CommunityDef) Matches(s Communities) bool {
	for _, m := range d.Members {
		if m.Regex == nil && s.Has(m.Literal) {
			continue
		}
		if m.Regex == nil || !slices.ContainsFunc(s, m.Covers) {
			return d.Invert
		}
	}
	return !d.Invert
}

// String returns name and members, so that equal strings mean equal definitions.
func (d *CommunityDef) String() string {
	s := make([]string, len(d.Members))
	for i, m := range d.Members {
		s[i] = m.String()
	}
	inv := ""
	if d.Invert {
		inv = " invert-match"
	}
	return fmt.Sprintf("%s (%s%s)", d.Name, strings.Join(s, " "), inv)
}

// MatchCommunity matches if one of the definitions does.
type MatchCommunity struct{ AnyOf []*CommunityDef }

func (m *MatchCommunity) matches(r *Route, _ *Env, _ *trace) bool {
	for _, d := range m.AnyOf {
		if d.Matches(r.Communities) {
			return true
		}
	}
	return false
}

func (m *MatchCommunity) String() string {
	return "community " + joinNames(m.AnyOf, func(d *CommunityDef) string { return d.Name })
}

// ASPathDef is a named AS-path regular expression, or a group of them of which one must match.
// Symbols are AS numbers.
type ASPathDef struct {
	Name  string
	AnyOf []*Regex
}

// MatchASPath matches if one of the definitions matches the whole AS path.
type MatchASPath struct{ AnyOf []*ASPathDef }

func (m *MatchASPath) matches(r *Route, _ *Env, _ *trace) bool {
	for _, d := range m.AnyOf {
		for _, x := range d.AnyOf {
			if x.Match(r.ASPath) {
				return true
			}
		}
	}
	return false
}

func (m *MatchASPath) String() string {
	return "as-path " + joinNames(m.AnyOf, func(d *ASPathDef) string { return d.Name })
}

// MatchProtocol matches a route of one of the protocols.
type MatchProtocol struct{ AnyOf []Protocol }

func (m *MatchProtocol) matches(r *Route, _ *Env, _ *trace) bool {
	return slices.Contains(m.AnyOf, r.Protocol)
}

func (m *MatchProtocol) String() string {
	return "protocol " + joinNames(m.AnyOf, Protocol.String)
}

// MatchRouteType matches routes learned over eBGP if External, all others if not: Junos' route-type
// internal takes every route that is not external (the lesson of 2026-01-22).
type MatchRouteType struct{ External bool }

func (m *MatchRouteType) matches(r *Route, _ *Env, _ *trace) bool { return r.External == m.External }

func (m *MatchRouteType) String() string {
	if m.External {
		return "route-type external"
	}
	return "route-type internal"
}

// MatchFamily matches IPv4 routes, or IPv6 routes if V6.
type MatchFamily struct{ V6 bool }

func (m *MatchFamily) matches(r *Route, _ *Env, _ *trace) bool { return r.Prefix.Addr().Is6() == m.V6 }

func (m *MatchFamily) String() string {
	if m.V6 {
		return "family inet6"
	}
	return "family inet"
}

// AddrField names an address that a term can ask for.
type AddrField uint8

const (
	FromNeighbor AddrField = iota // the peer the route was learned from
	ToNeighbor                    // the peer it would be sent to
	OfNextHop
)

func (f AddrField) String() string {
	return [...]string{"neighbor", "to neighbor", "next-hop"}[f]
}

func (f AddrField) of(r *Route, env *Env) netip.Addr {
	return [...]netip.Addr{r.Neighbor, env.Peer, r.NextHop}[f]
}

// MatchAddr matches if the address is in one of the prefixes; an address the route does not
// have matches nothing.
type MatchAddr struct {
	Field AddrField
	AnyOf []netip.Prefix
}

func (m *MatchAddr) matches(r *Route, env *Env, _ *trace) bool {
	a := m.Field.of(r, env)
	return slices.ContainsFunc(m.AnyOf, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (m *MatchAddr) String() string {
	return m.Field.String() + " " + joinNames(m.AnyOf, netip.Prefix.String)
}

// MatchNumber matches if a numeric attribute is between Min and Max, both included.
type MatchNumber struct {
	Field    Field
	Min, Max uint32
}

func (m *MatchNumber) matches(r *Route, _ *Env, _ *trace) bool {
	n := *m.Field.Of(r)
	return m.Min <= n && n <= m.Max
}

func (m *MatchNumber) String() string {
	if m.Min == m.Max {
		return fmt.Sprintf("%s %d", m.Field, m.Min)
	}
	return fmt.Sprintf("%s %d-%d", m.Field, m.Min, m.Max)
}

// MatchOrigin matches one of the origins.
type MatchOrigin struct{ AnyOf []Origin }

func (m *MatchOrigin) matches(r *Route, _ *Env, _ *trace) bool {
	return slices.Contains(m.AnyOf, r.Origin)
}

func (m *MatchOrigin) String() string { return "origin " + joinNames(m.AnyOf, Origin.String) }

// MatchCondition matches while the router's table contains the prefix (Junos condition
// if-route-exists). Env.Exists answers; without it the condition does not hold.
type MatchCondition struct {
	Name   string
	Prefix netip.Prefix
}

func (m *MatchCondition) matches(_ *Route, env *Env, _ *trace) bool {
	return env.Exists != nil && env.Exists(m.Prefix)
}

func (m *MatchCondition) String() string {
	return fmt.Sprintf("condition %s (%s exists)", m.Name, m.Prefix)
}

// MatchPolicy matches if the chain accepts the route (a Junos policy subroutine). What the
// subroutine changes stays changed, whatever it returns. Dialects put it last in From, and
// refuse a policy that calls itself.
type MatchPolicy struct{ Chain Chain }

func (m *MatchPolicy) matches(r *Route, env *Env, tr *trace) bool {
	return run(m.Chain, r, env, tr).decision == Accept
}

func (m *MatchPolicy) String() string { return "policy " + m.Chain.String() }

func joinNames[T any](xs []T, name func(T) string) string {
	s := make([]string, len(xs))
	for i, x := range xs {
		s[i] = name(x)
	}
	return strings.Join(s, " or ")
}
