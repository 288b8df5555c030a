package fabric

import (
	"net/netip"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// integer returns a whole number from 1 to most.
func (r *reader) integer(n *yaml.Node, what string, most uint32) uint32 {
	if n == nil {
		return 0
	}
	i, err := strconv.ParseUint(n.Value, 10, 32)
	if n.Kind != yaml.ScalarNode || err != nil || i < 1 || i > uint64(most) {
		r.addf(n, "%s: %q is not a whole number from 1 to %d", what, n.Value, most)
		return 0
	}
	return uint32(i)
}

// number returns a number above 0 and up to most.
func (r *reader) number(n *yaml.Node, what string, most float64) float64 {
	if n == nil {
		return 0
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(x > 0 && x <= most) {
		r.addf(n, "%s: %q is not a number above 0 and up to %s", what, n.Value, strconv.FormatFloat(most, 'f', -1, 64))
		return 0
	}
	return x
}

// flag returns a truth value.
func (r *reader) flag(n *yaml.Node, what string) bool {
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		r.addf(n, "%s: %q is neither true nor false", what, n.Value)
	}
	return n.Value == "true"
}

// prefix returns the prefix that a word means, without host bits.
func (r *reader) prefix(w word, what string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(w.text)
	switch {
	case err != nil || p.Addr().Is4In6():
		r.problems.Addf(w.pos, "%s: %q is not a prefix such as 198.18.10.0/24", what, w.text)
	case p != p.Masked():
		r.problems.Addf(w.pos, "%s: %s has host bits set; did you mean %s?", what, p, p.Masked())
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

// prefixes returns the prefixes of a scalar or list.
func (r *reader) prefixes(n *yaml.Node, what string) []netip.Prefix {
	var out []netip.Prefix
	for _, w := range r.words(n, what) {
		if p, ok := r.prefix(w, what); ok {
			out = append(out, p)
		}
	}
	return out
}

// addresses returns at most one address a family of a scalar or list.
func (r *reader) addresses(n *yaml.Node, what string) (out [2]netip.Addr) {
	for _, w := range r.words(n, what) {
		a, err := netip.ParseAddr(w.text)
		switch {
		case err != nil || a.Is4In6() || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.IsLinkLocalUnicast():
			r.problems.Addf(w.pos, "%s: %q is not the address of a host", what, w.text)
		case out[FamilyOf(a)].IsValid():
			r.problems.Addf(w.pos, "%s: a second %s address", what, FamilyOf(a))
		default:
			out[FamilyOf(a)] = a
		}
	}
	return out
}
