package junos

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
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

// fromASPathLength reads `as-path-calc-length 3 orhigher`: the number of ASs in the path. The model has neither sets, which
// count as one, nor confederations, which do not count.
func (r *reader) fromASPathLength(ss []conf.Statement) policy.Match {
	m := &policy.MatchASPath{}
	for _, s := range ss {
		def, err := asPathLength(s.Words[1:])
		if err != nil {
			r.problem(s.Pos, "%s: %s", strings.Join(s.Words, " "), err)
			return nil
		}
		m.AnyOf = append(m.AnyOf, def)
	}
	return m
}

func asPathLength(words []string) (*policy.ASPathDef, error) {
	if len(words) != 2 {
		return nil, fmt.Errorf("want a length and equal, orhigher or orlower")
	}
	n, err := strconv.ParseUint(words[0], 10, 10)
	if err != nil {
		return nil, fmt.Errorf("want a length up to 1023")
	}
	lo, hi := int(n), int(n)
	switch words[1] {
	case "equal":
	case "orhigher":
		hi = -1
	case "orlower":
		lo = 0
	default:
		return nil, fmt.Errorf("want equal, orhigher or orlower behind the length")
	}
	name := "length " + strings.Join(words, " ")
	length := policy.Repeat(policy.AnySymbol(), lo, hi)
	if hi == 0 {
		length = policy.Seq()
	}
	x, err := policy.Compile(name, length)
	if err != nil {
		return nil, err
	}
	return &policy.ASPathDef{Name: name, AnyOf: []*policy.Regex{x}}, nil
}

// parseAS reads an AS number, plain or as two numbers with a period between them (RFC 5396).
func parseAS(text string) (uint32, error) {
	high, low, dotted := strings.Cut(text, ".")
	if !dotted {
		n, err := strconv.ParseUint(text, 10, 32)
		return uint32(n), err
	}
	h, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return 0, err
	}
	l, err := strconv.ParseUint(low, 10, 16)
	return uint32(h<<16 | l), err
}
