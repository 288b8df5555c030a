package junos

import (
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// expressions reads the policies and policy expressions of an import, export or from policy
// statement ("Understanding Policy Expressions"): names, and names in parentheses with && || and !,
// of which ! binds tightest and || least.
func (r *reader) expressions(pos place.Pos, text string) policy.Chain {
	if _, ok := r.cfg.policies[text]; ok { // a name may hold spaces
		return policy.Chain{r.call(pos, text)}
	}
	p := &expressionParser{reader: r, pos: pos, text: text, tokens: expressionTokens(text)}
	var chain policy.Chain
	for len(p.tokens) > 0 && !p.failed {
		chain = append(chain, p.unary())
	}
	if len(chain) == 0 {
		p.fail()
	}
	return chain
}

// call returns the evaluation of the named policy and marks it as used.
func (r *reader) call(pos place.Pos, name string) policy.Expr {
	p, _ := lookup(r, pos, "policy-statement", name, r.cfg.policies)
	return policy.Expr{Policy: p}
}

type expressionParser struct {
	*reader
	pos    place.Pos
	text   string
	tokens []string
	depth  int
	failed bool
}

func (p *expressionParser) fail() policy.Expr {
	report := p.refuse
	if p.now != nil {
		report = p.problem
	}
	if !p.failed {
		report(p.pos, "policy expression %q: want policies in parentheses with && || or ! between them", p.text)
	}
	p.failed = true
	return policy.Expr{}
}

func (p *expressionParser) eat(token string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != token {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *expressionParser) or() policy.Expr {
	return p.operands("||", policy.Or, func() policy.Expr { return p.operands("&&", policy.And, p.unary) })
}

func (p *expressionParser) operands(token string, op policy.Op, operand func() policy.Expr) policy.Expr {
	first := operand()
	e := policy.Expr{Op: op, Args: []policy.Expr{first}}
	for !p.failed && p.eat(token) {
		e.Args = append(e.Args, operand())
	}
	if len(e.Args) == 1 {
		return first
	}
	return e
}

func (p *expressionParser) unary() policy.Expr {
	if p.depth++; p.depth > maxNesting || len(p.tokens) == 0 {
		return p.fail()
	}
	defer func() { p.depth-- }()
	switch {
	case p.eat("!"):
		return policy.Expr{Op: policy.Not, Args: []policy.Expr{p.unary()}}
	case p.eat("("):
		e := p.or()
		if !p.eat(")") {
			return p.fail()
		}
		return e
	case strings.Contains("&&||)", p.tokens[0]):
		return p.fail()
	}
	name := p.tokens[0]
	p.tokens = p.tokens[1:]
	return p.call(p.pos, name)
}

// expressionTokens cuts an expression into names and operators.
func expressionTokens(text string) []string {
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ", "!", " ! ", "&&", " && ", "||", " || ", "[", " ", "]", " ").Replace(text)
	return strings.Fields(spaced)
}
