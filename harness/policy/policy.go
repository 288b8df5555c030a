package policy

import (
	"fmt"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Decision is what a policy says of a route.
type Decision uint8

const (
	Next Decision = iota // no decision: the next policy, or the default, decides
	Accept
	Reject
)

func (d Decision) String() string { return [...]string{"next", "accept", "reject"}[d] }

// Flow is what follows once a term has matched and its actions are done.
type Flow uint8

const (
	NextTerm Flow = iota // no terminating action: the next term goes on
	NextPolicy
	AcceptRoute
	RejectRoute
)

func (f Flow) String() string { return [...]string{"next term", "next policy", "accept", "reject"}[f] }

// Policy is an ordered list of terms; the first accept or reject ends it. It is never
// changed once a dialect has made it.
type Policy struct {
	Name  string
	Pos   place.Pos
	Terms []*Term
}

// Term matches a route if all of From do; then the actions run in order and Flow follows.
type Term struct {
	Name    string // "" is Junos' unnamed final term
	Pos     place.Pos
	From    []Match
	Then    []Action
	Flow    Flow
	Default Decision // Junos' default-action: replaces the default at the end of the chain; Next if unset
	Skip    int      // of NextTerm: how many of the terms behind it are passed over (FRR's on-match goto); past the last is the end
}

// Label returns the name a person would use for the term.
func (t *Term) Label() string {
	if t.Name == "" {
		return "(unnamed final term)"
	}
	return t.Name
}

// Text returns matches, actions and flow on one line, as in "from prefix-list A then accept".
// Lists and definitions that are matched go by their names, so terms with equal Text can behave differently.
func (t *Term) Text() string {
	var b strings.Builder
	for i, m := range t.From {
		b.WriteString([...]string{"from ", " and "}[min(i, 1)])
		b.WriteString(m.String())
	}
	if len(t.From) > 0 {
		b.WriteByte(' ')
	}
	b.WriteString("then ")
	for _, a := range t.Then {
		b.WriteString(a.String())
		b.WriteString(", ")
	}
	if t.Default != Next {
		fmt.Fprintf(&b, "default-action %s, ", t.Default)
	}
	b.WriteString(t.Flow.String())
	if t.Skip > 0 {
		fmt.Fprintf(&b, " but %d", t.Skip)
	}
	return b.String()
}

// Op combines policies in an expression.
type Op uint8

const (
	Call  Op = iota // evaluate Expr.Policy
	And             // Junos && : both must be true
	Or              // Junos || : the first that is true
	Not             // Junos !
	Amend           // Args[0]; what that accepts goes through Args[1], which can change or reject it, but Args[0] is who accepted
)

// Expr is a policy, or policies combined by Junos' logical operators. Accept and next policy
// count as true, reject as false (Junos "Understanding Policy Expressions").
type Expr struct {
	Op     Op
	Policy *Policy // of Call
	Args   []Expr  // of And, Or (two or more), Not (one), Amend (two)
}

func (e Expr) String() string {
	switch e.Op {
	case Call:
		return e.Policy.Name
	case Not:
		return "!" + e.Args[0].String()
	case Amend:
		return e.Args[0].String()
	}
	s := make([]string, len(e.Args))
	for i, a := range e.Args {
		s[i] = a.String()
	}
	return "(" + strings.Join(s, map[Op]string{And: " && ", Or: " || "}[e.Op]) + ")"
}

// Chain is what a session's import or export statement names: expressions evaluated in
// order until one accepts or rejects. An empty chain leaves all to the default.
type Chain []Expr

// Calls returns the chain that evaluates the policies one after the other.
func Calls(ps ...*Policy) Chain {
	c := make(Chain, len(ps))
	for i, p := range ps {
		c[i] = Expr{Policy: p}
	}
	return c
}

func (c Chain) String() string {
	s := make([]string, len(c))
	for i, e := range c {
		s[i] = e.String()
	}
	return strings.Join(s, " ")
}

// Policies returns every policy the chain can evaluate, subroutines included, in the order of
// first mention and each once.
func (c Chain) Policies() []*Policy {
	var out []*Policy
	seen := map[*Policy]bool{}
	var chain func(Chain)
	expr := func(e Expr) {
		if e.Op != Call {
			chain(e.Args)
			return
		}
		if seen[e.Policy] {
			return
		}
		seen[e.Policy] = true
		out = append(out, e.Policy)
		for _, t := range e.Policy.Terms {
			for _, m := range t.From {
				if sub, ok := m.(*MatchPolicy); ok {
					chain(sub.Chain)
				}
			}
		}
	}
	chain = func(c Chain) {
		for _, e := range c {
			expr(e)
		}
	}
	chain(c)
	return out
}
