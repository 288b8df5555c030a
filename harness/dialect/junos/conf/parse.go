package conf

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// Parse reads a configuration in the curly-brace form of `show configuration`.
func Parse(file string, text []byte) (*Config, error) {
	s, err := checked(file, text)
	if err != nil {
		return nil, err
	}
	p := &parser{lexer: lexer{file: file, text: s, line: 1}, root: &item{}}
	if err := p.block(level{at: p.root}, 0); err != nil {
		return nil, err
	}
	return &Config{File: file, root: p.root}, p.problems.Err()
}

// parser reads statements into a tree of items.
type parser struct {
	lexer
	root     *item
	count    int
	problems place.Problems
}

// level is where a block's statements go: below an item, or, where statements are kept whole,
// below an item and behind the words of the blocks in between.
type level struct {
	at       *item
	words    []string
	inactive bool
}

// phrase is a statement as it is read, before it is known where it goes.
type phrase struct {
	tags    []string
	words   []token
	members [][]token // of a list in brackets at the end
	list    bool
	line    int
	end     byte // ; or {, } for the end of the block, 0 for the end of the text
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
			return p.at(ph.line, "the text ends where %d closing braces are missing", depth)
		case ph.end == 0:
			return nil
		case ph.end == '}' && depth == 0:
			return p.at(ph.line, "a closing brace without an opening one")
		case ph.end == '}':
			return nil
		case ph.end == '{' && depth+1 > maxDepth:
			return p.at(ph.line, "braces nested deeper than %d", maxDepth)
		}
		below, err := p.put(l, ph)
		if err != nil {
			return err
		}
		if ph.end == '{' {
			if err := p.block(below, depth+1); err != nil {
				return err
			}
		}
	}
}

// phrase reads up to ; or { or the closing brace of the block or the end of the text.
func (p *parser) phrase() (phrase, error) {
	var ph phrase
	for {
		tok, err := p.next()
		if err != nil {
			return ph, err
		}
		if ph.line == 0 {
			ph.line = tok.line
		}
		switch {
		case tok.kind == 'w' && ph.list:
			return ph, p.at(tok.line, "%q stands behind a list in brackets", tok.text)
		case tok.kind == 'w' && len(ph.words) == 0 && !tok.quoted && isTag(tok.text):
			ph.tags = append(ph.tags, tok.text)
		case tok.kind == 'w':
			ph.words = append(ph.words, tok)
		case tok.kind == '[':
			if len(ph.words) == 0 || ph.list {
				return ph, p.at(tok.line, "a list in brackets without a keyword before it")
			}
			ph.list = true
			if ph.members, err = p.list(tok.line); err != nil {
				return ph, err
			}
		case tok.kind == ']':
			return ph, p.at(tok.line, "a closing bracket without an opening one")
		case (tok.kind == '}' || tok.kind == 0) && len(ph.words) > 0:
			return ph, p.at(ph.line, "the statement %q does not end: a semicolon is missing", texts(ph.words)[0])
		case tok.kind == '}' || tok.kind == 0:
			ph.end, ph.line = tok.kind, tok.line
			return ph, nil
		case tok.kind == ';' && len(ph.words) == 0:
			return ph, p.at(tok.line, "a semicolon without a statement")
		case tok.kind == '{' && (len(ph.words) == 0 || ph.list):
			return ph, p.at(tok.line, "a block without a name")
		default:
			ph.end = tok.kind
			return ph, nil
		}
	}
}

// list reads the members of a list up to its closing bracket.
func (p *parser) list(line int) ([][]token, error) {
	var members [][]token
	for {
		tok, err := p.next()
		switch {
		case err != nil:
			return nil, err
		case tok.kind == ']':
			return members, nil
		case tok.kind != 'w':
			return nil, p.at(line, "a list in brackets begins here and does not end")
		}
		members = append(members, []token{tok})
	}
}

// put adds a statement below a level and returns the level of its block.
func (p *parser) put(l level, ph phrase) (level, error) {
	words := texts(ph.words)
	if l.at == p.root && l.words == nil {
		words = lift(words)
	}
	l.inactive = l.inactive || slices.Contains(ph.tags, "inactive:")
	pos := place.Pos{File: p.file, Line: ph.line}
	for !whole(l.at.word()) && len(words) > 0 {
		c := l.at.child(words[0])
		if c == nil {
			c = &item{words: words[:1:1], pos: pos}
			l.at.insert(c, l.at.last)
		}
		l.at, words = c, words[1:]
	}
	l.words = slices.Concat(l.words, words)
	if ph.end == '{' {
		return l, nil
	}
	for _, m := range ph.members {
		c := &item{words: slices.Concat(l.words, texts(m)), pos: pos, inactive: l.inactive}
		l.at.insert(c, l.at.last)
	}
	if !ph.list && len(l.words) > 0 {
		l.at.insert(&item{words: l.words, pos: pos, inactive: l.inactive}, l.at.last)
	} else if !ph.list {
		l.at.inactive = l.inactive
	}
	return l, nil
}

func isTag(word string) bool {
	switch word {
	case "inactive:", "active:", "protect:", "replace:", "delete:", "insert:", "rename:":
		return true
	}
	return false
}

func texts(words []token) []string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = w.text
	}
	return s
}

func (p *parser) at(line int, format string, args ...any) error {
	var ps place.Problems
	ps.Addf(place.Pos{File: p.file, Line: line}, format, args...)
	return ps[0]
}

