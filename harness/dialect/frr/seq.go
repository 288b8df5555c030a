package frr

import (
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// list is a named list of FRR whose first matching entry decides: a prefix-list, an access-list, a community-list of any
// kind, an as-path access-list.
type list struct {
	Definition
	entries   []listEntry // by sequence number
	expanded  bool        // entries are regular expressions
	described bool        // exists even without entries
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
	for i := range l.entries {
		if l.repeats(e, l.entries[i]) {
			return &l.entries[i]
		}
	}
	if e.seq < 0 {
		last := int64(0)
		if n := len(l.entries); n > 0 {
			last = l.entries[n-1].seq
		}
		e.seq = last/5*5 + 5
	}
	at, found := slices.BinarySearchFunc(l.entries, e.seq, func(x listEntry, seq int64) int { return int(x.seq - seq) })
	if !found {
		l.entries = slices.Insert(l.entries, at, e)
		return nil
	}
	if _, ranges := e.item.(policy.PrefixRange); ranges {
		l.problem(e.pos, "seq %d is taken at %s: bgpd keeps parts of the entry that another takes the place of", e.seq, l.entries[at].pos)
	}
	l.entries[at] = e
	return nil
}

// repeats reports whether FRR takes e for a repetition of the entry o. In an access-list it compares what e says: without exact-match,
// e repeats an entry of the prefix that has it (lib/filter_nb.c).
func (l *list) repeats(e, o listEntry) bool {
	if e.permit != o.permit {
		return false
	}
	switch item := e.item.(type) {
	case communities:
		return slices.Equal(item.all, o.item.(communities).all) && item.everyone == o.item.(communities).everyone
	case policy.PrefixRange:
		isAccess := l.Kind == accessList4 || l.Kind == accessList6
		return e.what == o.what || isAccess && o.what == e.what+" exact-match"
	}
	return e.what == o.what
}

// drop removes the entry that says the same.
func (l *list) drop(e listEntry) {
	l.entries = slices.DeleteFunc(l.entries, func(o listEntry) bool { return l.repeats(e, o) })
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
