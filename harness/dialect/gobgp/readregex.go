package gobgp

import (
	"fmt"
	"regexp/syntax"

	"github.com/closlab/closlab/harness/policy"
)

// textRegex returns a regular expression of Go's package regexp over whole community texts: what is not anchored may
// have anything around it.
func textRegex(text string) (*policy.Regex, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	any := policy.Repeat(policy.AnySymbol(), 0, -1)
	var seq []policy.Node
	if parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	} else {
		seq = append(seq, any)
	}
	open := true
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		parts, open = parts[:n-1], false
	}
	for _, p := range parts {
		n, err := part(p)
		if err != nil {
			return nil, err
		}
		seq = append(seq, n)
	}
	if open {
		seq = append(seq, any)
	}
	return policy.Compile(text, policy.Seq(seq...))
}

func part(re *syntax.Regexp) (policy.Node, error) {
	var subs []policy.Node
	for _, s := range re.Sub {
		n, err := part(s)
		if err != nil {
			return n, err
		}
		subs = append(subs, n)
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return policy.Seq(), nil
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return policy.Text(string(re.Rune)), nil
		}
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			subs = append(subs, policy.Symbol(uint32(re.Rune[i]), uint32(re.Rune[i+1])))
		}
		return policy.Alt(subs...), nil
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return policy.AnySymbol(), nil
	case syntax.OpCapture:
		return subs[0], nil
	case syntax.OpConcat:
		return policy.Seq(subs...), nil
	case syntax.OpAlternate:
		return policy.Alt(subs...), nil
	case syntax.OpStar:
		return policy.Repeat(subs[0], 0, -1), nil
	case syntax.OpPlus:
		return policy.Repeat(subs[0], 1, -1), nil
	case syntax.OpQuest:
		return policy.Repeat(subs[0], 0, 1), nil
	case syntax.OpRepeat:
		return policy.Repeat(subs[0], re.Min, re.Max), nil
	}
	return policy.Node{}, fmt.Errorf("%q is not modelled in a regular expression: anchors stand at the ends only", re)
}
