package junos

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Severity is how much a finding matters.
type Severity uint8

const (
	Note    Severity = iota // untidy
	Warning                 // probably not what was meant
)

func (s Severity) String() string { return [...]string{"note", "warning"}[s] }

// Finding is something that Junos would accept and a person should look at.
type Finding struct {
	Pos      place.Pos
	Severity Severity
	Rule     string // unreachable-term, duplicate-term, match-all, broad-match, empty-from, empty-list, unanchored, unused
	Text     string // lower case, no full stop
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", f.Pos, f.Severity, f.Text, f.Rule)
}

// Lint returns what is suspicious in the configuration, in order of place. Bound names the policies
// that something outside the configuration uses. A configuration without sessions, whose policies nothing
// is bound to, cannot tell which of them are unused.
func (c *Config) Lint(bound ...string) []Finding {
	out := slices.Clone(c.hints)
	for _, p := range c.Policies {
		out = append(out, unreachable(p)...)
		out = append(out, broad(p)...)
	}
	for _, d := range c.Definitions {
		isPolicy := d.Kind == "policy-statement"
		if d.Used || isPolicy && (len(c.Groups)+len(bound) == 0 || slices.Contains(bound, d.Name) || c.elsewhere[d.Name]) {
			continue
		}
		out = append(out, Finding{d.Pos, Note, "unused", fmt.Sprintf("%s %s is never used", d.Kind, d.Name)})
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.Pos.Line - b.Pos.Line })
	return out
}

// unreachable finds the terms that no route can come to: behind a term that ends the policy for every
// route, or for every route that they match themselves.
func unreachable(p *policy.Policy) []Finding {
	var out []Finding
	for i, t := range p.Terms {
		above := slices.IndexFunc(p.Terms[:i], func(a *policy.Term) bool { return len(a.From) == 0 && a.Flow != policy.NextTerm })
		if above >= 0 {
			f := Finding{t.Pos, Warning, "unreachable-term", fmt.Sprintf("policy %s %s can never be reached: %s (line %d) ends in %s for every route",
				p.Name, title(t), title(p.Terms[above]), p.Terms[above].Pos.Line, p.Terms[above].Flow)}
			if len(t.From) == 0 && len(t.Then) == 0 {
				f.Severity = Note // a second catch-all changes nothing
			}
			out = append(out, f)
			continue
		}
		if above = shadow(p.Terms[:i], t); above >= 0 {
			out = append(out, Finding{t.Pos, Warning, "duplicate-term", fmt.Sprintf("policy %s %s can never match: %s (line %d) takes every route that it matches",
				p.Name, title(t), title(p.Terms[above]), p.Terms[above].Pos.Line)})
		}
	}
	return out
}

// title names a term in a sentence.
func title(t *policy.Term) string {
	if t.Name == "" {
		return "unnamed term"
	}
	return "term " + t.Name
}

// shadow returns the index of a term above that ends the policy under conditions that t also has, with
// nothing in between that changes a route; -1 if there is none.
func shadow(above []*policy.Term, t *policy.Term) int {
	has := map[string]bool{}
	for _, m := range t.From {
		has[condition(m)] = true
	}
	for i := len(above) - 1; i >= 0; i-- {
		a := above[i]
		if slices.ContainsFunc(a.From, func(m policy.Match) bool { _, call := m.(*policy.MatchPolicy); return call }) {
			return -1
		}
		if a.Flow == policy.NextTerm {
			if len(a.Then) > 0 {
				return -1
			}
			continue
		}
		if !slices.ContainsFunc(a.From, func(m policy.Match) bool { return !has[condition(m)] }) {
			return i
		}
	}
	return -1
}

// condition returns a text that is equal only for conditions that match the same routes.
func condition(m policy.Match) string {
	if p, ok := m.(*policy.MatchPrefix); ok {
		return p.Definition()
	}
	return m.String()
}

// broad finds the terms that accept every route, or every route the router did not learn from another AS
// (what the incidents of 2020-07-17 and 2026-01-22 began with).
func broad(p *policy.Policy) []Finding {
	var out []Finding
	for i, t := range p.Terms {
		if t.Flow != policy.AcceptRoute {
			continue
		}
		switch {
		case len(t.From) > 0 && !slices.ContainsFunc(t.From, narrow):
			out = append(out, Finding{t.Pos, Warning, "broad-match", fmt.Sprintf("policy %s %s accepts every route of %s: is a prefix list missing?", p.Name, title(t), t.From[0])})
		case len(t.From) > 0:
		case t.Name != "" && i < len(p.Terms)-1:
			out = append(out, Finding{t.Pos, Warning, "match-all", fmt.Sprintf("policy %s %s has no from, so it accepts every route", p.Name, title(t))})
		default:
			out = append(out, Finding{t.Pos, Note, "match-all", fmt.Sprintf("policy %s accepts every route that comes to its end", p.Name)})
		}
	}
	return out
}

// narrow reports whether the condition picks routes by more than family, BGP, or being internal.
func narrow(m policy.Match) bool {
	switch m := m.(type) {
	case *policy.MatchFamily:
		return false
	case *policy.MatchRouteType:
		return m.External
	case *policy.MatchProtocol:
		return !slices.Contains(m.AnyOf, policy.BGP)
	}
	return true
}
