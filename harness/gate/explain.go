package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/policy"
)

// explain puts into words what is different in the policy, and what to do about it.
func (c *Cause) explain(g *gate) {
	before, after := c.Before, c.After
	c.reason(before, "before: ")
	c.reason(after, "now: ")
	switch {
	case c.Effect == Altered:
		c.What = fmt.Sprintf("%s changes attributes of the routes it accepts", name(after))
	case c.Effect == Leaked:
		c.explainLeak(g)
	case after.Decision == policy.Accept:
		c.What = fmt.Sprintf("%s still accepts, but NO-EXPORT stays on the route, so it is not sent to an eBGP peer", name(after))
		c.Advice = fmt.Sprintf("let %s delete NO-EXPORT again", name(after))
	default:
		c.explainLoss(g)
	}
}

// explainLoss says why routes that were accepted are rejected.
func (c *Cause) explainLoss(g *gate) {
	was, now := c.Before, c.After
	if was.Term == nil {
		c.What = fmt.Sprintf("%s now rejects what the default accepted", name(now))
		c.Advice = fmt.Sprintf("take %s out, or let a term before it accept these routes", name(now))
		return
	}
	same, at := namesake(c.chain(g, false), was)
	rejecter := index(now)
	switch {
	case same == nil:
		c.What = fmt.Sprintf("%s is gone; %s rejects its routes now", name(was), name(now))
		c.Advice = fmt.Sprintf("put term %s of %s back", was.Term.Label(), was.Policy.Name)
	case same == now.Term:
		c.What = fmt.Sprintf("%s now rejects what it accepted", name(was))
		c.Advice = fmt.Sprintf("let %s accept again", name(was))
	case now.Term != nil && now.Policy.Name == was.Policy.Name && at > rejecter:
		every := "these routes"
		if len(now.Term.From) == 0 {
			every = "every route"
		}
		c.What = fmt.Sprintf("%s can no longer be reached: it now stands behind %s, which rejects %s", name(was), now.Term.Label(), every)
		c.Advice = fmt.Sprintf("put term %s back before %s: insert policy-options policy-statement %s term %s before term %s",
			was.Term.Label(), now.Term.Label(), was.Policy.Name, was.Term.Name, now.Term.Name)
		c.Because = append(c.Because, check.Reason{Pos: same.Pos, Policy: was.Policy.Name, Term: same.Name, Text: "now: stands here, out of reach"})
	default:
		failed := c.failed(g, was)
		c.What = fmt.Sprintf("%s no longer matches these routes: not %s%s; %s rejects them now", name(was), failed, conditions(was.Term, same), name(now))
		c.Advice = fmt.Sprintf("see %s, which term %s asks for at %s", failed, same.Label(), same.Pos)
		c.Because = append(c.Because, check.Reason{Pos: same.Pos, Policy: was.Policy.Name, Term: same.Name, Text: "now: does not match"})
	}
}

// explainLeak says why routes that were rejected are accepted.
func (c *Cause) explainLeak(g *gate) {
	was, now := c.Before, c.After
	if now.Term == nil {
		c.What = fmt.Sprintf("%s no longer rejects: the default passes these routes on", name(was))
		c.Advice = fmt.Sprintf("put %s back", name(was))
		return
	}
	old, _ := namesake(c.chain(g, true), now)
	switch {
	case old == nil:
		c.What = fmt.Sprintf("%s is new and accepts what %s rejected", name(now), name(was))
		c.Advice = fmt.Sprintf("let term %s match less", now.Term.Label())
	case len(now.Term.From) < len(old.From):
		c.What = fmt.Sprintf("%s lost its condition %s", name(now), lost(old, now.Term))
		if len(now.Term.From) == 0 {
			c.What += " and now accepts every route"
		}
		c.Advice = fmt.Sprintf("give term %s its condition back: from %s", now.Term.Label(), lost(old, now.Term))
	case was.Term != nil && now.Term.Text() == old.Text():
		c.What = fmt.Sprintf("%s no longer keeps these routes from %s", name(was), name(now))
		c.Advice = fmt.Sprintf("put %s back before term %s", name(was), now.Term.Label())
	default:
		c.What = fmt.Sprintf("%s now accepts what %s rejected%s", name(now), name(was), conditions(old, now.Term))
		c.Advice = fmt.Sprintf("see what term %s asks for, at %s%s", now.Term.Label(), now.Term.Pos, conditions(old, now.Term))
	}
}

// chain returns the first session's chain that the cause is in, of the baseline or with the candidate.
func (c *Cause) chain(g *gate, baseline bool) policy.Chain {
	for _, ch := range g.v.Changes {
		if ch.Direction != c.Direction {
			continue
		}
		if baseline && slices.ContainsFunc(ch.After.Policies(), func(p *policy.Policy) bool { return p == c.After.Policy }) {
			return ch.Before
		}
		if !baseline && slices.ContainsFunc(ch.Before.Policies(), func(p *policy.Policy) bool { return p == c.Before.Policy }) {
			return ch.After
		}
	}
	return nil
}

// failed names the match on which the term of that name now fails.
func (c *Cause) failed(g *gate, was policy.Result) string {
	chain := c.chain(g, false)
	_, steps := policy.Explain(chain, c.witness, c.env)
	for _, s := range steps {
		if s.Policy.Name == was.Policy.Name && s.Term.Name == was.Term.Name && s.Failed != nil {
			return s.Failed.String()
		}
	}
	return "what it asks for"
}

func (c *Cause) reason(r policy.Result, prefix string) {
	if r.Term == nil {
		c.Because = append(c.Because, check.Reason{Text: prefix + r.Decision.String() + " by default"})
		return
	}
	c.Because = append(c.Because, check.Reason{Pos: r.Term.Pos, Policy: r.Policy.Name, Term: r.Term.Name, Text: prefix + r.Decision.String()})
}

// name is how a person calls what decided.
func name(r policy.Result) string {
	if r.Term == nil {
		return "the default"
	}
	return fmt.Sprintf("term %s of %s", r.Term.Label(), r.Policy.Name)
}

// namesake finds the term of the same policy and term name in a chain, and its place in its policy.
func namesake(c policy.Chain, r policy.Result) (*policy.Term, int) {
	for _, p := range c.Policies() {
		if p.Name != r.Policy.Name {
			continue
		}
		for i, t := range p.Terms {
			if t.Name == r.Term.Name {
				return t, i
			}
		}
	}
	return nil, -1
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
