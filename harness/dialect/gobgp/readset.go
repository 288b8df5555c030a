package gobgp

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// setKey names a defined set: the key that a match uses for its kind, such as prefix-set, and its name.
type setKey struct{ kind, name string }

func (k setKey) String() string { return k.kind + " " + k.name }

// set is a defined set. GoBGP reads all of them, used or not, and takes no policy at all if one is wrong.
type set struct {
	setKey
	node     *node
	used     bool
	problems place.Problems // what is not modelled

	ranges   []policy.PrefixRange      // of a prefix-set
	addrs    []netip.Prefix            // of a neighbor-set
	patterns []policy.CommunityPattern // of a community-set or large-community-set
	paths    []*policy.ASPathDef       // of an as-path-set
}

func (r *reader) definedSets(n *node) {
	m := r.mapping(n)
	bgp := r.mapping(m["bgp-defined-sets"])
	r.readSets(m["prefix-sets"], "prefix-set", "prefix-list", r.prefixRange)
	r.readSets(m["neighbor-sets"], "neighbor-set", "neighbor-info-list", r.neighbor)
	r.readSets(bgp["community-sets"], "community-set", "community-list", func(s *set, e *node) {
		s.patterns = append(s.patterns, r.pattern(e, policy.Standard))
	})
	r.readSets(bgp["large-community-sets"], "large-community-set", "large-community-list", func(s *set, e *node) {
		s.patterns = append(s.patterns, r.pattern(e, policy.Large))
	})
	r.readSets(bgp["as-path-sets"], "as-path-set", "as-path-list", r.asPath)
	r.readSets(bgp["ext-community-sets"], "ext-community-set", "ext-community-list", func(_ *set, e *node) {
		r.addf(e, "extended communities are not modelled")
	})
	r.readSets(m["tag-sets"], "tag-set", "tag-list", func(_ *set, e *node) { r.addf(e, "tags are not modelled") })
}

// readSets reads the sets of a kind, calling entry for every member.
func (r *reader) readSets(n *node, kind, list string, entry func(*set, *node)) {
	for _, x := range r.items(n) {
		m := r.mapping(x)
		s := &set{setKey: setKey{kind, r.word(m[kind+"-name"])}, node: x}
		r.now, r.where = &s.problems, s.String()
		switch {
		case s.name == "":
			r.refuse(x, "it has no %s-name", kind)
		case r.sets[s.setKey] != nil:
			r.refuse(x, "it is defined twice: GoBGP takes the last")
		}
		r.sets[s.setKey] = s
		for _, e := range r.items(m[list]) {
			entry(s, e)
		}
		r.now, r.where = nil, ""
	}
}

// set returns the set that a match names, and the option of the match; nil if there is none.
func (r *reader) set(match *node, kind string) (s *set, option string) {
	m := r.mapping(match)
	key := setKey{kind, r.word(m[kind])}
	s, option = r.sets[key], r.word(m["match-set-options"])
	if s == nil {
		r.refuse(match, "%s is not defined: add it to defined-sets or mend the name", key)
		return nil, option
	}
	s.used = true
	*r.now = append(*r.now, s.problems...)
	switch option {
	case "":
		option = "any"
	case "any", "invert":
	default:
		if option != "all" || kind == "prefix-set" || kind == "neighbor-set" {
			r.refuse(match, "match-set-options %q: GoBGP does not have it for a %s", option, kind)
		}
	}
	return s, option
}

var maskRange = regexp.MustCompile(`^(\d+)\.\.(\d+)$`)

func (r *reader) prefixRange(s *set, e *node) {
	m := r.mapping(e)
	p, err := netip.ParsePrefix(r.word(m["ip-prefix"]))
	if err != nil || p.Addr().Is4In6() {
		r.refuse(e, "ip-prefix %q: want an address and a length", r.word(m["ip-prefix"]))
		return
	}
	x := policy.Exactly(p.Masked())
	if text := r.word(m["masklength-range"]); text != "" {
		f := maskRange.FindStringSubmatch(text)
		if f == nil {
			r.refuse(e, "masklength-range %q: want a range such as 16..24", text)
			return
		}
		least, err := strconv.ParseUint(f[1], 10, 8)
		most, err2 := strconv.ParseUint(f[2], 10, 8)
		if err != nil || err2 != nil || int(most) > p.Addr().BitLen() {
			r.refuse(e, "masklength-range %q: lengths go from 0 to %d", text, p.Addr().BitLen())
			return
		}
		x.Min, x.Max = max(int(least), p.Bits()), int(most)
	}
	if len(s.ranges) > 0 && s.ranges[0].Prefix.Addr().Is6() != p.Addr().Is6() {
		r.refuse(e, "IPv4 and IPv6 prefixes in one set: make it two sets")
		return
	}
	s.ranges = append(s.ranges, x)
}

// neighbor reads a member of a neighbor-set.
func (r *reader) neighbor(s *set, e *node) {
	if p, ok := r.network(e); ok {
		s.addrs = append(s.addrs, p)
	}
}

// network returns an address, or a prefix, as a prefix.
func (r *reader) network(e *node) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(r.word(e))
	if a, e2 := netip.ParseAddr(e.Value); e2 == nil {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err != nil || p.Addr().Is4In6() || p.Addr().Zone() != "" {
		r.refuse(e, "%q: want an address or a prefix", e.Value)
		return p, false
	}
	return p.Masked(), true
}

var asPathForms = regexp.MustCompile(`^([\^_])([0-9]+)([_$])$`)

// asPath reads one of the four forms that GoBGP takes for a question about AS numbers (^1_, _1_, _1$ and ^1$), or an expression over the text of
// the path.
func (r *reader) asPath(s *set, e *node) {
	f := asPathForms.FindStringSubmatch(r.word(e))
	asn, err := uint64(0), error(nil)
	if f != nil {
		asn, err = strconv.ParseUint(f[2], 10, 32)
	}
	if f == nil || err != nil {
		r.pathText(s, e)
		return
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
		return
	}
	s.paths = append(s.paths, &policy.ASPathDef{Name: strconv.Quote(e.Value), AnyOf: []*policy.Regex{x}})
}

// pathText reads an expression over the text of a path, such as "65001 65002", in which _ is a border as it is in FRR's. What Go's package regexp
// and POSIX read alike is modelled.
func (r *reader) pathText(s *set, e *node) {
	if _, err := regexp.Compile(e.Value); err != nil {
		r.refuse(e, "as-path %q: %s", e.Value, err)
		return
	}
	x, err := ere.Parse(strings.ReplaceAll(e.Value, "(?:", "("))
	if err != nil {
		r.addf(e, "as-path %q is not modelled: %s; or use ^1_, _1_, _1$ or ^1$", e.Value, err)
		return
	}
	path, err := x.ASPath()
	if err != nil {
		r.addf(e, "as-path %q: %s", e.Value, err)
		return
	}
	s.paths = append(s.paths, &policy.ASPathDef{Name: strconv.Quote(e.Value), AnyOf: []*policy.Regex{path}})
}
