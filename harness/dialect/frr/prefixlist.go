package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// prefixList reads a line of an `ip prefix-list` or `ipv6 prefix-list`.
func (r *reader) prefixList(l line) {
	kind := prefixList4
	if l.word(0) == "ipv6" {
		kind = prefixList6
	}
	if l.word(2) == "" || l.word(2) == "sequence-number" {
		r.pass(l, l.text())
		return
	}
	x := r.list(kind, l.word(2), l)
	rest := l.from(3)
	switch {
	case len(rest) == 0 && l.no:
		x.entries, x.described = nil, false
		return
	case len(rest) > 0 && rest[0] == "description":
		x.described = !l.no
		return
	}
	r.listLine(x, l, rest, func(words []string) any {
		p, ok := readRange(words, kind == prefixList6)
		if !ok {
			x.problem(l.pos, "%s: want any, or a prefix with optional ge and le", strings.Join(words, " "))
			return nil
		}
		if p.Min < p.Prefix.Bits() || p.Max < p.Min {
			r.refused(l, "unless length <= ge <= le")
		}
		return p
	})
}

// listLine reads the sequence number and the action of a line and adds what read makes of the rest to the list, or takes it away.
func (r *reader) listLine(x *list, l line, words []string, read func([]string) any) {
	seq, rest, ok := sequence(words)
	if l.no && ok && len(rest) == 0 {
		x.entries = slices.DeleteFunc(x.entries, func(e listEntry) bool { return e.seq == seq })
		return
	}
	permit, rest, ok2 := action(rest)
	if !ok || !ok2 {
		x.problem(l.pos, "%s: want permit or deny", strings.Join(words, " "))
		return
	}
	item := read(rest)
	e := listEntry{pos: l.pos, seq: seq, permit: permit, what: strings.Join(rest, " "), item: item}
	switch {
	case item == nil:
	case l.no:
		x.drop(e)
	default:
		if old := x.put(e); old != nil && old.what != e.what {
			r.hint(l.pos, place.Warning, "dropped", "%s: FRR takes this for a repetition of %s and drops it", l.text(), old.pos)
		}
	}
}

// readRange reads `any` or a prefix with ge and le: without both the prefix itself, with ge alone up to the longest. To bgpd, ge 0 and le 0
// are not said.
func readRange(words []string, v6 bool) (policy.PrefixRange, bool) {
	all := netip.MustParsePrefix("0.0.0.0/0")
	if v6 {
		all = netip.MustParsePrefix("::/0")
	}
	if len(words) == 1 && words[0] == "any" {
		return policy.OrLonger(all), true
	}
	if len(words)%2 == 0 {
		return policy.PrefixRange{}, false
	}
	p, err := netip.ParsePrefix(words[0])
	if err != nil || p.Addr().Is6() != v6 {
		return policy.PrefixRange{}, false
	}
	out, bounded := policy.Exactly(p), false
	for i := 1; i < len(words); i += 2 {
		n, err := strconv.ParseUint(words[i+1], 10, 8)
		switch {
		case err != nil || n > uint64(p.Addr().BitLen()):
			return out, false
		case n == 0 && (words[i] == "ge" || words[i] == "le"):
		case words[i] == "ge":
			out.Min = int(n)
			if !bounded {
				out.Max = p.Addr().BitLen()
			}
		case words[i] == "le":
			out.Max, bounded = int(n), true
		default:
			return out, false
		}
	}
	return out, true
}
