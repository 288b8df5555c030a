package conf

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// line is a statement of "show | compare".
type line struct {
	phrase
	mark  byte // + - ! or 0
	block []line
	shown bool // there is a block and it is not elided
}

// compare reads the output of "show | compare". Marks are those of the lines.
func (p *Patch) compare(text string, marks []byte) error {
	d := differ{Patch: p, lexer: lexer{file: p.File, text: text, line: 1}, marks: marks}
	var path []string
	var lines []line
	headed := false
	for {
		at, ok, err := d.header()
		if err != nil {
			return err
		}
		if ok {
			d.hunk(path, lines)
			path, lines, headed = at, nil, true
			continue
		}
		l, end, err := d.statement(0, 0)
		switch {
		case err != nil:
			return err
		case end == 0:
			d.hunk(path, lines)
			return d.problems.Err()
		case end == '}':
			return d.errorf(l.line, "a closing brace without an opening one")
		case !headed:
			return d.errorf(l.line, "an [edit ...] header must come before %q", join(l.words, false))
		}
		lines = append(lines, l)
	}
}

// differ reads "show | compare" and collects its edits.
type differ struct {
	*Patch
	lexer
	marks    []byte
	problems place.Problems
}

// statement reads one statement with its block. End is what it ended with.
func (d *differ) statement(outer byte, depth int) (l line, end byte, err error) {
	if l.phrase, err = d.phrase(); err != nil {
		return l, 0, err
	}
	if l.end == '}' || l.end == 0 {
		return l, l.end, nil
	}
	l.mark = d.marks[l.phrase.line]
	if (outer == '+' || outer == '-') && l.mark != outer {
		return l, 0, d.errorf(l.phrase.line, "a line inside a block marked %q is not marked so", outer)
	}
	if l.end != '{' {
		return l, l.end, nil
	}
	if depth+1 > maxDepth {
		return l, 0, d.errorf(l.phrase.line, "braces nested deeper than %d", maxDepth)
	}
	start := d.lexer
	tok, err := d.next()
	if err != nil {
		return l, 0, err
	}
	if tok.kind == 'w' && (tok.text == "..." || tok.text == "…") {
		if tok, err = d.next(); err == nil && tok.kind != '}' {
			err = d.errorf(tok.line, "{ ... } is not closed")
		}
		if l.mark == '+' {
			err = d.errorf(tok.line, "what is added to %q is elided: give all of it", join(l.words, false))
		}
		return l, '{', err
	}
	d.lexer = start
	l.shown = true
	for {
		inner, end, err := d.statement(l.mark, depth+1)
		switch {
		case err != nil:
			return l, 0, err
		case end == '}':
			return l, '{', nil
		case end == 0:
			return l, 0, d.errorf(inner.phrase.line, "the text ends inside a block")
		}
		l.block = append(l.block, inner)
	}
}

// hunk turns the lines below a header into edits. Above the named objects of a configuration every line
// is an edit of its own, as the order of objects means nothing; below, the lines stay together.
func (d *differ) hunk(path []string, lines []line) {
	if !shallow(path) {
		if slices.ContainsFunc(lines, line.changes) {
			pos := place.Pos{File: d.File, Line: lines[0].phrase.line}
			d.edits = append(d.edits, edit{verb: "compare", pos: pos, path: path, lines: lines})
		}
		return
	}
	for _, l := range lines {
		if len(path) == 0 {
			l.words = lift(l.words)
		}
		pos := place.Pos{File: d.File, Line: l.phrase.line}
		at := slices.Concat(path, l.words)
		switch {
		case l.mark == '+':
			d.edits = append(d.edits, l.sets(path, d.File)...)
		case l.mark == '-':
			d.edits = append(d.edits, l.deletes(path, d.File)...)
		case l.mark == '!' && toggle(l.tags) != "":
			d.edits = append(d.edits, edit{verb: toggle(l.tags), pos: pos, path: at})
		default:
			d.hunk(at, l.block)
		}
	}
}

// changes reports whether the line or one in its block is marked.
func (l line) changes() bool { return l.mark != 0 || slices.ContainsFunc(l.block, line.changes) }

func toggle(tags []string) string {
	switch {
	case slices.Contains(tags, "inactive:"):
		return "deactivate"
	case slices.Contains(tags, "active:"):
		return "activate"
	case slices.Contains(tags, "protect:"):
		return "protect"
	}
	return ""
}

// sets returns the set edits of a line marked + below path.
func (l line) sets(path []string, file string) []edit {
	pos := place.Pos{File: file, Line: l.phrase.line}
	at := slices.Concat(path, l.words)
	var edits []edit
	if len(l.block) == 0 || len(l.tags) > 0 {
		for _, m := range l.listed(at) {
			edits = append(edits, edit{verb: "set", pos: pos, path: m, tags: l.tags})
		}
	}
	for _, b := range l.block {
		edits = append(edits, b.sets(at, file)...)
	}
	return edits
}

// deletes returns the delete edits of a line marked - below path.
func (l line) deletes(path []string, file string) []edit {
	pos := place.Pos{File: file, Line: l.phrase.line}
	at := slices.Concat(path, l.words)
	var edits []edit
	for _, m := range l.listed(at) {
		edits = append(edits, edit{verb: "delete", pos: pos, path: m})
	}
	if l.shown {
		edits[0].shown = l.leaves(path)
	}
	return edits
}

// leaves returns the full paths of the statements of a line and its block.
func (l line) leaves(path []string) [][]string {
	at := slices.Concat(path, l.words)
	if len(l.block) == 0 {
		return l.listed(at)
	}
	var all [][]string
	for _, b := range l.block {
		all = append(all, b.leaves(at)...)
	}
	return all
}
