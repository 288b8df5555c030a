package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/policy"
)

// Explanation says why two chains treat a route differently.
type Explanation struct {
	What    string         // what is different in the policy, in words
	Advice  string         // what a person would do next; "" if nothing needs to be done
	Because []check.Reason // the terms, with their places
}

// difference is a route that two chains treat differently.
type difference struct {
	was, is       policy.Chain
	before, after policy.Result
	route         policy.Route
	env           policy.Env
	sendsAll      bool // NO-EXPORT keeps nothing back
}

// Explain says why the chains of the change treat the routes of a class differently.
func (c *Change) Explain(cl policy.Class) Explanation {
	d := difference{c.Before, c.After, cl.Before, cl.After, cl.Witness.Route, cl.Witness.Env(c.Direction), c.Sessions[0].SendsAll[c.Families[0]]}
	return d.explain()
}

func (d difference) explain() Explanation {
	var e Explanation
	switch was, now := d.before.Decision, d.after.Decision; {
	case was == policy.Accept && now == policy.Reject:
		e = d.loss()
	case was == policy.Reject && now == policy.Accept:
		e = d.leak()
	case d.kept(policy.NoExport):
		e = d.heldBack()
	default:
		e.What = fmt.Sprintf("%s changes attributes of the routes it accepts: %s", name(d.after), changes(d.before.Route, d.after.Route))
	}
	e.Because = append([]check.Reason{reason(d.before, "before: "), reason(d.after, "now: ")}, e.Because...)
	return e
}

// heldBack says why a route that both chains accept keeps NO-EXPORT now.
func (d difference) heldBack() Explanation {
	const so = "NO-EXPORT stays on the route, so it is not sent to an eBGP peer"
	if d.after.Term == nil {
		return Explanation{
			What:   fmt.Sprintf("%s no longer applies; the default still accepts, but %s", name(d.before), so),
			Advice: fmt.Sprintf("apply policy %s again", d.before.Policy.Name),
		}
	}
	for _, a := range d.after.Term.Then {
		if x, ok := a.(*policy.SetCommunity); ok && x.Op == policy.CommunityDelete && d.deleted(x.Def.Name) {
			return Explanation{
				What:   fmt.Sprintf("%s deletes community %s, which no longer means NO-EXPORT: %s", name(d.after), x.Def.Name, so),
				Advice: fmt.Sprintf("see the members of community %s", x.Def.Name),
			}
		}
	}
	return Explanation{What: fmt.Sprintf("%s still accepts, but %s", name(d.after), so), Advice: fmt.Sprintf("let %s delete NO-EXPORT again", name(d.after))}
}

// deleted reports whether the term that decided before deletes NO-EXPORT by a community of that name.
func (d difference) deleted(community string) bool {
	return d.before.Term != nil && slices.ContainsFunc(d.before.Term.Then, func(a policy.Action) bool {
		x, ok := a.(*policy.SetCommunity)
		return ok && x.Op == policy.CommunityDelete && x.Def.Name == community && x.Def.Covers(policy.NoExport)
	})
}

// changes lists what a route's attributes become.
func changes(was, now policy.Route) string {
	var s []string
	for _, c := range was.Changes(now) {
		s = append(s, c.String())
	}
	return strings.Join(s, ", ")
}

// kept reports whether a community stays on the route that the chain used to delete.
func (d difference) kept(c policy.Community) bool {
	return !d.sendsAll && d.after.Route.Communities.Has(c) && !d.before.Route.Communities.Has(c)
}

// loss says why a route that was accepted is rejected.
func (d difference) loss() Explanation {
	was, now := d.before, d.after
	if was.Term == nil {
		return Explanation{
			What:   fmt.Sprintf("%s now rejects what the default accepted", name(now)),
			Advice: fmt.Sprintf("take %s out, or let a term before it accept these routes", name(now)),
		}
	}
	same, at := namesake(d.is, was)
	switch {
	case same == nil:
		return Explanation{
			What:   fmt.Sprintf("%s is gone; %s rejects its routes now", name(was), name(now)),
			Advice: fmt.Sprintf("put term %s of %s back", was.Term.Label(), was.Policy.Name),
		}
	case same == now.Term:
		return Explanation{What: fmt.Sprintf("%s now rejects what it accepted", name(was)), Advice: fmt.Sprintf("let %s accept again", name(was))}
	case now.Term != nil && now.Policy.Name == was.Policy.Name && at > index(now):
		every := "these routes"
		if len(now.Term.From) == 0 {
			every = "every route"
		}
		return Explanation{
			What: fmt.Sprintf("%s can no longer be reached: it now stands behind %s, which rejects %s", renamed(was, same), now.Term.Label(), every),
			Advice: fmt.Sprintf("put term %s back before %s%s", same.Label(), now.Term.Label(),
				candidate.MoveBefore(same.Pos.File, was.Policy.Name, same, now.Term)),
			Because: []check.Reason{{Pos: same.Pos, Policy: was.Policy.Name, Term: same.Name, Text: "now: stands here, out of reach"}},
		}
	}
	failed, tried := d.failed()
	if tried && failed == nil {
		return Explanation{
			What:    fmt.Sprintf("%s still matches but no longer accepts; %s rejects its routes now", name(was), name(now)),
			Advice:  fmt.Sprintf("let term %s accept again", was.Term.Label()),
			Because: []check.Reason{{Pos: same.Pos, Policy: was.Policy.Name, Term: same.Name, Text: "now: " + same.Flow.String()}},
		}
	}
	if !tried {
		return Explanation{
			What:    fmt.Sprintf("%s can no longer be reached by these routes: %s rejects them before", name(was), name(now)),
			Advice:  fmt.Sprintf("let %s come after %s, or match less", name(now), name(was)),
			Because: []check.Reason{{Pos: same.Pos, Policy: was.Policy.Name, Term: same.Name, Text: "now: stands here, out of reach"}},
		}
	}
	return d.unmatched(same, failed, "rejects")
}

// unmatched explains a term that is where it was and no longer matches; does is what is done to the routes instead.
func (d difference) unmatched(same *policy.Term, failed policy.Match, does string) Explanation {
	advice := "see %s, which term %s asks for at %s"
	if _, prefixes := failed.(*policy.MatchPrefix); prefixes && conditions(d.before.Term, same) == "" {
		advice = "give %s back what it lost: term %s asks for it at %s"
	}
	return Explanation{
		What:    fmt.Sprintf("%s no longer matches these routes: not %s%s; %s %s them now", name(d.before), failed, conditions(d.before.Term, same), name(d.after), does),
		Advice:  fmt.Sprintf(advice, failed, same.Label(), same.Pos),
		Because: []check.Reason{{Pos: same.Pos, Policy: d.before.Policy.Name, Term: same.Name, Text: "now: does not match"}},
	}
}

// leak says why a route that was rejected is accepted.
func (d difference) leak() Explanation {
	was, now := d.before, d.after
	if now.Term == nil {
		return Explanation{
			What:   fmt.Sprintf("%s no longer rejects: the default passes these routes on", name(was)),
			Advice: fmt.Sprintf("put %s back", name(was)),
		}
	}
	old, _ := namesake(d.was, now)
	switch {
	case old == nil:
		return Explanation{
			What:   fmt.Sprintf("%s is new and accepts what %s rejected", name(now), name(was)),
			Advice: fmt.Sprintf("let term %s match less", now.Term.Label()),
		}
	case len(now.Term.From) < len(old.From):
		everything := ""
		if len(now.Term.From) == 0 {
			everything = " and now accepts every route"
		}
		return Explanation{
			What:   fmt.Sprintf("%s lost its condition %s%s", name(now), lost(old, now.Term), everything),
			Advice: fmt.Sprintf("give term %s its condition back: from %s", now.Term.Label(), lost(old, now.Term)),
		}
	case was.Term != nil && now.Term.Text() == old.Text():
		x := Explanation{
			What:   fmt.Sprintf("%s no longer keeps these routes from %s", name(was), name(now)),
			Advice: fmt.Sprintf("put %s back before term %s, or see what term %s asks for, at %s", name(was), now.Term.Label(), now.Term.Label(), now.Term.Pos),
		}
		if same, _ := namesake(d.is, was); same != nil {
			if failed, _ := d.failed(); failed != nil {
				u := d.unmatched(same, failed, "accepts")
				x.Advice, x.Because = u.Advice, u.Because
			}
		}
		return x
	}
	return Explanation{
		What:   fmt.Sprintf("%s now accepts what %s rejected%s", name(now), name(was), conditions(old, now.Term)),
		Advice: fmt.Sprintf("see what term %s asks for, at %s%s", now.Term.Label(), now.Term.Pos, conditions(old, now.Term)),
	}
}

// failed returns the match on which the term that used to decide now fails, nil if it still matches, and reports whether the
// route comes to it.
func (d difference) failed() (match policy.Match, tried bool) {
	_, steps := policy.Explain(d.is, d.route, d.env)
	for _, s := range steps {
		if s.Policy.Name == d.before.Policy.Name && s.Term.Name == d.before.Term.Name {
			return s.Failed, true
		}
	}
	return nil, false
}

func reason(r policy.Result, prefix string) check.Reason {
	if r.Term == nil {
		return check.Reason{Text: prefix + r.Decision.String() + " by default"}
	}
	return check.Reason{Pos: r.Term.Pos, Policy: r.Policy.Name, Term: r.Term.Name, Text: prefix + r.Decision.String()}
}

// name is how a person calls what decided.
func name(r policy.Result) string {
	if r.Term == nil {
		return "the default"
	}
	return fmt.Sprintf("term %s of %s", r.Term.Label(), r.Policy.Name)
}

// namesake finds the term of the same policy and term name in a chain, and its place in its policy. Where that one says something else or
// is gone, a term of another name that says the same, and alone does, is taken for it: entries of route-maps are called by their numbers, and
// move by changing them.
func namesake(c policy.Chain, r policy.Result) (*policy.Term, int) {
	for _, p := range c.Policies() {
		if p.Name != r.Policy.Name {
			continue
		}
		same := func(t *policy.Term) bool { return t.Text() == r.Term.Text() }
		at := slices.IndexFunc(p.Terms, func(t *policy.Term) bool { return t.Name == r.Term.Name })
		if at >= 0 && same(p.Terms[at]) {
			return p.Terms[at], at
		}
		first := slices.IndexFunc(p.Terms, same)
		if first >= 0 && r.Policy != p && !slices.ContainsFunc(p.Terms[first+1:], same) && !names(r.Policy, p.Terms[first].Name) {
			return p.Terms[first], first
		}
		if at >= 0 {
			return p.Terms[at], at
		}
	}
	return nil, -1
}

func names(p *policy.Policy, term string) bool {
	return slices.ContainsFunc(p.Terms, func(t *policy.Term) bool { return t.Name == term })
}

// renamed is name for a term that may be called otherwise now.
func renamed(was policy.Result, now *policy.Term) string {
	if was.Term.Name == now.Name {
		return name(was)
	}
	return fmt.Sprintf("%s, now %s,", name(was), now.Label())
}

// index returns the place of the deciding term in its policy, -1 for the default.
func index(r policy.Result) int {
	if r.Term == nil {
		return -1
	}
	return slices.Index(r.Policy.Terms, r.Term)
}

// conditions says how what a term asks for differs between two versions of it; "" if its words are the same.
func conditions(old, now *policy.Term) string {
	text := func(t *policy.Term) string {
		if len(t.From) == 0 {
			return "nothing"
		}
		s := make([]string, len(t.From))
		for i, m := range t.From {
			s[i] = m.String()
		}
		return strings.Join(s, " and ")
	}
	if text(old) == text(now) {
		return ""
	}
	return fmt.Sprintf(" (it asked for %s, now for %s)", text(old), text(now))
}

// lost names the first condition that a term had and has no longer.
func lost(old, now *policy.Term) string {
	for _, m := range old.From {
		if !slices.ContainsFunc(now.From, func(n policy.Match) bool { return n.String() == m.String() }) {
			return m.String()
		}
	}
	return "of before"
}
