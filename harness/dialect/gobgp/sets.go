package gobgp

import (
	"fmt"
	"strings"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// sets are defined sets, each content once.
type sets struct {
	list   []*api.DefinedSet
	byText map[string]string // the name
	counts map[api.DefinedType]int
}

func newSets() *sets {
	return &sets{byText: map[string]string{}, counts: map[api.DefinedType]int{}}
}

var setNames = map[api.DefinedType]string{
	api.DefinedType_DEFINED_TYPE_PREFIX:          "prefix",
	api.DefinedType_DEFINED_TYPE_NEIGHBOR:        "neighbor",
	api.DefinedType_DEFINED_TYPE_AS_PATH:         "as-path",
	api.DefinedType_DEFINED_TYPE_COMMUNITY:       "community",
	api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY: "large-community",
}

// named returns the name of the set with these entries.
func (s *sets) named(typ api.DefinedType, entries []string) string {
	return s.add(strings.Join(entries, "\n"), &api.DefinedSet{DefinedType: typ, List: entries})
}

// prefixes returns the name of the set with these ranges.
func (s *sets) prefixes(ranges []policy.PrefixRange) string {
	d := &api.DefinedSet{DefinedType: api.DefinedType_DEFINED_TYPE_PREFIX}
	for _, r := range ranges {
		d.Prefixes = append(d.Prefixes, &api.Prefix{IpPrefix: r.Prefix.String(), MaskLengthMin: uint32(r.Min), MaskLengthMax: uint32(r.Max)})
	}
	return s.add(fmt.Sprint(ranges), d)
}

func (s *sets) add(text string, d *api.DefinedSet) string {
	kind := setNames[d.DefinedType]
	text = kind + "\n" + text
	if s.byText[text] == "" {
		s.counts[d.DefinedType]++
		d.Name = fmt.Sprintf("%s-%d", kind, s.counts[d.DefinedType])
		s.byText[text] = d.Name
		s.list = append(s.list, d)
	}
	return s.byText[text]
}
