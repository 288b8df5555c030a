package policy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// maxTexts is how many states the search for community texts may visit.
const maxTexts = 20_000

// textSymbols is the bytes that Community.Text can write, those first that make a nice witness.
const textSymbols = "1234567890:abcdefghijklmnopqrstuvwxyz-"

// communityTexts returns one text for every combination of patterns that communities match which are
// not among the literals. It follows all patterns and the grammar of texts at once, byte by byte, breadth first (the
// subset construction of Rabin and Scott, 1959). It returns false if it had to stop early.
func communityTexts(k CommunityKind, patterns []CommunityPattern, literals map[Community]int) ([]string, bool) {
	grammar, err := Compile("community text", communityGrammar(k))
	if err != nil {
		panic("policy: " + err.Error()) // fixed
	}
	exprs := []*Regex{grammar}
	for _, p := range patterns {
		exprs = append(exprs, p.Regex)
	}
	named := map[string]bool{} // true for a literal, false for the beginning of one
	for c := range literals {
		text := c.Text()
		for i := range text {
			if c.Kind == k && !named[text[:i]] {
				named[text[:i]] = false
			}
		}
		if c.Kind == k {
			named[text] = true
		}
	}
	search := newSubsetSearch(exprs)
	var texts []string
	found := map[string]bool{}
	type reached struct {
		sets []uint64
		text string
	}
	queue := []reached{{search.start(), ""}}
	seen := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if accepts := search.accepts(at.sets); accepts[0] == '1' && !named[at.text] && !found[accepts] {
			found[accepts] = true
			texts = append(texts, at.text)
		}
		for i := range len(textSymbols) {
			next, alive := search.step(at.sets, uint32(textSymbols[i]))
			if !alive {
				continue
			}
			text := at.text + textSymbols[i:i+1]
			key := search.key(next)
			if _, begins := named[text]; begins {
				key += text // apart from all others, since it may become a literal
			}
			if !seen[key] {
				if len(seen) >= maxTexts {
					return texts, false
				}
				seen[key] = true
				queue = append(queue, reached{next, text})
			}
		}
	}
	return texts, true
}

// subsetSearch runs several automata at once. Their sets of states stand one after the other in a slice.
type subsetSearch struct {
	exprs []*Regex
	words int
}

func newSubsetSearch(exprs []*Regex) *subsetSearch {
	s := &subsetSearch{exprs: exprs}
	for _, r := range exprs {
		s.words += r.wordsLen
	}
	return s
}

func (s *subsetSearch) start() []uint64 {
	sets := make([]uint64, s.words)
	at := 0
	for _, r := range s.exprs {
		sets[at] = 1
		at += r.wordsLen
	}
	return sets
}

// step reads one symbol in all automata; alive is whether the first one got anywhere.
func (s *subsetSearch) step(sets []uint64, symbol uint32) (next []uint64, alive bool) {
	next = make([]uint64, s.words)
	at := 0
	for i, r := range s.exprs {
		end := at + r.wordsLen
		if moved := r.step(sets[at:end], next[at:end], symbol); i == 0 && !moved {
			return nil, false
		}
		at = end
	}
	return next, true
}

// accepts returns a '1' for each automaton that accepts, and a '0' for the others.
func (s *subsetSearch) accepts(sets []uint64) string {
	out := make([]byte, len(s.exprs))
	at := 0
	for i, r := range s.exprs {
		out[i] = '0'
		if r.accepts(sets[at : at+r.wordsLen]) {
			out[i] = '1'
		}
		at += r.wordsLen
	}
	return string(out)
}

func (s *subsetSearch) key(sets []uint64) string {
	b := make([]byte, 0, 8*len(sets))
	for _, w := range sets {
		b = binary.NativeEndian.AppendUint64(b, w)
	}
	return string(b)
}

// communityGrammar returns the texts of all communities of the kind. Named extended communities have the
// field sizes of their type (RFC 4360 section 3, RFC 5668); for other types all that Community can hold.
func communityGrammar(k CommunityKind) Node {
	colon, short, long := Text(":"), decimal("65535"), decimal("4294967295")
	switch k {
	case Standard:
		return Seq(short, colon, short)
	case Large:
		return Seq(long, colon, long, colon, long)
	}
	var kinds []Node
	var codes []string
	for code, name := range extendedTypes {
		codes = append(codes, fmt.Sprintf("%04x", code))
		if high := code >> 8; high == 1 || high == 2 { // the administrator is an IPv4 address or a four-octet AS
			kinds = append(kinds, Seq(Text(name), colon, long, colon, short))
		} else {
			kinds = append(kinds, Seq(Text(name), colon, short, colon, long))
		}
	}
	slices.Sort(codes)
	return Alt(append(kinds, Seq(Text("0x"), hexExcept(codes, 4), colon, long, colon, long))...)
}

// decimal returns the numbers from 0 to limit without leading zeros.
func decimal(limit string) Node {
	digit := func(lo, hi byte) Node { return Symbol(uint32(lo), uint32(hi)) }
	out := []Node{Text("0"), Seq(digit('1', '9'), Repeat(digit('0', '9'), 0, len(limit)-2)), Text(limit)}
	for i := range len(limit) {
		lo := byte('0')
		if i == 0 {
			lo = '1'
		}
		if limit[i] > lo {
			rest := len(limit) - i - 1
			out = append(out, Seq(Text(limit[:i]), digit(lo, limit[i]-1), Repeat(digit('0', '9'), rest, rest)))
		}
	}
	return Alt(out...)
}

// hexExcept returns the hexadecimal numbers of that many digits but those given.
func hexExcept(except []string, digits int) Node {
	if digits == 0 {
		return Seq()
	}
	var out []Node
	for _, d := range "0123456789abcdef" {
		var tails []string
		for _, e := range except {
			if rest, ok := strings.CutPrefix(e, string(d)); ok {
				tails = append(tails, rest)
			}
		}
		switch {
		case len(tails) == 0:
			any := Alt(Symbol('0', '9'), Symbol('a', 'f'))
			out = append(out, Seq(Text(string(d)), Repeat(any, digits-1, digits-1)))
		case digits > 1:
			out = append(out, Seq(Text(string(d)), hexExcept(tails, digits-1)))
		}
	}
	return Alt(out...)
}
