package policy

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Notation returns the expression in the syntax of Go's package regexp (RE2), without anchors. The
// function says how a symbol from lo to hi is written, which must bind as one unit. The text may be too large for
// RE2, which allows a part to be repeated 1000 times: compile it before using it.
func (r *Regex) Notation(symbol func(lo, hi uint32) string) string {
	var b strings.Builder
	r.node.write(&b, symbol)
	return b.String()
}

// TextNotation is Notation of an expression over the texts of communities, for a language that finds it between borders: it does not match
// the empty text, as that of no community is.
func (r *Regex) TextNotation(symbol func(lo, hi uint32) string) string {
	var b strings.Builder
	r.node.nonEmpty().write(&b, symbol)
	return b.String()
}

// nullable reports whether the empty sequence matches.
func (n Node) nullable() bool {
	switch n.op {
	case opSymbol:
		return false
	case opAlt:
		return slices.ContainsFunc(n.subs, Node.nullable)
	case opRepeat:
		return n.min == 0 || n.subs[0].nullable()
	}
	return !slices.ContainsFunc(n.subs, func(s Node) bool { return !s.nullable() })
}

// nonEmpty returns what matches the same but the empty sequence.
func (n Node) nonEmpty() Node {
	if !n.nullable() {
		return n
	}
	var out []Node
	switch n.op {
	case opAlt:
		for _, s := range n.subs {
			out = append(out, s.nonEmpty())
		}
	case opSeq: // one part is the first that is not empty
		for i, s := range n.subs {
			out = append(out, Seq(append([]Node{s.nonEmpty()}, n.subs[i+1:]...)...))
		}
	case opRepeat:
		if n.max != 0 {
			out = append(out, Seq(n.subs[0].nonEmpty(), Repeat(n.subs[0], 0, max(n.max-1, -1))))
		}
	}
	return Alt(out...)
}

func (n Node) write(b *strings.Builder, symbol func(lo, hi uint32) string) {
	switch n.op {
	case opSymbol:
		b.WriteString(symbol(n.lo, n.hi))
		return
	case opAlt:
		if len(n.subs) == 0 {
			b.WriteString(`[^\x00-\x{10FFFF}]`) // no text matches
			return
		}
	}
	b.WriteString("(?:")
	for i, sub := range n.subs {
		if n.op == opAlt && i > 0 {
			b.WriteByte('|')
		}
		sub.write(b, symbol)
	}
	b.WriteByte(')')
	if n.op != opRepeat {
		return
	}
	switch {
	case n.max >= 0:
		fmt.Fprintf(b, "{%d,%d}", n.min, n.max)
	case n.min == 0:
		b.WriteByte('*')
	default:
		fmt.Fprintf(b, "{%d,}", n.min)
	}
}

// Decimals returns an expression of Go's package regexp for the decimal numbers from lo to hi, both included.
func Decimals(lo, hi uint32) string {
	if lo == 0 && hi == math.MaxUint32 {
		return "[0-9]+"
	}
	var out []string
	for from, top := uint64(lo), uint64(hi); from <= top; {
		digits := len(strconv.FormatUint(from, 10))
		to := min(top, pow10(digits)-1)
		// the largest block from..end of the form head, then any digits
		free := 0
		for free < digits-1 && from%pow10(free+1) == 0 && from+pow10(free+1)-1 <= to {
			free++
		}
		end := from + pow10(free) - 1
		head := strconv.FormatUint(from/pow10(free), 10)
		for steps := uint64(1); head[len(head)-1] < '9' && end+pow10(free) <= to; steps++ {
			end += pow10(free)
			head = strconv.FormatUint(end/pow10(free), 10)
		}
		first := strconv.FormatUint(from/pow10(free), 10)
		last := first[len(first)-1:]
		if l := head[len(head)-1:]; l != last {
			last = "[" + last + "-" + l + "]"
		}
		text := first[:len(first)-1] + last
		if free > 0 {
			text += fmt.Sprintf("[0-9]{%d}", free)
		}
		out = append(out, text)
		from = end + 1
	}
	return "(?:" + strings.Join(out, "|") + ")"
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
