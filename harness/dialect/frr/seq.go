package frr

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// list is a named list of FRR whose first matching entry decides: a prefix-list, an access-list, a community-list of any
// kind, an as-path access-list.
type list struct {
	Definition
	bySeq     map[int64]*listEntry
	bySaying  map[string]*listEntry
	sorted    []*listEntry // by sequence number; nil if nobody has asked since the last change
	highest   int64        // sequence number; -1 if not known
	expanded  bool         // entries are regular expressions
	described bool         // exists even without entries
	reading
	match [2][]policy.Match // what matching it means, and matching it exactly; made when first asked for
}

// listEntry is one line of a list.
type listEntry struct {
	pos    place.Pos
	seq    int64
	permit bool
	what   string // what stands behind permit or deny
	item   any    // of the kind of list
}

// put adds an entry as FRR does: without a number (-1) it goes behind the last one, with the number of another it
// replaces that. One that FRR takes to be there already, under whatever number, is not added: put returns what it is taken for.
func (l *list) put(e listEntry) *listEntry {
	if old := l.find(e); old != nil {
		return old
	}
	if e.seq < 0 {
		e.seq = l.last()/5*5 + 5
	}
	if l.bySeq == nil {
		l.bySeq, l.bySaying, l.highest = map[int64]*listEntry{}, map[string]*listEntry{}, -1
	}
	if old := l.bySeq[e.seq]; old != nil {
		if _, ranges := e.item.(policy.PrefixRange); ranges {
			l.problem(e.pos, "seq %d is taken at %s: bgpd keeps parts of the entry that another takes the place of: take it away first, with no", e.seq, old.pos)
		}
		l.remove(old)
	}
	l.bySeq[e.seq], l.bySaying[e.saying()] = &e, &e
	if l.highest >= 0 {
		l.highest = max(l.highest, e.seq)
	}
	l.sorted = nil
	return nil
}

// entries returns the entries by sequence number.
func (l *list) entries() []*listEntry {
	if l.sorted == nil {
		l.sorted = slices.SortedFunc(maps.Values(l.bySeq), func(a, b *listEntry) int { return cmp.Compare(a.seq, b.seq) })
	}
	return l.sorted
}

// last returns the highest sequence number, 0 if there is none.
func (l *list) last() int64 {
	if l.highest < 0 {
		l.highest = 0
		for seq := range l.bySeq {
			l.highest = max(l.highest, seq)
		}
	}
	return l.highest
}

func (l *list) remove(e *listEntry) {
	delete(l.bySeq, e.seq)
	delete(l.bySaying, e.saying())
	l.sorted, l.highest = nil, -1
}

func (l *list) clear() { l.bySeq, l.bySaying, l.sorted, l.highest = nil, nil, nil, 0 }

// find returns the first entry that FRR takes e for; nil if there is none. In an access-list it compares what e says: without exact-match,
// e is taken for an entry of the prefix that has it (lib/filter_nb.c).
func (l *list) find(e listEntry) *listEntry {
	same := l.bySaying[e.saying()]
	if l.Kind == accessList4 || l.Kind == accessList6 {
		e.what += " exact-match"
		if exact := l.bySaying[e.saying()]; exact != nil && (same == nil || exact.seq < same.seq) {
			return exact
		}
	}
	return same
}

// saying returns what FRR compares when it looks for an entry.
func (e *listEntry) saying() string {
	what := e.what
	if c, ok := e.item.(communities); ok {
		what = c.String()
	}
	if e.permit {
		return "permit " + what
	}
	return "deny " + what
}

// sequence reads an optional `seq N`; -1 if there is none.
func sequence(words []string) (seq int64, rest []string, ok bool) {
	if len(words) < 2 || words[0] != "seq" {
		return -1, words, true
	}
	n, err := strconv.ParseUint(words[1], 10, 32)
	return int64(n), words[2:], err == nil
}

// action reads permit or deny.
func action(words []string) (permit bool, rest []string, ok bool) {
	if len(words) == 0 || words[0] != "permit" && words[0] != "deny" {
		return false, words, false
	}
	return words[0] == "permit", words[1:], true
}
