package gobgp

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/policy"
)

// definedSets notes the sets by kind and name.
func (r *reader) definedSets(n *yaml.Node) {
	m := r.mapping(n, "prefix-sets", "neighbor-sets", "bgp-defined-sets")
	bgp := r.mapping(m["bgp-defined-sets"], "community-sets", "large-community-sets", "ext-community-sets", "as-path-sets")
	for kind, list := range map[string]*yaml.Node{"prefix-set": m["prefix-sets"], "neighbor-set": m["neighbor-sets"],
		"community-set": bgp["community-sets"], "large-community-set": bgp["large-community-sets"], "as-path-set": bgp["as-path-sets"]} {
		for _, s := range r.items(list) {
			f := r.mapping(s)
			r.sets[kind+" "+word(f[kind+"-name"])] = s
		}
	}
}

// set returns the entries of the set that a match names, and its option.
func (r *reader) set(match *yaml.Node, kind, list string) (entries []*yaml.Node, name, option string) {
	m := r.mapping(match, kind, "match-set-options")
	name, option = word(m[kind]), word(m["match-set-options"])
	s, ok := r.sets[kind+" "+name]
	if !ok {
		r.addf(match, "no %s named %q", kind, name)
		return nil, name, option
	}
	if option == "" {
		option = "any"
	}
	if option != "any" && option != "invert" && (option != "all" || kind == "prefix-set" || kind == "neighbor-set") {
		r.addf(match, "match-set-options %q is not modelled for a %s", option, kind)
	}
	return r.items(r.mapping(s)[list]), name, option
}

var maskRange = regexp.MustCompile(`^(\d+)\.\.(\d+)$`)

func (r *reader) prefixRanges(entries []*yaml.Node) []policy.PrefixRange {
	var out []policy.PrefixRange
	for _, e := range entries {
		m := r.mapping(e, "ip-prefix", "masklength-range")
		p, err := netip.ParsePrefix(word(m["ip-prefix"]))
		if err != nil {
			r.addf(e, "ip-prefix %q: want an address and a length", word(m["ip-prefix"]))
			continue
		}
		x := policy.Exactly(p)
		if text := word(m["masklength-range"]); text != "" {
			f := maskRange.FindStringSubmatch(text)
			if f == nil {
				r.addf(e, "masklength-range %q: want a range such as 16..24", text)
				continue
			}
			x.Min, _ = strconv.Atoi(f[1])
			x.Max, _ = strconv.Atoi(f[2])
			x.Min = max(x.Min, x.Prefix.Bits())
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) addresses(entries []*yaml.Node) []netip.Prefix {
	var out []netip.Prefix
	for _, e := range entries {
		p, err := netip.ParsePrefix(e.Value)
		if a, e2 := netip.ParseAddr(e.Value); e2 == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			r.addf(e, "%q: want an address or a prefix", e.Value)
			continue
		}
		out = append(out, p.Masked())
	}
	return out
}

// pattern returns a literal or a regular expression over communities of the kind.
func (r *reader) pattern(e *yaml.Node, kind policy.CommunityKind) policy.CommunityPattern {
	text := e.Value
	if kind == policy.Large {
		text = "large:" + text
	}
	if c, err := policy.ParseCommunity(text); err == nil && c.Kind == kind {
		return policy.CommunityPattern{Literal: c}
	}
	if c, ok := wellKnown[e.Value]; ok && kind == policy.Standard {
		return policy.CommunityPattern{Literal: c}
	}
	x, err := textRegex(e.Value)
	if err != nil {
		r.addf(e, "community %q: %s", e.Value, err)
	}
	return policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: x}
}

var wellKnown = map[string]policy.Community{"no-export": policy.NoExport, "no-advertise": policy.NoAdvertise,
	"no-export-subconfed": policy.NoExportSubconfed, "no-peer": policy.NoPeer, "blackhole": policy.Blackhole}

var asPathForms = regexp.MustCompile(`^([\^_])([0-9]+)([_$])$`)

// asPath returns one of the four forms that GoBGP takes for a question about AS numbers: ^1_, _1_, _1$ and ^1$.
func (r *reader) asPath(e *yaml.Node) *policy.ASPathDef {
	f := asPathForms.FindStringSubmatch(e.Value)
	asn, err := uint64(0), error(nil)
	if f != nil {
		asn, err = strconv.ParseUint(f[2], 10, 32)
	}
	if f == nil || err != nil {
		r.addf(e, "as-path %q: expressions over the text of a path are not modelled; use ^1_, _1_, _1$ or ^1$", e.Value)
		return nil
	}
	any := policy.Repeat(policy.AnySymbol(), 0, -1)
	n := policy.Symbol(uint32(asn), uint32(asn))
	if f[1] == "_" {
		n = policy.Seq(any, n)
	}
	if f[3] == "_" {
		n = policy.Seq(n, any)
	}
	x, err := policy.Compile(e.Value, n)
	if err != nil {
		r.addf(e, "as-path %q: %s", e.Value, err)
	}
	return &policy.ASPathDef{Name: fmt.Sprintf("%q", e.Value), AnyOf: []*policy.Regex{x}}
}
