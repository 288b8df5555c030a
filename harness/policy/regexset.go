package policy

import (
	"encoding/binary"
	"fmt"
)

// regexSet gives each regular expression one address, so that equal ones, read from different files,
// are the same.
type regexSet struct {
	seen    map[*Regex]*Regex
	byID    map[string]*Regex
	answers map[pathTest]answer
}

func newRegexSet() *regexSet {
	return &regexSet{map[*Regex]*Regex{}, map[string]*Regex{}, map[pathTest]answer{}}
}

// answer is what a test can come to.
type answer struct{ canHold, canFail bool }

// answer says whether some AS path passes the test, and whether some fails it. If in doubt, both.
func (s *regexSet) answer(t pathTest) answer {
	a, ok := s.answers[t]
	if !ok {
		_, holds := findPath([]pathGoal{{t, true}})
		_, fails := findPath([]pathGoal{{t, false}})
		a = answer{holds != none, fails != none}
		s.answers[t] = a
	}
	return a
}

// one returns the representative of all expressions with the same automaton as r.
func (s *regexSet) one(r *Regex) *Regex {
	if out, ok := s.seen[r]; ok {
		return out
	}
	id := r.automaton()
	out, ok := s.byID[id]
	if !ok {
		out = r
		s.byID[id] = r
	}
	s.seen[r] = out
	return out
}

// automaton returns the states and transitions of r; equal strings mean the same language.
func (r *Regex) automaton() string {
	b := binary.AppendUvarint(nil, uint64(len(r.lo)))
	for s := range r.lo {
		b = binary.BigEndian.AppendUint32(b, r.lo[s])
		b = binary.BigEndian.AppendUint32(b, r.hi[s])
		if r.final[s] {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
		b = binary.AppendUvarint(b, uint64(len(r.follow[s])))
		for _, t := range r.follow[s] {
			b = binary.AppendUvarint(b, uint64(t))
		}
	}
	return string(b)
}

// empty returns the expression of the empty AS path.
func (s *regexSet) empty() *Regex { return s.mustCompile("()", Seq()) }

// startsWith returns the expression of all AS paths whose first AS is asn.
func (s *regexSet) startsWith(asn uint32) *Regex {
	return s.mustCompile(fmt.Sprintf("%d .*", asn), Seq(Symbol(asn, asn), Repeat(AnySymbol(), 0, -1)))
}

func (s *regexSet) mustCompile(text string, n Node) *Regex {
	r, err := Compile(text, n)
	if err != nil {
		panic("policy: " + err.Error()) // a fixed and tiny expression
	}
	return s.one(r)
}
