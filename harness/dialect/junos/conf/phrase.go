package conf

import "strings"

// phrase is a statement as it is read, before it is known where it goes.
type phrase struct {
	tags    []string
	words   []string
	list    bool
	members [][]string // of a list in brackets at the end
	line    int
	end     byte // ; or { or, without words, } for the end of a block, \n of a line, 0 of the text
}

// phrase reads up to ; or { or the closing brace of the block, the end of the line or of the text.
func (l *lexer) phrase() (phrase, error) {
	ph := phrase{words: make([]string, 0, 4)}
	var policies bool // a policy expression can follow
	var depth int     // of its parentheses
	for {
		tok, err := l.next()
		if err != nil {
			return ph, err
		}
		if ph.line == 0 {
			ph.line = tok.line
		}
		switch {
		case tok.kind == 'w' && ph.list:
			return ph, l.errorf(tok.line, "%q stands behind a list in brackets", tok.text)
		case tok.kind == 'w' && len(ph.words) == 0 && !tok.quoted && tags[tok.text]:
			ph.tags = append(ph.tags, tok.text)
		case tok.kind == 'w' && len(ph.words) == 0 && !tok.quoted && (tok.text == "insert:" || tok.text == "rename:"):
			return ph, l.errorf(tok.line, "%s is not supported: use an %s line", tok.text, strings.TrimSuffix(tok.text, ":"))
		case tok.kind == 'w' && !tok.quoted && (tok.text == "..." || tok.text == "…"):
			return ph, l.errorf(tok.line, "the text is elided here (...): give all of it")
		case tok.kind == 'w':
			if ph.words = split(ph.words, tok, policies, &depth); len(ph.words) > maxPath {
				return ph, l.errorf(ph.line, "a statement of more than %d words begins with %q: is a semicolon missing?", maxPath, ph.words[0])
			}
			policies = policies || expressions[tok.text]
		case tok.kind == '[':
			if len(ph.words) == 0 || ph.list {
				return ph, l.errorf(tok.line, "a list in brackets without a keyword before it")
			}
			ph.list = true
			if ph.members, err = l.list(tok.line, policies); err != nil {
				return ph, err
			}
		case tok.kind == ']':
			return ph, l.errorf(tok.line, "a closing bracket without an opening one")
		default:
			ph.end = tok.kind
			if len(ph.words) == 0 && len(ph.tags) == 0 {
				ph.line = tok.line
			}
			return ph, l.ended(ph, policies, depth)
		}
	}
}

// tags stand before a statement (CLI User Guide, "Load Configuration Files"; "Deactivate and
// Reactivate Statements"; "Protect the Configuration").
var tags = set("inactive:", "active:", "protect:", "replace:", "delete:")

// ended says what is wrong with how a phrase ends.
func (l *lexer) ended(ph phrase, policies bool, depth int) error {
	switch {
	case depth != 0:
		return l.errorf(ph.line, "the parentheses of a policy expression do not match")
	case l.lines && (ph.end == '\n' || ph.end == 0):
		return nil
	case l.lines:
		return l.errorf(ph.line, "%q in a set line", ph.end)
	case (ph.end == '}' || ph.end == 0) && len(ph.words)+len(ph.tags) > 0:
		return l.errorf(ph.line, "the statement %q does not end: a semicolon is missing", join(ph.words, policies))
	case ph.end == ';' && len(ph.words) == 0:
		return l.errorf(ph.line, "a semicolon without a statement")
	case ph.end == '{' && (len(ph.words) == 0 || ph.list):
		return l.errorf(ph.line, "a block without a name")
	}
	return nil
}

// list reads the members of a list up to its closing bracket. A policy expression is one member.
func (l *lexer) list(line int, policies bool) ([][]string, error) {
	var words []string
	var depth int
	for {
		tok, err := l.next()
		switch {
		case err != nil:
			return nil, err
		case tok.kind == ']' && depth != 0:
			return nil, l.errorf(line, "the parentheses of a policy expression do not match")
		case tok.kind == ']':
			return members(words, policies), nil
		case tok.kind != 'w':
			return nil, l.errorf(line, "a list in brackets begins here and does not end")
		}
		if words = split(words, tok, policies, &depth); len(words) > maxStatements {
			return nil, l.errorf(line, "more than %d statements", maxStatements)
		}
	}
}

// members groups the words of a list: one each, or, among policies, one expression each.
func members(words []string, policies bool) [][]string {
	var out [][]string
	depth, open := 0, false // open: an operator waits for its operand
	for i, w := range words {
		binary := policies && (w == "&&" || w == "||")
		if !policies || depth == 0 && !open && !binary || len(out) == 0 {
			out = append(out, words[i:i:len(words)])
		}
		n := len(out) - 1
		out[n] = append(out[n], w)
		open = binary || policies && w == "!"
		switch {
		case policies && w == "(":
			depth++
		case policies && w == ")":
			depth--
		}
	}
	for i := range out {
		out[i] = out[i][:len(out[i]):len(out[i])]
	}
	return out
}

// split appends a word; a bare word of a policy expression is cut into ( ) ! && || and names. Depth is
// that of the parentheses, and stays negative once it is.
func split(words []string, tok token, policies bool, depth *int) []string {
	if !policies || tok.quoted || !strings.ContainsAny(tok.text, "()!&|") {
		return append(words, tok.text)
	}
	for rest := tok.text; rest != ""; {
		n := strings.IndexAny(rest, "()!&|")
		switch {
		case n < 0:
			n = len(rest)
		case strings.HasPrefix(rest, "&&"), strings.HasPrefix(rest, "||"):
			n = 2
		case n == 0:
			n = 1
		}
		words = append(words, rest[:n])
		*depth = nested(*depth, rest[:n])
		rest = rest[n:]
	}
	return words
}

// nested returns the depth of parentheses behind a word.
func nested(depth int, word string) int {
	switch {
	case depth < 0:
	case word == "(":
		depth++
	case word == ")":
		depth--
	}
	return depth
}

func balanced(words []string) bool {
	depth := 0
	for _, w := range words {
		depth = nested(depth, w)
	}
	return depth == 0
}
