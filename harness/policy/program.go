package policy

import (
	"fmt"
	"slices"
	"strings"
)

// program is a chain made ready for evaluating it on groups of prefixes.
type program []call

// call is an Expr.
type call struct {
	op    Op
	block *block
	args  program
}

// block is a Policy.
type block struct {
	policy *Policy
	steps  []step
}

// step is a Term.
type step struct {
	term     *Term
	id       int32   // of the term; those of a policy follow each other
	prefixes []int32 // prefix matches that must hold, up to the first subroutine
	rest     []Match // the other matches
	behavior int32   // equal for steps that do the same once prefixes hold, subroutines aside
	idle     bool    // changes nothing and decides nothing
	calls    bool    // rest contains a subroutine
}

// lands returns which of count steps follows a match of this one, step i; count is the end.
func (s *step) lands(i, count int) int {
	if s.term.Flow != NextTerm {
		return i + 1
	}
	return min(i+1+s.term.Skip, count)
}

// compiler makes programs that can be compared with each other.
type compiler struct {
	table     prefixTable
	regexes   *regexSet
	behaviors map[string]int32
	blocks    map[*Policy]*block
	subs      map[*MatchPolicy]program
	defs      []*CommunityDef
	terms     int32
}

func newCompiler() *compiler {
	return &compiler{
		table:   prefixTable{ids: map[*MatchPrefix]int32{}},
		regexes: newRegexSet(), behaviors: map[string]int32{},
		blocks: map[*Policy]*block{}, subs: map[*MatchPolicy]program{},
	}
}

func (c *compiler) compile(chain []Expr) program {
	out := make(program, len(chain))
	for i, e := range chain {
		out[i] = call{op: e.Op, args: c.compile(e.Args)}
		if e.Op == Call {
			out[i].block = c.block(e.Policy)
		}
	}
	return out
}

func (c *compiler) block(p *Policy) *block {
	if b, ok := c.blocks[p]; ok {
		return b
	}
	b := &block{policy: p, steps: make([]step, len(p.Terms))}
	c.blocks[p] = b
	first := c.terms
	c.terms += int32(len(p.Terms))
	for i, t := range p.Terms {
		b.steps[i] = c.step(t, first+int32(i))
	}
	return b
}

func (c *compiler) step(t *Term, id int32) step {
	s := step{term: t, id: id}
	for _, m := range t.From {
		switch m := m.(type) {
		case *MatchPrefix:
			if id := c.table.number(m); !s.calls {
				s.prefixes = append(s.prefixes, id)
				continue
			}
		case *MatchFamily:
			if !s.calls {
				s.prefixes = append(s.prefixes, family(m))
				continue
			}
		case *MatchPolicy:
			s.calls = true
			c.subs[m] = c.compile(m.Chain)
		case *MatchCommunity:
			c.defs = append(c.defs, m.AnyOf...)
		}
		s.rest = append(s.rest, m)
	}
	for _, a := range t.Then {
		if a, ok := a.(*SetCommunity); ok {
			c.defs = append(c.defs, a.Def)
		}
	}
	s.idle = len(t.Then) == 0 && t.Flow == NextTerm && t.Default == Next && t.Skip == 0 && !s.calls
	s.behavior = c.behavior(s)
	return s
}

func family(m *MatchFamily) int32 {
	if m.V6 {
		return isV6
	}
	return isV4
}

// behavior numbers what the step does, with every definition spelled out.
func (c *compiler) behavior(s step) int32 {
	var b strings.Builder
	for _, m := range s.rest {
		switch m := m.(type) {
		case *MatchPolicy, *MatchPrefix, *MatchFamily:
			b.WriteString("called; ") // compared where it is evaluated
		case *MatchCommunity:
			b.WriteString("community")
			for _, d := range m.AnyOf {
				c.spell(&b, d)
			}
		case *MatchASPath:
			b.WriteString("as-path")
			for _, d := range m.AnyOf {
				for _, x := range d.AnyOf {
					fmt.Fprintf(&b, " %p", c.regexes.one(x))
				}
			}
		case *MatchCondition:
			fmt.Fprintf(&b, "condition %s", m.Prefix)
		default:
			b.WriteString(m.String())
		}
		b.WriteString("; ")
	}
	b.WriteString("then ")
	for _, a := range s.term.Then {
		if set, ok := a.(*SetCommunity); ok {
			fmt.Fprintf(&b, "community %d", set.Op)
			c.spell(&b, set.Def)
		} else {
			b.WriteString(a.String())
		}
		b.WriteString("; ")
	}
	fmt.Fprintf(&b, "%s %s", s.term.Default, s.term.Flow) // where a skip leads is compared in the outline
	id, ok := c.behaviors[b.String()]
	if !ok {
		id = int32(len(c.behaviors))
		c.behaviors[b.String()] = id
	}
	return id
}

func (c *compiler) spell(b *strings.Builder, d *CommunityDef) {
	fmt.Fprintf(b, " (%t", d.Invert)
	for _, m := range d.Members {
		if m.Regex == nil {
			b.WriteString(" " + m.Literal.String())
		} else {
			fmt.Fprintf(b, " %d %p", m.Literal.Kind, c.regexes.one(m.Regex))
		}
	}
	fmt.Fprintf(b, " %v)", d.Literals)
}

// selection is a group of prefixes as a program sees it.
type selection struct {
	compiler *compiler
	holds    []bool // by prefix match
}

func (c *compiler) selection() *selection {
	return &selection{c, make([]bool, int(firstMatch)+len(c.table.ids))}
}

// choose makes the selection that of the group.
func (s *selection) choose(g *group) {
	clear(s.holds)
	for _, m := range g.matches {
		s.holds[m] = true
	}
}

// takes reports whether the prefix matches of the step hold.
func (s *selection) takes(st *step) bool {
	return !slices.ContainsFunc(st.prefixes, func(m int32) bool { return !s.holds[m] })
}

// match reports whether a prefix match, or a family match, holds.
func (s *selection) match(m Match) (holds, ok bool) {
	switch m := m.(type) {
	case *MatchPrefix:
		return s.holds[s.compiler.table.ids[m]], true
	case *MatchFamily:
		return s.holds[family(m)], true
	}
	return false, false
}

// Marks in an outline that are neither behaviors nor identities.
const (
	endOfBlock = -1 - int32(iota)
	endOfArgs
	beginCall
	falsePrefix
	truePrefix
	skips   // followed by the number of the landing
	landing // followed by its number
	beginOp // minus the Op; the last mark
)

// outline appends what the program does for the prefixes of the selection: by behavior, so that equal outlines mean
// equal results, or by identity of the terms. It stops where the program is sure to have decided,
// and reports whether it did.
func (s *selection) outline(out []int32, p program, identity bool) ([]int32, bool) {
	for _, c := range p {
		if c.op != Call {
			out = append(out, beginOp-int32(c.op))
			for i := range c.args {
				out, _ = s.outline(out, c.args[i:i+1], identity)
			}
			out = append(out, endOfArgs)
			continue
		}
		var decided bool
		if out, decided = s.outlineBlock(out, c.block, identity); decided {
			return out, true
		}
	}
	return out, false
}

func (s *selection) outlineBlock(out []int32, b *block, identity bool) ([]int32, bool) {
	leaves := false // some routes go on to the next policy
	landings, last := map[int]int32{}, 0
	for i := range b.steps {
		if n, ok := landings[i]; ok {
			out = append(out, landing, n)
		}
		st := &b.steps[i]
		if st.idle || !s.takes(st) {
			continue
		}
		leaves = leaves || st.term.Flow == NextPolicy
		if identity {
			out = append(out, st.id)
		} else {
			out = append(out, st.behavior)
		}
		if st.calls {
			out = s.outlineRest(out, st.rest, identity)
		}
		if to := st.lands(i, len(b.steps)); to > i+1 {
			if _, ok := landings[to]; !ok {
				landings[to], last = int32(len(landings)), max(last, to)
			}
			out = append(out, skips, landings[to])
		}
		if len(st.rest) == 0 && st.term.Flow != NextTerm && last <= i {
			return append(out, endOfBlock), !leaves
		}
	}
	return append(out, endOfBlock), false
}

func (s *selection) outlineRest(out []int32, rest []Match, identity bool) []int32 {
	for _, m := range rest {
		if holds, ok := s.match(m); ok && holds {
			out = append(out, truePrefix)
		} else if ok {
			out = append(out, falsePrefix)
		}
		if sub, ok := m.(*MatchPolicy); ok {
			out, _ = s.outline(append(out, beginCall), s.compiler.subs[sub], identity)
			out = append(out, endOfArgs)
		}
	}
	return out
}
