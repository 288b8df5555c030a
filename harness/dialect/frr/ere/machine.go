package ere

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// maxStates is how many states the automaton of an expression may have.
const maxStates = 1000

// machine is a complete deterministic automaton over ASCII; it reads whole texts. State 0 is the start.
type machine struct {
	next   [][128]int32
	accept []bool
}

func (m *machine) accepts(text string) bool {
	s := int32(0)
	for i := range len(text) {
		s = m.next[s][text[i]&127]
	}
	return m.accept[s]
}

// dead returns the states from which nothing is accepted any more.
func (m *machine) dead() []bool {
	out := make([]bool, len(m.accept))
	for i := range out {
		out[i] = !m.accept[i]
	}
	for changed := true; changed; {
		changed = false
		for i := range m.next {
			if out[i] && slices.ContainsFunc(m.next[i][:], func(to int32) bool { return !out[to] }) {
				out[i], changed = false, true
			}
		}
	}
	return out
}

// determiner runs the instructions of a program on sets of them: a state is where the texts read so far could have come to.
type determiner struct {
	prog    *syntax.Prog
	machine machine
	ids     map[string]int32
	states  []state
	letters []byte // one of every kind of byte that the program tells apart
	kind    [128]int
}

type state struct {
	pcs     []uint32 // sorted; before following instructions that read nothing
	begins  bool     // nothing has been read
	matched bool     // the expression was found already
}

// determine returns the automaton that finds the program anywhere in a text (Rabin and Scott, 1959).
func determine(prog *syntax.Prog) (*machine, error) {
	d := &determiner{prog: prog, ids: map[string]int32{}}
	d.divide()
	d.number(state{begins: true})
	for i := 0; i < len(d.states); i++ {
		if len(d.states) > maxStates {
			return nil, fmt.Errorf("more than %d states", maxStates)
		}
		d.expand(i)
	}
	return &d.machine, nil
}

// divide finds the bytes that every instruction treats alike.
func (d *determiner) divide() {
	seen := map[string]int{}
	for c := range 128 {
		key := make([]byte, 0, len(d.prog.Inst))
		for i := range d.prog.Inst {
			if in := &d.prog.Inst[i]; reads(in) && in.MatchRune(rune(c)) {
				key = append(key, byte(i>>16), byte(i>>8), byte(i))
			}
		}
		if _, ok := seen[string(key)]; !ok {
			seen[string(key)] = len(d.letters)
			d.letters = append(d.letters, byte(c))
		}
		d.kind[c] = seen[string(key)]
	}
}

func reads(in *syntax.Inst) bool {
	return in.Op == syntax.InstRune || in.Op == syntax.InstRune1 || in.Op == syntax.InstRuneAny || in.Op == syntax.InstRuneAnyNotNL
}

func (d *determiner) number(s state) int32 {
	key := fmt.Sprint(s)
	id, ok := d.ids[key]
	if !ok {
		id = int32(len(d.states))
		d.ids[key] = id
		d.states = append(d.states, s)
		d.machine.next = append(d.machine.next, [128]int32{})
		d.machine.accept = append(d.machine.accept, false)
	}
	return id
}

// expand fills in where the state leads.
func (d *determiner) expand(i int) {
	s := d.states[i]
	here := syntax.EmptyOp(0)
	if s.begins {
		here = syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	from, found := d.closure(s.pcs, here)
	_, atEnd := d.closure(s.pcs, here|syntax.EmptyEndText|syntax.EmptyEndLine)
	s.matched = s.matched || found
	d.machine.accept[i] = s.matched || atEnd
	to := make([]int32, len(d.letters))
	for k, c := range d.letters {
		next := state{matched: s.matched}
		if !s.matched {
			for _, pc := range from {
				if in := &d.prog.Inst[pc]; in.MatchRune(rune(c)) {
					next.pcs = append(next.pcs, in.Out)
				}
			}
			slices.Sort(next.pcs)
			next.pcs = slices.Compact(next.pcs)
		}
		to[k] = d.number(next)
	}
	for c := range 128 {
		d.machine.next[i][c] = to[d.kind[c]]
	}
}

// closure returns the instructions that read which can be reached from pcs, or from the start of the expression, without
// reading, and whether the end of the expression can.
func (d *determiner) closure(pcs []uint32, where syntax.EmptyOp) (out []uint32, matched bool) {
	seen := make([]bool, len(d.prog.Inst))
	queue := append([]uint32{uint32(d.prog.Start)}, pcs...)
	for len(queue) > 0 {
		pc := queue[0]
		queue = queue[1:]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &d.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			queue = append(queue, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			queue = append(queue, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^where == 0 {
				queue = append(queue, in.Out)
			}
		case syntax.InstMatch:
			matched = true
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	return out, matched
}
