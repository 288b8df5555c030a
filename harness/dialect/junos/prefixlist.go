package junos

import (
	"fmt"
	"net/netip"
	"path"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// prefixList is a named list of prefixes, each of which matches exactly unless a filter says more.
// An empty list matches nothing.
type prefixList struct {
	prefixes []netip.Prefix
}

// prefixList reads `prefix-list NAME { PREFIX; apply-path "PATH"; }`.
func (r *reader) prefixList(n *conf.Node) *prefixList {
	list := &prefixList{}
	for _, s := range n.Leaves() {
		switch {
		case s.Words[0] == "dynamic-db": // said already
		case len(s.Words) == 2 && s.Words[0] == "apply-path":
			r.applyPath(s.Pos, s.Words[1], list)
		case len(s.Words) == 1:
			p, err := parsePrefix(s.Words[0])
			if err != nil {
				r.problem(s.Pos, "%s", err)
			}
			list.prefixes = append(list.prefixes, p)
		default:
			r.problem(s.Pos, "%q is not understood: want a prefix or apply-path", strings.Join(s.Words, " "))
		}
	}
	return list
}

// applyPath adds the prefixes that the path finds in the configuration itself: `<*>` and
// `<pattern>` stand for any word that fits ("apply-path" in the guide). An address with a length
// counts as its network; what is no prefix, such as the name of a server, does not count.
func (r *reader) applyPath(pos place.Pos, text string, list *prefixList) {
	found := []*conf.Node{r.root}
	for _, word := range strings.Fields(text) {
		var next []*conf.Node
		for _, n := range found {
			for _, c := range n.Children {
				if fitsPath(word, c.Word) {
					next = append(next, c)
				}
			}
		}
		found = next
	}
	if strings.TrimSpace(text) == "" {
		r.problem(pos, "apply-path is empty")
		return
	}
	for _, n := range found {
		p, err := parsePrefix(n.Word)
		if err != nil {
			r.pass(pos, "apply-path finds "+strconv.Quote(n.Word)+" at "+n.Pos.String()+", which is no prefix")
			continue
		}
		list.prefixes = append(list.prefixes, p)
	}
}

func fitsPath(pattern, word string) bool {
	if !strings.HasPrefix(pattern, "<") || !strings.HasSuffix(pattern, ">") {
		return pattern == word
	}
	// path.Match keeps * from matching a slash, which is no separator here.
	flat := strings.NewReplacer("/", "\x00").Replace
	ok, err := path.Match(flat(pattern[1:len(pattern)-1]), flat(word))
	return ok && err == nil
}

// ranges returns the list under the match type of a prefix-list-filter: exact, longer or orlonger.
// A list is looked up by longest match, which makes a difference to an OR of its members only for
// `longer` with one prefix inside another; that is an error.
func (l *prefixList) ranges(matchType string) ([]policy.PrefixRange, error) {
	var out []policy.PrefixRange
	for _, p := range l.prefixes {
		x := policy.Exactly(p)
		switch matchType {
		case "exact":
		case "orlonger":
			x = policy.OrLonger(p)
		case "longer":
			for _, q := range l.prefixes {
				if q.Bits() < p.Bits() && q.Contains(p.Addr()) {
					return nil, fmt.Errorf("longer with %s inside %s is not modelled: use route-filters", p, q)
				}
			}
			x = policy.OrLonger(p)
			x.Min++
		default:
			return nil, fmt.Errorf("match type %q: want exact, longer or orlonger", matchType)
		}
		if x.Min <= x.Max {
			out = append(out, x)
		}
	}
	return out, nil
}

// parsePrefix reads a prefix, masked. Junos allows to leave out an IPv4 prefix's trailing zero octets, and
// takes an address alone for a host.
func parsePrefix(s string) (netip.Prefix, error) {
	addr, bits, hasBits := strings.Cut(s, "/")
	if n := strings.Count(addr, "."); hasBits && n < 3 && !strings.Contains(addr, ":") {
		addr += strings.Repeat(".0", 3-n)
	}
	if hasBits {
		p, err := netip.ParsePrefix(addr + "/" + bits)
		if err != nil {
			return p, fmt.Errorf("%q is no prefix", s)
		}
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is no prefix", s)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}
