package gobgp

import (
	"math"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// regex returns the pattern as GoBGP writes it, for communities and large communities.
func (g *generator) regex(p policy.CommunityPattern) string {
	if p.Literal.Kind == policy.Extended {
		g.refuse("it cannot tell all kinds of extended communities apart, nor delete them one by one: %s", p)
		return ""
	}
	if p.Regex == nil {
		if p.Literal.Kind == policy.Large && p.Literal.A == math.MaxUint32 {
			g.refuse("large community %s is among closlab's own marks (RFC 7300 reserves the AS number)", p)
		}
		if p.Literal.Kind == policy.Large {
			return exactly(p.Literal)
		}
		return p.Literal.Text()
	}
	text, err := communityRegex(p.Regex)
	if err != nil {
		g.refuse("community %s: %s", p, err)
	}
	if p.Literal.Kind == policy.Large {
		g.keepMarks(p)
	}
	return text
}

// keepMarks refuses an expression that would take a mark for a community of the user.
func (g *generator) keepMarks(p policy.CommunityPattern) {
	for _, m := range []policy.Community{mark(ofProtocol, uint32(policy.Static)), mark(ofProtocol, uint32(policy.Direct)),
		mark(ofProtocol, uint32(policy.Local)), mark(ofProtocol, uint32(policy.Aggregate)), mark(ofDefault, 0), mark(ofDefault, 1),
		mark(ofDefault, 2), mark(ofDefault, 3), mark(ofWellKnown, 0), mark(ofWellKnown, 1), mark(ofWellKnown, 2), LastResort()} {
		if p.Covers(m) {
			g.refuse("large community expression %s also matches closlab's own marks 4294967295:…: leave that AS number out", p)
			return
		}
	}
}

// plainCommunity returns the match as one set of standard communities, where that is all it asks for.
func (g *generator) plainCommunity(m *policy.MatchCommunity) (test, truth) {
	var list []string
	for _, d := range m.AnyOf {
		if d.Invert && len(m.AnyOf) > 1 || len(d.Members) != 1 && len(m.AnyOf) > 1 || len(d.Members) == 0 || d.Invert && len(d.Members) > 1 {
			return test{}, several
		}
		for _, p := range d.Members {
			if p.Literal.Kind != policy.Standard {
				return test{}, several
			}
			list = append(list, g.regex(p))
		}
	}
	switch {
	case len(m.AnyOf) == 0:
		return test{}, never
	case m.AnyOf[0].Invert:
		return test{community: g.community(api.MatchSet_TYPE_INVERT, list...)}, sometimes
	case len(m.AnyOf[0].Members) > 1:
		return test{community: g.community(api.MatchSet_TYPE_ALL, list...)}, sometimes
	}
	return test{community: g.community(api.MatchSet_TYPE_ANY, list...)}, sometimes
}

// communities sends the routes that match none of the definitions to fail.
func (g *generator) communities(m *policy.MatchCommunity, fail label) {
	ok := g.newLabel()
	for _, d := range m.AnyOf {
		next := g.newLabel()
		lacks, has := next, ok
		if d.Invert {
			lacks, has = ok, next
		}
		for _, p := range d.Members {
			t := test{}
			if r := g.regex(p); p.Literal.Kind == policy.Large {
				t.without = []string{r}
			} else {
				t.community = g.community(api.MatchSet_TYPE_INVERT, r)
			}
			g.jump(t, nil, lacks)
		}
		g.always(has, nil)
		g.place(next)
	}
	g.always(fail, nil)
	g.place(ok)
}
