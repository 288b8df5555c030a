package routemap

import (
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// communities writes a match of communities: as one list where literals do, else step by step.
func (g *generator) communities(m *policy.MatchCommunity) ([]string, truth, steps) {
	if len(m.AnyOf) == 0 {
		return nil, no, nil
	}
	for _, d := range m.AnyOf {
		g.literalsFit(d)
	}
	for kind, name := range map[policy.CommunityKind]string{policy.Standard: "community", policy.Large: "large-community"} {
		if rows, ok := g.literals(m, kind); ok {
			list := map[policy.CommunityKind]func(string, ...[]policy.Community) string{policy.Standard: g.standard, policy.Large: g.largeRows}[kind]
			return []string{name + " " + list(nameOf(m), rows...)}, open, nil
		}
	}
	return nil, open, func(pass, fail label) {
		for _, d := range m.AnyOf {
			next := g.newLabel()
			if d.Invert {
				g.definition(d, next, pass)
			} else {
				g.definition(d, pass, next)
			}
			g.place(next)
		}
		g.always(fail)
	}
}

// nameOf returns the name of a single definition.
func nameOf(m *policy.MatchCommunity) string {
	if len(m.AnyOf) == 1 {
		return m.AnyOf[0].Name
	}
	return ""
}

// literals returns the definitions as rows of one list, if they are literals of one kind and none is represented by a mark.
func (g *generator) literals(m *policy.MatchCommunity, kind policy.CommunityKind) ([][]policy.Community, bool) {
	var rows [][]policy.Community
	for _, d := range m.AnyOf {
		if d.Invert || len(d.Members) == 0 {
			return nil, false
		}
		for _, x := range d.Members {
			_, keeps := held(x.Literal)
			if x.Regex != nil || x.Literal.Kind != kind || keeps && g.dir == policy.Export {
				return nil, false
			}
		}
		rows = append(rows, d.Literals)
	}
	return rows, true
}

// definition sends routes with a community for every member to all, the others to lacks.
func (g *generator) definition(d *policy.CommunityDef, all, lacks label) {
	for _, x := range d.Members {
		has := g.newLabel()
		for _, match := range g.member(d, x) {
			g.jump(match, has)
		}
		g.always(lacks)
		g.place(has)
	}
	g.always(all)
}

// member returns the conditions of which one holds if a community of the route is covered by the member.
func (g *generator) member(d *policy.CommunityDef, x policy.CommunityPattern) []string {
	switch {
	case x.Regex == nil && x.Literal.Kind == policy.Large:
		return []string{"large-community " + g.largeStandard("", x.Literal)}
	case x.Regex == nil && x.Literal.Kind == policy.Extended:
		text, ok := extended(x.Literal)
		if !ok {
			g.refuse("community %s: it knows route targets and origins alone", x.Literal)
		}
		return []string{"extcommunity " + g.list("bgp extcommunity-list standard", "", []row{allow(text)})}
	case x.Regex != nil && x.Literal.Kind == policy.Extended:
		g.refuse("community %s: expressions over extended communities are not translated", d.Name)
		return nil
	}
	if x.Regex != nil && !g.regexFits(d, x) {
		return nil
	}
	if x.Literal.Kind == policy.Large {
		return []string{"large-community " + g.largeRegex(d.Name, allow(communityRegex(x.Regex, policy.Large)))}
	}
	var out []string
	if x.Regex == nil {
		out = []string{"community " + g.standard("", one(x.Literal))}
	} else {
		out = []string{"community " + g.expanded(d.Name, allow(communityRegex(x.Regex, policy.Standard)))}
	}
	if marks := g.heldBy(x.Covers); len(marks) > 0 {
		out = append(out, "large-community "+g.largeRows("", marks...))
	}
	return out
}

// regexFits refuses an expression that is too long, or one over large communities that covers marks.
func (g *generator) regexFits(d *policy.CommunityDef, x policy.CommunityPattern) bool {
	if n := len(communityRegex(x.Regex, x.Literal.Kind)); n > longestRegex {
		g.refuse("community %s: an expression of %d characters: it takes %d", d.Name, n, longestRegex)
		return false
	}
	if x.Literal.Kind != policy.Large {
		return true
	}
	for what := uint32(ofProtocol); what <= ofExternal; what++ {
		for n := range uint32(16) {
			if x.Covers(mark(what, n)) {
				g.refuse("community %s: the expression covers closlab's own marks (4294967295:%d:%d)", d.Name, what, n)
				return false
			}
		}
	}
	return true
}

// heldBy returns the marks of the disguised communities that are covered; there are none on import.
func (g *generator) heldBy(covers func(policy.Community) bool) [][]policy.Community {
	var out [][]policy.Community
	for _, c := range disguised {
		if m, _ := held(c); g.dir == policy.Export && covers(c) {
			out = append(out, one(m))
		}
	}
	return out
}

// extended writes an extended community as FRR's lists do.
func extended(c policy.Community) (string, bool) {
	word, ok := map[uint32]string{2: "rt", 3: "soo"}[c.A&0xff]
	switch c.A >> 8 {
	case 0, 2:
		return fmt.Sprintf("%s %d:%d", word, c.B, c.C), ok && (c.A>>8 == 0) == (c.B <= 0xffff)
	case 1:
		return fmt.Sprintf("%s %d.%d.%d.%d:%d", word, c.B>>24, c.B>>16&255, c.B>>8&255, c.B&255, c.C), ok
	}
	return "", false
}

// literalsFit refuses literals that are taken.
func (g *generator) literalsFit(d *policy.CommunityDef) {
	for _, c := range d.Literals {
		switch {
		case c.Kind == policy.Large && c.A == math.MaxUint32:
			g.refuse("community %s: %s is among closlab's own marks (RFC 7300 reserves the AS number)", d.Name, c)
		case c == policy.Std(0, 0):
			g.refuse("community %s: it takes 0:0 for internet, which every route has", d.Name)
		}
	}
}

// change writes a community action, as groups of which each is done by an entry of its own.
func (g *generator) change(a *policy.SetCommunity) [][]string {
	g.literalsFit(a.Def)
	switch a.Op {
	case policy.CommunityAdd:
		return g.add(a.Def)
	case policy.CommunityDelete:
		return g.remove(a.Def)
	}
	all := []string{"community none", "extcommunity none", "large-comm-list " + g.largeRegex("", row{text: marks(ofHeld)}, row{deny: true, text: marks()}, allow(".*")) + " delete"}
	return append([][]string{all}, g.add(a.Def)...)
}

// add writes what adds the literals of a definition.
func (g *generator) add(d *policy.CommunityDef) [][]string {
	var out [][]string
	byKind := map[policy.CommunityKind][]policy.Community{}
	for _, c := range d.Literals {
		byKind[c.Kind] = append(byKind[c.Kind], c)
	}
	var set []string
	if cs := byKind[policy.Standard]; len(cs) > 0 {
		set = append(set, "community "+texts(cs)+" additive")
	}
	if cs := byKind[policy.Large]; len(cs) > 0 {
		set = append(set, "large-community "+texts(cs)+" additive")
	}
	if len(set) > 0 {
		out = append(out, set)
	}
	for _, c := range byKind[policy.Extended] {
		text, ok := extended(c)
		if !ok {
			g.refuse("community %s: it sets route targets and origins alone", c)
		}
		out = append(out, []string{"extcommunity " + text})
	}
	return out
}

// remove writes what drops the communities that a definition covers. A list of literals has a row for each: a row of several would ask for all.
func (g *generator) remove(d *policy.CommunityDef) [][]string {
	var literals, larges [][]policy.Community
	var out [][]string
	for _, x := range d.Members {
		switch {
		case x.Literal.Kind == policy.Extended:
			g.refuse("community %s: it cannot delete extended communities", d.Name)
		case x.Regex != nil && !g.regexFits(d, x):
		case x.Regex != nil && x.Literal.Kind == policy.Standard:
			out = append(out, []string{"comm-list " + g.expanded(d.Name, allow(communityRegex(x.Regex, policy.Standard))) + " delete"})
		case x.Regex != nil:
			out = append(out, []string{"large-comm-list " + g.largeRegex(d.Name, allow(communityRegex(x.Regex, policy.Large))) + " delete"})
		case x.Literal.Kind == policy.Standard:
			literals = append(literals, one(x.Literal))
		default:
			larges = append(larges, one(x.Literal))
		}
	}
	larges = append(larges, g.heldBy(d.Covers)...)
	var set []string
	if len(literals) > 0 {
		set = append(set, "comm-list "+g.standard(d.Name, literals...)+" delete")
	}
	if len(larges) > 0 {
		set = append(set, "large-comm-list "+g.largeRows("", larges...)+" delete")
	}
	if len(set) > 0 {
		out = slices.Insert(out, 0, set)
	}
	return out
}
