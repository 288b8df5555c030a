package policy

import (
	"fmt"
	"slices"
	"strings"
)

// communityClass is communities that no definition of the chains tells apart.
type communityClass struct {
	witness Community // one of them
	words   string
}

// communityClasses divides the communities of all kinds.
type communityClasses struct {
	list      []communityClass
	literals  map[Community]int     // its class
	regexes   map[kindAndText][]int // classes it covers
	undecided []string

	set      *regexSet
	patterns []CommunityPattern // the regular expressions, each once per kind
}

// kindAndText is a regular expression over the communities of a kind.
type kindAndText struct {
	kind CommunityKind
	expr *Regex
}

// newCommunityClasses returns the classes that the definitions make: one for each literal, one for
// each combination of regular expressions that some other community matches, and one for the rest of each kind.
func newCommunityClasses(defs []*CommunityDef, set *regexSet) *communityClasses {
	cc := &communityClasses{literals: map[Community]int{}, regexes: map[kindAndText][]int{}, set: set}
	for _, d := range defs {
		for _, c := range d.Literals {
			cc.literal(c)
		}
		for _, m := range d.Members {
			if m.Regex == nil {
				cc.literal(m.Literal)
				continue
			}
			key := kindAndText{m.Literal.Kind, set.one(m.Regex)}
			if _, ok := cc.regexes[key]; !ok {
				cc.regexes[key] = nil
				cc.patterns = append(cc.patterns, m)
			}
		}
	}
	for id, class := range cc.list {
		for _, p := range cc.patterns {
			if p.Covers(class.witness) {
				cc.cover(p, id)
			}
		}
	}
	for _, k := range []CommunityKind{Standard, Extended, Large} {
		cc.rest(k)
	}
	return cc
}

func (cc *communityClasses) literal(c Community) {
	if _, ok := cc.literals[c]; !ok {
		cc.literals[c] = cc.add(c, "community "+c.String())
	}
}

func (cc *communityClasses) add(witness Community, words string) int {
	cc.list = append(cc.list, communityClass{witness, words})
	return len(cc.list) - 1
}

func (cc *communityClasses) cover(p CommunityPattern, class int) {
	key := kindAndText{p.Literal.Kind, cc.set.one(p.Regex)}
	cc.regexes[key] = append(cc.regexes[key], class)
}

// rest adds the classes of the communities that no definition names literally.
func (cc *communityClasses) rest(k CommunityKind) {
	var patterns []CommunityPattern
	for _, p := range cc.patterns {
		if p.Literal.Kind == k {
			patterns = append(patterns, p)
		}
	}
	kind := [...]string{"community", "extended community", "large community"}[k]
	if len(patterns) == 0 {
		cc.add(cc.unnamed(k), "any other "+kind)
		return
	}
	texts, ok := communityTexts(k, patterns, cc.literals)
	if !ok {
		cc.undecided = append(cc.undecided, fmt.Sprintf(
			"the %d regular expressions over a %s divide them in too many ways", len(patterns), kind))
	}
	for _, text := range texts {
		c := parseText(k, text)
		id := cc.add(c, "")
		var names []string
		for _, p := range patterns {
			if p.Covers(c) {
				cc.cover(p, id)
				names = append(names, p.String())
			}
		}
		cc.list[id].words = "any other " + kind
		if names != nil {
			cc.list[id].words = fmt.Sprintf("another %s like %s (%s)", kind, c, strings.Join(names, ", "))
		}
	}
}

// unnamed returns a community of the kind that is not a literal of any definition.
func (cc *communityClasses) unnamed(k CommunityKind) Community {
	c := Community{Kind: k, A: 64496, B: 1, C: 1} // RFC 5398: an AS number for documentation
	switch k {
	case Standard:
		c.C = 0
	case Extended:
		c.A, c.B = 0x0002, 64496
	}
	for {
		if _, taken := cc.literals[c]; !taken {
			return c
		}
		if k == Standard {
			c.B++
		} else {
			c.C++
		}
	}
}

// parseText reads what Community.Text writes.
func parseText(k CommunityKind, text string) Community {
	if k == Large {
		text = "large:" + text
	}
	c, err := ParseCommunity(text)
	if err != nil {
		panic("policy: " + err.Error()) // communityTexts makes only valid ones
	}
	return c
}

// of returns the classes that the pattern covers.
func (cc *communityClasses) of(p CommunityPattern) []int {
	if p.Regex == nil {
		return []int{cc.literals[p.Literal]}
	}
	return cc.regexes[kindAndText{p.Literal.Kind, cc.set.one(p.Regex)}]
}

// covered returns the classes that any member of d covers, ascending.
func (cc *communityClasses) covered(d *CommunityDef) []int {
	var out []int
	for _, m := range d.Members {
		out = append(out, cc.of(m)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
