package frr

import (
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// accessList reads a line of an `access-list` or `ipv6 access-list`. An entry without exact-match holds the prefix and all inside it.
// Entries with wildcards (those of numbered lists) compare addresses and ignore lengths, and are not modelled.
func (r *reader) accessList(l line) {
	kind, name, rest := accessList4, l.word(1), l.from(2)
	if l.word(0) == "ipv6" {
		kind, name, rest = accessList6, l.word(2), l.from(3)
	}
	x := r.list(kind, name, l)
	switch {
	case len(rest) == 0 && l.no:
		r.dropAll(x, l)
		return
	case len(rest) > 0 && rest[0] == "remark":
		r.pass(l, kind+" "+name+" remark")
		return
	}
	r.listLine(x, l, rest, func(words []string) any {
		exact := len(words) == 2 && words[1] == "exact-match"
		if !exact && len(words) != 1 {
			x.problem(l.pos, "%s: wildcards and hosts are not modelled: write a prefix, or use a prefix-list", strings.Join(words, " "))
			return nil
		}
		out, ok := readRange(words[:1], kind == accessList6)
		if !ok {
			if a, err := netip.ParseAddr(words[0]); err == nil && !exact {
				x.problem(l.pos, "%s: a host entry compares the address alone, whatever the length: it is not modelled", a)
			} else {
				x.problem(l.pos, "%s: want any or a prefix", strings.Join(words, " "))
			}
			return nil
		}
		if !exact {
			out = policy.OrLonger(out.Prefix)
		}
		return out
	})
}
