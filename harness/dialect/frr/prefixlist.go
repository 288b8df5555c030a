package frr

import (
	"net/netip"
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
		if len(x.bySeq) == 0 && !x.described {
			r.absent(l, x.String())
		}
		x.clear()
		x.described = false
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
	numbered := x.Kind == prefixList4 || x.Kind == prefixList6 || x.Kind == accessList4 || x.Kind == accessList6
	if l.no && ok && seq >= 0 && numbered { // whatever it says behind the number
		r.drop(x, l, x.bySeq[seq])
		return
	}
	permit, rest, ok2 := action(rest)
	if !ok || !ok2 || numbered && seq == 0 {
		x.problem(l.pos, "%s: want permit or deny, and a number from 1 to 4294967295 behind seq", strings.Join(words, " "))
		return
	}
	item := read(rest)
	e := listEntry{pos: l.pos, seq: seq, permit: permit, what: strings.Join(rest, " "), item: item}
	switch {
	case item == nil:
	case l.no:
		r.drop(x, l, x.find(e))
	default:
		if old := x.put(e); old != nil && old.what != e.what {
			r.hint(l.pos, place.Warning, "dropped", "%s: FRR takes this for a repetition of %s and drops it", l.text(), old.pos)
		}
	}
}

// drop takes an entry away, nil if there is none.
func (r *reader) drop(x *list, l line, e *listEntry) {
	if e == nil {
		r.absent(l, "such entry")
		return
	}
	x.remove(e)
}

// dropAll takes the whole list away.
func (r *reader) dropAll(x *list, l line) {
	if len(x.bySeq) == 0 {
		r.absent(l, x.String())
	}
	x.clear()
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
