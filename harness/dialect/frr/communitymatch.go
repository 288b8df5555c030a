package frr

import (
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/policy"
)

// communities returns what matching a list of communities means. An entry of a standard list asks for all that it names; exactly, for
// these and no other of the kind. Expressions are found in the text of all communities, exactly or not.
func (l *list) communities(exactly bool) []policy.Match {
	var rules []rule
	any := &policy.MatchCommunity{}
	for _, e := range l.entries() {
		from, err := l.communityEntry(e, exactly)
		if err != nil {
			l.problem(e.pos, "%s", err)
			return never(l.String())
		}
		rules = append(rules, rule{e.pos, e.permit, from})
		if m, ok := from[0].(*policy.MatchCommunity); ok && e.permit {
			any.AnyOf = append(any.AnyOf, m.AnyOf...)
		}
	}
	if l.onlyPermits() && !slices.ContainsFunc(rules, func(r rule) bool { return len(r.from) > 1 }) && len(any.AnyOf) > 0 {
		return []policy.Match{any}
	}
	return firstMatch(l.String(), rules)
}

func (l *list) communityEntry(e *listEntry, exactly bool) ([]policy.Match, error) {
	kind := communityKinds[l.Kind]
	match := func(ds ...*policy.CommunityDef) policy.Match { return &policy.MatchCommunity{AnyOf: ds} }
	def := func(invert bool, ms ...policy.CommunityPattern) *policy.CommunityDef {
		return policy.NewCommunityDef(l.Name, ms, invert)
	}
	switch item := e.item.(type) {
	case *ere.Expr:
		some, err := item.Communities(kind)
		if err != nil {
			return nil, err
		}
		var ds []*policy.CommunityDef
		for _, p := range some.Any {
			ds = append(ds, def(false, p))
		}
		if some.Empty {
			ds = append(ds, def(true, every(kind).Members...))
		}
		return []policy.Match{match(ds...)}, nil
	case communities:
		if item.everyone {
			return []policy.Match{match(def(false))}, nil
		}
		all := match(def(false, literals(item.all)...))
		if !exactly {
			return []policy.Match{all}, nil
		}
		others, err := ere.Except(kind, item.all)
		return []policy.Match{all, match(policy.NewCommunityDef("no other", []policy.CommunityPattern{others}, true))}, err
	}
	panic("frr: entry of a community-list that is none")
}

func literals(cs []policy.Community) []policy.CommunityPattern {
	out := make([]policy.CommunityPattern, len(cs))
	for i, c := range cs {
		out[i] = policy.CommunityPattern{Literal: c}
	}
	return out
}

// deletes returns the communities that `set comm-list … delete` takes off: those for which, each taken by itself, the list permits.
func (l *list) deletes() (*policy.CommunityDef, error) {
	kind := communityKinds[l.Kind]
	if l.expanded {
		var entries []ere.Entry
		for _, e := range l.entries() {
			entries = append(entries, ere.Entry{Permit: e.permit, Expr: e.item.(*ere.Expr)})
		}
		ps, err := ere.First(kind, entries, l.Name)
		return policy.NewCommunityDef(l.Name, ps, false), err
	}
	var kept, dropped []policy.Community
	seen := map[policy.Community]bool{}
	for _, e := range l.entries() { // the first that names a community decides
		item := e.item.(communities)
		for _, c := range item.all {
			if seen[c] {
				continue
			}
			seen[c] = true
			if e.permit {
				dropped = append(dropped, c)
			} else {
				kept = append(kept, c)
			}
		}
		if item.everyone && e.permit {
			rest, err := ere.Except(kind, kept)
			return policy.NewCommunityDef(l.Name, []policy.CommunityPattern{rest}, false), err
		}
		if item.everyone {
			break
		}
	}
	return policy.NewCommunityDef(l.Name, literals(dropped), false), nil
}
