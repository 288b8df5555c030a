package junos

import (
	"math"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// asPathRegex compiles a Junos AS-path regular expression ("Understanding AS Path Regular
// Expressions for Use as Routing Policy Match Conditions"): a term is an AS number, a range of them
// (with or without brackets), . for any one, or a group; () is the null path. The whole path must
// match, so ^ and $ at the ends change nothing.
//
// The guide does not say whether | binds tighter than the space between terms, so `1 2|3` is
// refused: parentheses say which is meant. So is !, which the model cannot express.
func asPathRegex(text string) (*policy.Regex, error) {
	in := strings.TrimSpace(text)
	in = strings.TrimSuffix(strings.TrimPrefix(in, "^"), "$")
	p := &regexParser{in: in, atom: asPathTerm, words: true}
	n, err := p.parse()
	if err != nil {
		return nil, err
	}
	return policy.Compile(text, n)
}

func asPathTerm(p *regexParser) (policy.Node, error) {
	switch c := p.peek(); {
	case c == '.':
		p.pos++
		return policy.AnySymbol(), nil
	case c == '[':
		p.pos++
		var items []policy.Node
		for !p.eat(']') {
			n, err := p.asRange()
			if err != nil {
				return n, err
			}
			items = append(items, n)
		}
		if len(items) == 0 {
			return policy.Node{}, p.errorf("[] matches no AS number")
		}
		return policy.Alt(items...), nil
	case isDigit(c):
		return p.asRange()
	case c == 0:
		return policy.Node{}, p.errorf("a term is missing here")
	default:
		return policy.Node{}, p.errorf("%q is no AS number, range, group or period", c)
	}
}

// asRange reads an AS number or a range of them.
func (p *regexParser) asRange() (policy.Node, error) {
	lo, err := p.number(math.MaxUint32)
	if err != nil {
		return policy.Node{}, err
	}
	if rest := p.in[p.pos:]; len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
		return policy.Node{}, p.errorf("write the AS number as a plain number, or put a space before the period")
	}
	hi, end := lo, p.pos
	if p.eat('-') {
		if hi, err = p.number(math.MaxUint32); err != nil {
			return policy.Node{}, err
		}
	} else {
		p.pos = end
	}
	if hi < lo {
		return policy.Node{}, p.errorf("the range %d-%d is empty", lo, hi)
	}
	return policy.Symbol(uint32(lo), uint32(hi)), nil
}
