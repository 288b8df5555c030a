package junos

import (
	"fmt"
	"strconv"

	"github.com/closlab/closlab/harness/policy"
)

// maxNesting is how deep the parentheses of a regular expression may go.
const maxNesting = 64

// regexParser reads the operators that Junos' two regular expression languages share: grouping, | and
// the repetitions * + ? {m} {m,} {m,n}, each right behind its term. The languages differ in their terms.
type regexParser struct {
	in    string
	pos   int
	depth int
	atoms int // terms read so far, groups aside

	atom func(*regexParser) (policy.Node, error) // reads one term that is no group
	// words is set for AS paths, where a term is an AS number: terms are apart by spaces, the whole
	// path must match, and | stands between single terms.
	words bool
}

// parse returns the expression as a tree that matches the whole input.
func (p *regexParser) parse() (policy.Node, error) {
	n, err := p.alternatives(!p.words)
	if err == nil && p.pos < len(p.in) {
		err = p.errorf("unexpected %q", p.in[p.pos])
	}
	return n, err
}

func (p *regexParser) errorf(format string, args ...any) error {
	return fmt.Errorf("regular expression %q, column %d: %s", p.in, p.pos+1, fmt.Sprintf(format, args...))
}

// peek returns the next character that is no space, 0 at the end.
func (p *regexParser) peek() byte {
	for p.pos < len(p.in) && p.in[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == len(p.in) {
		return 0
	}
	return p.in[p.pos]
}

// eat skips c if it comes next.
func (p *regexParser) eat(c byte) bool {
	if p.peek() != c || c == 0 {
		return false
	}
	p.pos++
	return true
}

// alternatives reads sequences with | between them. Unless anchored by ^ and $, each matches
// anywhere in the input if search is set.
func (p *regexParser) alternatives(search bool) (policy.Node, error) {
	var alts []policy.Node
	longest := 0
	for {
		n, terms, err := p.sequence(search)
		if err != nil {
			return n, err
		}
		if terms == 0 {
			return n, p.errorf("a term is missing here")
		}
		alts, longest = append(alts, n), max(longest, terms)
		if !p.eat('|') {
			break
		}
	}
	if p.words && len(alts) > 1 && longest > 1 {
		return policy.Node{}, p.errorf("put parentheses around each side of | that has more than one term")
	}
	return policy.Alt(alts...), nil
}

func (p *regexParser) sequence(search bool) (n policy.Node, terms int, err error) {
	anything := policy.Repeat(policy.AnySymbol(), 0, -1)
	var parts []policy.Node
	if search && !p.eat('^') {
		parts = append(parts, anything)
	}
	for {
		switch c := p.peek(); {
		case c == '$' && search:
			p.pos++
			if next := p.peek(); next != 0 && next != '|' {
				return n, terms, p.errorf("after $ nothing can match")
			}
			return policy.Seq(parts...), max(terms, 1), nil
		case c == 0 || c == '|' || c == ')':
			if search {
				parts = append(parts, anything)
			}
			return policy.Seq(parts...), terms, nil
		}
		t, err := p.repeated()
		if err != nil {
			return t, terms, err
		}
		parts, terms = append(parts, t), terms+1
	}
}

// repeated reads a term and the operator behind it.
func (p *regexParser) repeated() (policy.Node, error) {
	before := p.atoms
	n, err := p.term()
	if err != nil || p.pos == len(p.in) {
		return n, err
	}
	lo, hi := 1, 1
	switch p.in[p.pos] {
	case '*':
		lo, hi = 0, -1
	case '+':
		lo, hi = 1, -1
	case '?':
		lo, hi = 0, 1
	case '{':
		if lo, hi, err = p.bounds(); err != nil {
			return n, err
		}
	default:
		return n, nil
	}
	p.pos++
	if p.atoms == before { // the null path repeated is the null path
		return n, nil
	}
	return policy.Repeat(n, lo, hi), nil
}

// bounds reads {m}, {m,} or {m,n} up to the closing brace.
func (p *regexParser) bounds() (lo, hi int, err error) {
	p.pos++
	if lo, err = p.number(policy.MaxStates); err != nil {
		return lo, hi, err
	}
	hi = lo
	if p.eat(',') {
		hi = -1
		if p.peek() != '}' {
			if hi, err = p.number(policy.MaxStates); err != nil {
				return lo, hi, err
			}
		}
	}
	if p.peek() != '}' {
		return lo, hi, p.errorf("want } here")
	}
	if hi == 0 || hi > 0 && hi < lo {
		return lo, hi, p.errorf("{%d,%d} repeats nothing", lo, hi)
	}
	return lo, hi, nil
}

func (p *regexParser) number(limit int) (int, error) {
	p.peek()
	start := p.pos
	for p.pos < len(p.in) && isDigit(p.in[p.pos]) {
		p.pos++
	}
	n, err := strconv.ParseUint(p.in[start:p.pos], 10, 32)
	if err != nil || n > uint64(limit) {
		p.pos = start
		return 0, p.errorf("want a number up to %d", limit)
	}
	return int(n), nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (p *regexParser) term() (policy.Node, error) {
	if !p.eat('(') {
		p.atoms++
		return p.atom(p)
	}
	if p.words && p.eat(')') {
		return policy.Seq(), nil
	}
	if p.depth++; p.depth > maxNesting {
		return policy.Node{}, p.errorf("more than %d parentheses deep", maxNesting)
	}
	n, err := p.alternatives(false)
	p.depth--
	if err == nil && !p.eat(')') {
		err = p.errorf("want ) here")
	}
	return n, err
}
