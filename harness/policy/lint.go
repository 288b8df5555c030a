package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Lint returns what is suspicious in the policies whatever language they are written in: terms that no route matches
// (unreachable-term; undecided where that could not be settled), and terms that accept every route (match-all) or every route
// that was not learned from another AS (broad-match). Terms with a match that foreign reports are passed over: no route of the model
// meets it, but others may.
func Lint(ps []*Policy, foreign func(Match) bool) []place.Finding {
	out := unreachable(ps, foreign)
	for _, p := range ps {
		out = append(out, broad(p)...)
	}
	return out
}

// unreachable finds the terms that no route matches, and says which terms take their routes. Export sees
// every kind of route, so a term that is of no use there is of no use on import.
func unreachable(ps []*Policy, foreign func(Match) bool) []place.Finding {
	var out []place.Finding
	dead, undecided := Unreachable(Calls(ps...), Export)
	for _, d := range dead {
		if !slices.Contains(ps, d.Policy) || slices.ContainsFunc(d.Term.From, foreign) {
			continue // part of a condition, or not of the model's routes
		}
		var takers []string
		for _, t := range d.By {
			takers = append(takers, title(t))
		}
		why := "no route meets its conditions"
		if len(takers) > 0 {
			why = "all routes that meet its conditions end in " + strings.Join(takers, " or ")
		}
		f := place.Finding{Pos: d.Term.Pos, Severity: place.Warning, Rule: "unreachable-term",
			Text: fmt.Sprintf("policy %s %s never matches: %s", d.Policy.Name, title(d.Term), why)}
		if len(d.Term.From)+len(d.Term.Then) == 0 {
			f.Severity = place.Note // a catch-all that nothing is left for
		}
		out = append(out, f)
	}
	for _, u := range undecided {
		out = append(out, place.Finding{Rule: "undecided", Text: "not settled: " + u})
	}
	return out
}

// title names a term in a sentence.
func title(t *Term) string {
	if t.Name == "" {
		return "unnamed term"
	}
	return "term " + t.Name
}

// broad finds the terms that accept every route, or every route the router did not learn from another AS
// (what the incidents of 2020-07-17 and 2026-01-22 began with).
func broad(p *Policy) []place.Finding {
	var out []place.Finding
	add := func(t *Term, severity place.Severity, rule, format string, args ...any) {
		out = append(out, place.Finding{Pos: t.Pos, Severity: severity, Rule: rule, Text: "policy " + p.Name + " " + fmt.Sprintf(format, args...)})
	}
	for i, t := range p.Terms {
		switch {
		case t.Flow != AcceptRoute:
		case len(t.From) > 0 && !slices.ContainsFunc(t.From, narrow):
			add(t, place.Warning, "broad-match", "%s accepts every route of %s: is a prefix list missing?", title(t), t.From[0])
		case len(t.From) > 0:
		case t.Name != "" && i < len(p.Terms)-1:
			add(t, place.Warning, "match-all", "%s has no from, so it accepts every route", title(t))
		default:
			add(t, place.Note, "match-all", "accepts every route that comes to its end")
		}
	}
	return out
}

// narrow reports whether the condition picks routes by more than family, BGP, or being internal.
func narrow(m Match) bool {
	switch m := m.(type) {
	case *MatchFamily:
		return false
	case *MatchRouteType:
		return m.External
	case *MatchProtocol:
		return !slices.Contains(m.AnyOf, BGP)
	}
	return true
}
