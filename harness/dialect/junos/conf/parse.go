package conf

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// Limits of what is read, for text from strangers.
const (
	maxBytes      = 16 << 20
	maxStatements = 500_000
	maxTerms      = 100_000 // policies are compared term by term
	maxDepth      = maxPath // braces: what a line says can be written with a brace a word
	maxPath       = 128     // words
)

// Parse reads a configuration in the curly-brace form of `show configuration` or in the set form of
// `show configuration | display set`; whole, or a fragment that begins below policy-options or
// protocols (policy-statement, prefix-list, community, bgp, group and the like), which is put back
// under its parents. Comments are passed over, as are the prompts and banners of a terminal; what was typed there,
// `show configuration PATH`, says where its output belongs. A set form with other commands, such as delete and insert, is
// what these make of an empty configuration. A policy expression behind export, import or policy is
// cut into its words ( ) && || ! and names; a quoted word is never cut. A second value of a keyword
// that holds one replaces the first.
//
// The error is a place.Problems or a place.Problem with file and line. Text over 16 MiB, of more than
// 500,000 statements or 100,000 lines with terms, deeper than 128 braces or words, or not UTF-8 is refused.
func Parse(file string, text []byte) (*Config, error) {
	c, err := read(file, text)
	if err != nil {
		return nil, err
	}
	if err := c.expand(); err != nil {
		return nil, err
	}
	return c, nil
}

// read is Parse without a check of the configuration groups.
func read(file string, text []byte) (*Config, error) {
	s, err := checked(file, text)
	if err != nil {
		return nil, err
	}
	t, err := readTranscript(file, s)
	if err != nil {
		return nil, err
	}
	root := &item{pos: place.Pos{File: file}}
	p := &parser{lexer: lexer{file: file, text: t.text, line: 1}, root: root, shown: t.shown}
	switch {
	case commands(t.text):
		err = p.setLines()
	default:
		err = p.block(level{at: root}, 0)
	}
	p.problems.Add(place.Pos{File: file}, err)
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	return &Config{File: file, root: root, groups: p.groups}, nil
}

// parser reads statements into a tree of items.
type parser struct {
	lexer
	root     *item
	shown    []shown // of a transcript, still to come
	count    int
	groups   bool // configuration groups are defined or applied
	problems place.Problems
}

// level is where the statements of a block go: below an item, or, where statements are kept whole,
// below an item and behind the words of the blocks in between, whose tags they take on.
type level struct {
	at    *item
	words []string
	tags  []string
	depth int // words
}

// block reads statements up to the closing brace.
func (p *parser) block(l level, depth int) error {
	for {
		ph, err := p.phrase()
		if err != nil {
			return err
		}
		switch {
		case ph.end == 0 && depth > 0:
			return p.errorf(ph.line, "the text ends where %d closing braces are missing", depth)
		case ph.end == 0:
			return nil
		case ph.end == '}' && depth == 0:
			return p.errorf(ph.line, "a closing brace without an opening one")
		case ph.end == '}':
			return nil
		case ph.end == '{' && depth+1 > maxDepth:
			return p.errorf(ph.line, "braces nested deeper than %d", maxDepth)
		}
		if depth == 0 {
			if l, err = p.place(l, ph); err != nil {
				return err
			}
		}
		below, err := p.put(l, ph)
		if err != nil {
			return err
		}
		if ph.end == '{' {
			before := p.count
			if err := p.block(below, depth+1); err != nil {
				return err
			}
			if err := p.omitted(below, ph.line, p.count == before); err != nil {
				return err
			}
		}
	}
}

// omitted reads the semicolon behind an empty block, which a router prints in place of what `apply-flags omit` hides. Where
// that could hold policies, it is an error.
func (p *parser) omitted(l level, line int, empty bool) error {
	at := p.lexer
	tok, err := p.next()
	if err != nil || tok.kind != ';' || !empty {
		p.lexer = at
		return nil
	}
	for it := l.at; it != nil; it = it.parent {
		if slices.Contains([]string{"policy-options", "protocols", "groups"}, it.word()) {
			return p.errorf(line, "the content of %q is omitted here: give all of it", join(l.at.path(), false))
		}
	}
	return nil
}

// place returns the level of a statement at the top of a text: below the path of the show command that printed it.
func (p *parser) place(l level, ph phrase) (level, error) {
	for len(p.shown) > 0 && p.shown[0].line < ph.line {
		path := p.shown[0].path
		p.shown = p.shown[1:]
		if len(path) > 0 && len(ph.words) > 0 && path[len(path)-1] == ph.words[0] {
			path = path[:len(path)-1] // of a single statement, all is printed
		}
		if l = (level{at: p.root}); len(path) > 0 {
			var err error
			if l, err = p.put(l, phrase{words: path, line: ph.line, end: '{'}); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// put adds a statement below a level and returns the level of its block.
func (p *parser) put(l level, ph phrase) (level, error) {
	words := ph.words
	if l.at == p.root && l.words == nil {
		words = lift(words)
	}
	p.count += max(1, len(ph.members))
	l.depth += len(words)
	switch {
	case l.depth > maxPath:
		return l, p.errorf(ph.line, "a statement of more than %d words: is a semicolon missing?", maxPath)
	case p.count > maxStatements:
		return l, p.errorf(ph.line, "more than %d statements: not read", maxStatements)
	case l.at.whole && slices.Contains(ph.tags, "replace:"):
		return l, p.errorf(ph.line, "replace: below %q is not supported: replace all of it", l.at.word())
	}
	pos := place.Pos{File: p.file, Line: ph.line}
	var object *item // what replace: stands for: the first thing the statement names
	for !l.at.whole && len(words) > 0 {
		p.groups = p.groups || words[0] == "groups" || words[0] == "apply-groups"
		l.at, words = l.at.add(words[:1:1], pos), words[1:]
		if object == nil || l.at.name && l.at.parent == object {
			object = l.at
		}
	}
	if l.words == nil {
		l.words = words
	} else {
		l.words = slices.Concat(l.words, words)
	}
	p.groups = p.groups || len(l.words) > 0 && l.words[0] == "apply-groups"
	for _, t := range ph.tags {
		switch {
		case t == "replace:":
			object.mark(t)
		case len(l.words) == 0 && !ph.list:
			l.at.mark(t)
		default:
			l.tags = append(slices.Clip(l.tags), t)
		}
	}
	switch {
	case ph.end == '{':
	case ph.list:
		for _, m := range ph.members {
			l.at.add(slices.Concat(l.words, m), pos).mark(l.tags...)
		}
	case len(l.words) > 0:
		l.at.add(l.words, pos).mark(l.tags...)
	}
	return l, nil
}

// mark notes the tags before a statement.
func (it *item) mark(tags ...string) {
	for _, t := range tags {
		switch t {
		case "inactive:":
			it.inactive = true
		case "active:":
			it.inactive = false
		case "protect:":
			it.protect = true
		default:
			it.tag = t
		}
	}
}

func (p *parser) addf(line int, format string, args ...any) {
	p.problems.Addf(place.Pos{File: p.file, Line: line}, format, args...)
}

func (l *lexer) errorf(line int, format string, args ...any) error {
	return place.Problem{Pos: place.Pos{File: l.file, Line: line}, Text: fmt.Sprintf(format, args...)}
}
