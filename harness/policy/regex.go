package policy

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxStates is the largest automaton a regular expression may have.
const MaxStates = 4096

// maxLinks is the largest number of transitions it may have.
const maxLinks = 1 << 20

// Node is a regular expression as a tree over symbols: AS numbers in an AS path, bytes in a
// community's text. Dialects parse their own notation into it.
type Node struct {
	op       nodeOp
	lo, hi   uint32
	subs     []Node
	min, max int
}

type nodeOp uint8

const (
	opSymbol nodeOp = iota
	opSeq
	opAlt
	opRepeat
)

// Symbol matches one symbol from lo to hi, both included.
func Symbol(lo, hi uint32) Node { return Node{op: opSymbol, lo: lo, hi: hi} }

// AnySymbol matches any one symbol.
func AnySymbol() Node { return Symbol(0, math.MaxUint32) }

// Seq matches its parts one after the other; without parts, the empty sequence.
func Seq(parts ...Node) Node { return Node{op: opSeq, subs: parts} }

// Alt matches one of its parts; without parts, nothing.
func Alt(parts ...Node) Node { return Node{op: opAlt, subs: parts} }

// Repeat matches part at least min and at most max times; max < 0 means without limit.
func Repeat(part Node, min, max int) Node {
	return Node{op: opRepeat, subs: []Node{part}, min: min, max: max}
}

// Text matches exactly the bytes of s.
func Text(s string) Node {
	n := Node{op: opSeq}
	for i := range len(s) {
		n.subs = append(n.subs, Symbol(uint32(s[i]), uint32(s[i])))
	}
	return n
}

// Regex is a compiled regular expression: the position automaton of Glushkov (1961). State 0 is the
// start; every other state is one symbol of the expression, entered by reading it. It is
// immutable and always matches the whole input.
type Regex struct {
	text     string
	node     Node
	lo, hi   []uint32  // symbols that enter a state
	follow   [][]int32 // states that may come next
	final    []bool
	wordsLen int
	links    int
}

// Compile returns the automaton of n; text is what String returns. It fails if the expression
// has more than MaxStates symbols once repetitions are written out.
func Compile(text string, n Node) (*Regex, error) {
	r := &Regex{text: text, node: n, lo: []uint32{0}, hi: []uint32{0}, follow: [][]int32{nil}}
	f, err := r.build(n)
	if err != nil {
		return nil, err
	}
	r.final = make([]bool, len(r.lo))
	r.final[0] = f.empty
	for _, s := range f.last {
		r.final[s] = true
	}
	r.link([]int32{0}, f.first)
	if r.links > maxLinks {
		return nil, r.tooLarge()
	}
	r.wordsLen = (len(r.lo) + 63) / 64
	return r, nil
}

// String returns the expression as the user wrote it.
func (r *Regex) String() string { return r.text }

// fragment is what Glushkov's construction knows of a subexpression.
type fragment struct {
	empty       bool
	first, last []int32
}

func (r *Regex) build(n Node) (fragment, error) {
	switch n.op {
	case opSymbol:
		if len(r.lo) > MaxStates {
			return fragment{}, r.tooLarge()
		}
		s := int32(len(r.lo))
		r.lo, r.hi, r.follow = append(r.lo, n.lo), append(r.hi, n.hi), append(r.follow, nil)
		return fragment{first: []int32{s}, last: []int32{s}}, nil
	case opAlt:
		var out fragment
		for _, sub := range n.subs {
			f, err := r.build(sub)
			if err != nil {
				return f, err
			}
			out.empty = out.empty || f.empty
			out.first, out.last = append(out.first, f.first...), append(out.last, f.last...)
		}
		return out, nil
	case opSeq:
		out := fragment{empty: true}
		for _, sub := range n.subs {
			f, err := r.build(sub)
			if err != nil {
				return f, err
			}
			out = r.join(out, f)
		}
		return out, nil
	}
	return r.repeat(n)
}

func (r *Regex) repeat(n Node) (fragment, error) {
	out := fragment{empty: true}
	copies := max(n.min, n.max)
	if n.max < 0 {
		copies = max(n.min, 1)
	}
	if copies > MaxStates {
		return out, r.tooLarge()
	}
	for i := range copies {
		states := len(r.lo)
		f, err := r.build(n.subs[0])
		if err != nil {
			return f, err
		}
		if n.max < 0 && i == copies-1 {
			r.link(f.last, f.first)
		}
		f.empty = f.empty || i >= n.min
		out = r.join(out, f)
		if len(r.lo) == states {
			break // without symbols, more copies change nothing
		}
	}
	return out, nil
}

func (r *Regex) join(a, b fragment) fragment {
	r.link(a.last, b.first)
	out := fragment{empty: a.empty && b.empty, first: a.first, last: b.last}
	if a.empty {
		out.first = append(append([]int32{}, a.first...), b.first...)
	}
	if b.empty {
		out.last = append(append([]int32{}, a.last...), b.last...)
	}
	return out
}

func (r *Regex) tooLarge() error {
	return fmt.Errorf("regular expression %q: larger than %d states or %d transitions", r.text, MaxStates, maxLinks)
}

// link makes every state of to follow every state of from, unless that makes the automaton too large.
func (r *Regex) link(from, to []int32) {
	if r.links += len(from) * len(to); r.links > maxLinks {
		return
	}
	for _, s := range from {
		r.follow[s] = append(r.follow[s], to...)
	}
}

// Match reports whether the whole sequence matches.
func (r *Regex) Match(seq []uint32) bool {
	var a, b [4]uint64
	cur, next := r.sets(&a, &b)
	for _, sym := range seq {
		if !r.step(cur, next, sym) {
			return false
		}
		cur, next = next, cur
	}
	return r.accepts(cur)
}

// MatchText reports whether the whole text matches.
func (r *Regex) MatchText(text []byte) bool {
	var a, b [4]uint64
	cur, next := r.sets(&a, &b)
	for _, sym := range text {
		if !r.step(cur, next, uint32(sym)) {
			return false
		}
		cur, next = next, cur
	}
	return r.accepts(cur)
}

// sets returns the set {start} and an empty one, on the stack of the caller if they fit.
func (r *Regex) sets(a, b *[4]uint64) (cur, next []uint64) {
	cur, next = a[:], b[:]
	if r.wordsLen > len(a) {
		cur, next = make([]uint64, r.wordsLen), make([]uint64, r.wordsLen)
	}
	cur[0] = 1
	return cur, next
}

// step sets next to the states reached from cur by sym, and reports whether there are any.
func (r *Regex) step(cur, next []uint64, sym uint32) bool {
	clear(next)
	found := false
	for w, word := range cur {
		for ; word != 0; word &= word - 1 {
			for _, s := range r.follow[w*64+bits.TrailingZeros64(word)] {
				if r.lo[s] <= sym && sym <= r.hi[s] {
					next[s/64] |= 1 << (s % 64)
					found = true
				}
			}
		}
	}
	return found
}

func (r *Regex) accepts(set []uint64) bool {
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			if r.final[w*64+bits.TrailingZeros64(word)] {
				return true
			}
		}
	}
	return false
}
