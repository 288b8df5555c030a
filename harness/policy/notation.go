package policy

import (
	"fmt"
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
