package conf

import (
	"regexp"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Patch is a change to configurations, as a list of edits.
type Patch struct {
	File  string
	edits []edit
}

// edit is one change below one object. What the fields mean depends on the verb.
type edit struct {
	verb string // set, delete, deactivate, activate, protect, unprotect, insert, rename, copy, replace, compare
	pos  place.Pos
	path []string // what is edited, full path

	other  []string   // insert: the sibling; rename, copy: the new path
	before bool       // insert
	tags   []string   // set: the tags before the statement
	loose  bool       // delete: need not be there
	shown  [][]string // delete: the statements below path that the patch shows as going; nil if it shows none
	lines  []line     // compare: the lines below the header path
}

// ParsePatch reads a change in one of three forms.
//
// Lines of the configuration mode: set, delete, insert, rename, copy, deactivate, activate, protect
// and unprotect, with edit, top, up and exit to move about. Prompts, banners ([edit ...]), comments,
// annotate, configure and commit are passed over; any other command is refused by name.
//
// The output of "show | compare": headers [edit ...] and lines marked +, - or !, with unmarked lines
// for context and { ... } for what is elided. A + goes behind the line before it, or before the line
// behind it. A ! marks a sibling out of order, or, before inactive: or active:, one that is switched off or on
// (CLI User Guide, "Compare Configuration Changes with a Prior Version").
//
// A configuration to be loaded: it is merged, what is tagged replace: is exchanged as a whole and what
// is tagged delete: goes (CLI User Guide, "Load Configuration Files").
//
// The error is a place.Problems or a place.Problem.
func ParsePatch(file string, text []byte) (*Patch, error) {
	s, err := checked(file, text)
	if err != nil {
		return nil, err
	}
	p := &Patch{File: file}
	clean, marks := unmark(s)
	switch {
	case marks != nil:
		err = p.compare(clean, marks)
	case strings.HasPrefix(strings.TrimSpace(clean), "[edit") && !commands(clean):
		err = place.Problem{Pos: place.Pos{File: file}, Text: "no line is marked +, - or !: the patch edits nothing"}
	case commands(clean):
		err = p.commands(clean)
	default:
		err = p.load(text)
	}
	if err == nil && len(p.edits) == 0 {
		err = place.Problem{Pos: place.Pos{File: file}, Text: "the patch edits nothing"}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

var (
	prompt = regexp.MustCompile(`^(\{[a-z]+(:[a-z0-9]+)?\})?\s*([\w.-]+@[\w.-]+[>#%])?`)
	marked = regexp.MustCompile(`^[\s\x{a0}]*(\[edit[^\]]*\][\s\x{a0}]*)?[-+!]`)
)

// unmark returns the text without prompts, and, if any line is marked +, - or !, without marks and
// without what was typed at prompts; the marks are then given for each line, from 1.
func unmark(s string) (string, []byte) {
	lines := strings.SplitAfter(s, "\n")
	var marks []byte
	var typed []int
	for i, l := range lines {
		if p := prompt.FindString(l); p != "" {
			l = l[len(p):]
			if strings.Contains(p, "@") {
				typed = append(typed, i)
			}
		}
		if m := marked.FindString(l); m != "" {
			if marks == nil {
				marks = make([]byte, len(lines)+2)
			}
			at := len(m) - 1
			marks[i+1] = l[at]
			l = l[:at] + " " + l[at+1:]
		}
		lines[i] = l
	}
	for _, i := range typed {
		if marks != nil {
			lines[i] = "\n"
		}
	}
	return strings.Join(lines, ""), marks
}

// commands reports whether the text is lines of the configuration mode: whether the first word behind
// banners is a command.
func commands(s string) bool {
	l := lexer{text: s, line: 1}
	depth := 0
	for {
		tok, err := l.next()
		switch {
		case err != nil || tok.kind == 0:
			return false
		case tok.kind == '[':
			depth++
		case tok.kind == ']':
			depth--
		case depth == 0:
			return tok.kind == 'w' && !tok.quoted && (verbs[tok.text] || passed[tok.text])
		}
	}
}

// header reads [edit a b c] if the text goes on with it, and returns its path. It is not read if no
// bracket comes next.
func (l *lexer) header() (path []string, ok bool, err error) {
	start := *l
	for {
		tok, err := l.next()
		switch {
		case err != nil:
			return nil, false, err
		case tok.kind == '\n' && path == nil && !ok:
			continue
		case tok.kind == '[' && !ok:
			ok = true
		case !ok:
			*l = start
			return nil, false, nil
		case tok.kind == 'w' && len(path) <= maxPath:
			path = append(path, tok.text)
		case tok.kind == ']' && len(path) > 0 && path[0] == "edit":
			return lift(path[1:]), true, nil
		default:
			return nil, false, l.errorf(tok.line, "a header [edit ...] is expected here")
		}
	}
}
