package conf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/closlab/closlab/harness/place"
)

// token is a word or one of { } [ ] ; of configuration text. Kind is that character, 'w' for a
// word, '\n' for the end of a line (asked for by lexer.lines) and 0 for the end of the text.
type token struct {
	kind   byte
	quoted bool
	text   string
	line   int
}

// lexer cuts configuration text into tokens and passes over comments: from # to the end of the
// line, and from /* to */, both only where a word could begin, since a wildcard such as
// <ge-0/0/*> holds the same characters.
type lexer struct {
	file  string
	text  string
	at    int
	line  int
	lines bool // the end of a line is a token
}

// checked returns text as a string, or what makes it no configuration text at all.
func checked(file string, text []byte) (string, error) {
	pos := place.Pos{File: file}
	if len(text) > maxBytes {
		return "", place.Problem{Pos: pos, Text: "larger than 16 MiB: not read"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.Count(text, []byte(";")) > maxStatements || bytes.Count(text, []byte("\nset ")) > maxStatements {
		return "", place.Problem{Pos: pos, Text: fmt.Sprintf("more than %d statements: not read", maxStatements)}
	}
	if bytes.Count(text, []byte("term ")) > maxTerms {
		return "", place.Problem{Pos: pos, Text: fmt.Sprintf("more than %d lines with terms: not read", maxTerms)}
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		pos.Line = 1 + bytes.Count(text[:i], []byte("\n"))
		return "", place.Problem{Pos: pos, Text: "a NUL byte: this is not configuration text"}
	}
	if s := string(text); utf8.ValidString(s) {
		return s, nil
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			pos.Line = i + 1
			break
		}
	}
	return "", place.Problem{Pos: pos, Text: "not UTF-8: this is not configuration text"}
}

// next returns the next token, or an error for a string or comment that never ends.
func (l *lexer) next() (token, error) {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch c := rest[0]; {
		case c == '\n':
			l.at++
			l.line++
			if l.lines {
				return token{kind: '\n', line: l.line - 1}, nil
			}
		case space(rest) > 0:
			l.at += space(rest)
		case c == '#':
			l.at += lineLen(rest)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return token{}, l.problem("a comment begins here and never ends")
			}
			l.line += strings.Count(rest[:end+4], "\n")
			l.at += end + 4
		case strings.IndexByte("{}[];", c) >= 0:
			l.at++
			return token{kind: c, text: rest[:1], line: l.line}, nil
		case c == '"':
			return l.quoted(rest)
		default:
			n := wordLen(rest)
			l.at += n
			return token{kind: 'w', text: rest[:n], line: l.line}, nil
		}
	}
	return token{line: l.line}, nil
}

// quoted reads a string in double quotes. Of the escapes \" \\ \n \t are resolved; any other
// backslash stays, as regular expressions need it.
func (l *lexer) quoted(rest string) (token, error) {
	tok := token{kind: 'w', quoted: true, line: l.line}
	end := 1
	for ; end < len(rest) && rest[end] != '"'; end++ {
		if rest[end] == '\\' {
			end++
		}
	}
	if end >= len(rest) {
		return token{}, l.problem("a quoted string begins here and never ends")
	}
	tok.text = rest[1:end]
	l.line += strings.Count(tok.text, "\n")
	l.at += end + 1
	if strings.IndexByte(tok.text, '\\') >= 0 {
		tok.text = unescape.Replace(tok.text)
	}
	return tok, nil
}

var (
	unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\t`, "\t")
	escape   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)
)

// space returns the length of the white space character that s begins with, or 0. A no-break
// space counts: text copied from web pages is full of them.
func space(s string) int {
	switch {
	case s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\v' || s[0] == '\f':
		return 1
	case strings.HasPrefix(s, "\u00a0"):
		return 2
	}
	return 0
}

// wordLen returns the length of the bare word that s begins with. A wildcard <...> may hold brackets.
func wordLen(s string) int {
	from := 1
	if s[0] == '<' {
		if end := strings.IndexAny(s, "> \t\n;{}\""); end > 0 && s[end] == '>' {
			from = end + 1
		}
	}
	for i := from; i < len(s); i++ {
		if s[i] <= ' ' || strings.IndexByte("{}[];\"", s[i]) >= 0 || space(s[i:]) > 0 {
			return i
		}
	}
	return len(s)
}

func lineLen(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

func (l *lexer) problem(text string) error {
	return place.Problem{Pos: place.Pos{File: l.file, Line: l.line}, Text: text}
}
