package junos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	Rule     string // unread, unknown-section, unreachable-term, undecided, match-all, broad-match, empty-from, empty-list, wildcard-added, unanchored, unused
	Text     string // lower case, no full stop
}

func (f Finding) String() string {
	return place.Problem{Pos: f.Pos, Text: fmt.Sprintf("%s: %s (%s)", f.Severity, f.Text, f.Rule)}.Error()
}

// Lint returns what is suspicious in the configuration, in order of place. Bound names the policies
// that something outside the configuration uses. A configuration without sessions, whose policies nothing
// is bound to, cannot tell which of them are unused.
func (c *Config) Lint(bound ...string) []Finding {
	out := append(slices.Clone(c.hints), c.unreachable()...)
	for _, p := range c.Policies {
		out = append(out, broad(p)...)
	}
	for _, u := range c.Unread {
		for _, p := range u.Problems {
			out = append(out, Finding{p.Pos, Warning, "unread", p.Text})
		}
	}
	for _, d := range c.Definitions {
		isPolicy := d.Kind == "policy-statement"
		if d.Used || isPolicy && (len(c.Groups)+len(bound) == 0 || slices.Contains(bound, d.Name) || c.elsewhere[d.Name]) {
			continue
		}
		out = append(out, Finding{d.Pos, Note, "unused", fmt.Sprintf("%s %s is never used", d.Kind, d.Name)})
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return out
}

// unreachable finds the terms that no route matches, and says which terms take their routes. Export sees
// every kind of route, so a term that is of no use there is of no use on import.
func (c *Config) unreachable() []Finding {
	var out []Finding
	dead, undecided := policy.Unreachable(policy.Calls(c.Policies...), policy.Export)
	for _, d := range dead {
		if c.policies[d.Policy.Name] != d.Policy || slices.ContainsFunc(d.Term.From, func(m policy.Match) bool { return c.foreign[m] }) {
			continue // of anyOf, or not of the model's routes
		}
		var takers []string
		for _, t := range d.By {
			takers = append(takers, title(t))
		}
		why := "no route meets its conditions"
		if len(takers) > 0 {
			why = "all routes that meet its conditions end in " + strings.Join(takers, " or ")
		}
		f := Finding{d.Term.Pos, Warning, "unreachable-term", fmt.Sprintf("policy %s %s never matches: %s", d.Policy.Name, title(d.Term), why)}
		if len(d.Term.From)+len(d.Term.Then) == 0 {
			f.Severity = Note // a catch-all that nothing is left for
		}
		out = append(out, f)
	}
	for _, u := range undecided {
		out = append(out, Finding{place.Pos{}, Note, "undecided", "not settled: " + u})
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
