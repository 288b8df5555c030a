package junos

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// filter is one route filter: `10.0.0.0/8 orlonger`, perhaps with actions of its own, which run at once in place
// of the term's then.
type filter struct {
	policy.RouteFilter
	label   string // as written, without the actions
	pos     place.Pos
	actions []conf.Statement
}

// filterList reads `route-filter-list NAME { 10.0.0.0/8 orlonger; ... }`.
func (r *reader) filterList(n *conf.Node) []filter { return r.filters(n.Leaves()) }

// filters reads route filters from statements of a prefix, a match type and actions. The actions of a
// filter are one statement each.
func (r *reader) filters(ss []conf.Statement) []filter {
	var out []filter
	for _, s := range ss {
		f, rest, err := routeFilter(s.Words)
		if err != nil {
			r.problem(s.Pos, "route-filter %s: %s", strings.Join(s.Words, " "), err)
			continue
		}
		f.pos = s.Pos
		at := slices.IndexFunc(out, func(o filter) bool { return o.label == f.label })
		if at < 0 {
			at = len(out)
			out = append(out, f)
		}
		if len(rest) > 0 {
			out[at].actions = append(out[at].actions, conf.Statement{Words: rest, Pos: s.Pos})
		}
	}
	return out
}

// routeFilter reads the prefix and the match type and returns the words behind them
// ("Understanding Route Filters for Use in Routing Policy Match Conditions", table of match types).
func routeFilter(words []string) (f filter, rest []string, err error) {
	if len(words) < 2 {
		return f, nil, fmt.Errorf("want a prefix and a match type")
	}
	p, err := parsePrefix(words[0])
	if err != nil {
		return f, nil, err
	}
	f.Base = p
	full := p.Addr().BitLen()
	between := func(lo, hi int) {
		if lo <= hi {
			f.Ranges = []policy.PrefixRange{{Prefix: p, Min: lo, Max: hi}}
		}
	}
	used := 2
	switch words[1] {
	case "exact":
		between(p.Bits(), p.Bits())
	case "longer":
		between(p.Bits()+1, full)
	case "orlonger":
		between(p.Bits(), full)
	case "upto", "prefix-length-range", "through", "address-mask":
		if used = 3; len(words) < used {
			return f, nil, fmt.Errorf("a value is missing behind %s", words[1])
		}
		err = f.bound(words[1], words[2], between)
	default:
		err = fmt.Errorf("match type %q is not known", words[1])
	}
	f.label = strings.Join(append([]string{p.String()}, words[1:min(used, len(words))]...), " ")
	return f, words[used:], err
}

// bound reads the value of a match type that has one.
func (f *filter) bound(matchType, value string, between func(lo, hi int)) error {
	p := f.Base
	switch matchType {
	case "upto":
		hi, err := length(value, p)
		between(p.Bits(), hi)
		return err
	case "prefix-length-range":
		from, to, _ := strings.Cut(value, "-")
		lo, err := length(from, p)
		if err != nil {
			return err
		}
		hi, err := length(to, p)
		if err == nil && hi < lo {
			err = fmt.Errorf("the range %s is empty", value)
		}
		between(lo, hi)
		return err
	case "through":
		end, err := parsePrefix(value)
		if err != nil {
			return err
		}
		if end.Bits() < p.Bits() || !p.Contains(end.Addr()) {
			return fmt.Errorf("%s does not lie inside %s", end, p)
		}
		for bits := p.Bits(); bits <= end.Bits(); bits++ {
			f.Ranges = append(f.Ranges, policy.Exactly(netip.PrefixFrom(end.Addr(), bits)))
		}
		return nil
	}
	mask, err := netip.ParseAddr(value)
	if err != nil || mask.BitLen() != p.Addr().BitLen() {
		return fmt.Errorf("address-mask %s: want a mask of the same family", value)
	}
	f.Mask = mask
	return nil
}

// length reads a prefix length such as /24 that is not shorter than p's.
func length(s string, p netip.Prefix) (int, error) {
	digits, ok := strings.CutPrefix(s, "/")
	n, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || int(n) < p.Bits() || int(n) > p.Addr().BitLen() {
		return 0, fmt.Errorf("%q: want a length from /%d to /%d", s, p.Bits(), p.Addr().BitLen())
	}
	return int(n), nil
}

// yield takes what an earlier filter matches out of f. It reports false for an overlap that it cannot take
// out, which only `through` can cause.
func (f *filter) yield(earlier filter) bool {
	for _, b := range earlier.Ranges {
		var rest []policy.PrefixRange
		for _, a := range f.Ranges {
			switch {
			case max(a.Min, b.Min) > min(a.Max, b.Max) || !a.Prefix.Overlaps(b.Prefix):
				rest = append(rest, a)
			case a.Prefix != b.Prefix:
				return false
			default:
				if a.Min < b.Min {
					rest = append(rest, policy.PrefixRange{Prefix: a.Prefix, Min: a.Min, Max: b.Min - 1})
				}
				if a.Max > b.Max {
					rest = append(rest, policy.PrefixRange{Prefix: a.Prefix, Min: b.Max + 1, Max: a.Max})
				}
			}
		}
		f.Ranges = rest
	}
	return true
}
