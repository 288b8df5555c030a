package gobgp

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"github.com/closlab/closlab/harness/policy"
)

// literals are the texts that GoBGP takes whole, by kind of community. Standard ones may have words in front, in which a dot is any
// letter, as its ParseCommunityRegexp has it.
var literals = map[policy.CommunityKind]*regexp.Regexp{policy.Standard: regexp.MustCompile(`^(\d+.)*\d+:\d+$`), policy.Large: regexp.MustCompile(`^\d+:\d+:\d+$`)}

// pattern returns what a set or a removal means by a text: a community, or a regular expression over communities of the kind.
func (r *reader) pattern(e *node, kind policy.CommunityKind) policy.CommunityPattern {
	text := r.word(e)
	if c, ok := community(text, kind); ok {
		return policy.CommunityPattern{Literal: c}
	}
	if kind == policy.Standard {
		if c, ok := wellKnown(strings.ReplaceAll(strings.ToLower(text), "_", "-")); ok {
			return policy.CommunityPattern{Literal: c}
		}
	}
	if literals[kind].MatchString(text) {
		text = "^" + text + "$"
	}
	if _, err := regexp.Compile(text); err != nil {
		r.refuse(e, "community %q: %s", e.Value, err)
	}
	x, err := textRegex(text)
	if err != nil {
		r.addf(e, "community %q: %s", e.Value, err)
	}
	return policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: x}
}

// added returns a community that a statement adds.
func (r *reader) added(e *node, kind policy.CommunityKind) policy.CommunityPattern {
	text := r.word(e)
	c, ok := community(text, kind)
	if !ok && kind == policy.Standard {
		c, ok = wellKnown(text)
	}
	if !ok {
		r.refuse(e, "community %q: want one community, such as 65000:1 or no-export", text)
	}
	return policy.CommunityPattern{Literal: c}
}

// community returns the community that a text of digits and colons is, if no other text is the same.
func community(text string, kind policy.CommunityKind) (policy.Community, bool) {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil && kind == policy.Standard {
		return policy.Std(uint16(n>>16), uint16(n)), true
	}
	written := text
	if kind == policy.Large {
		written = "large:" + text
	}
	c, err := policy.ParseCommunity(written)
	return c, err == nil && c.Kind == kind && c.Text() == text
}

func wellKnown(name string) (policy.Community, bool) {
	for value, known := range bgp.WellKnownCommunityNameMap {
		if name == known {
			return policy.Std(uint16(value>>16), uint16(value)), true
		}
	}
	return policy.Community{}, false
}
