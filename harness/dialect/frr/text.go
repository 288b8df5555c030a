package frr

import (
	"bytes"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Text is a configuration line by line, each with the place where somebody wrote it. It is never changed: patches make another.
type Text struct {
	File string // what messages call it
	rows []row
}

// row is a line of a text.
type row struct {
	text    string
	pos     place.Pos
	typed   bool // into a router that runs what stands before it
	barrier bool // an end that nobody wrote: what follows is typed at the top
}

// Parse splits a configuration into lines. Any text is one.
func Parse(file string, text []byte) *Text {
	return &Text{File: file, rows: rowsOf(file, text, false)}
}

func rowsOf(file string, text []byte, typed bool) []row {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	out := make([]row, 0, bytes.Count(text, []byte("\n"))+1)
	all := string(text)
	for n := 1; all != ""; n++ {
		var l string
		l, all, _ = strings.Cut(all, "\n")
		out = append(out, row{text: strings.TrimSuffix(l, "\r"), pos: place.Pos{File: file, Line: n}, typed: typed})
	}
	return out
}

// Bytes returns the text. What was typed stands behind the rest, in an order that bgpd takes.
func (t *Text) Bytes() []byte {
	var b bytes.Buffer
	for _, x := range t.rows {
		if !x.barrier {
			b.WriteString(x.text)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// lines returns the commands. Empty lines and comments, which begin with ! or #, are left out.
func (t *Text) lines() []line {
	out := make([]line, 0, len(t.rows))
	words := make([]string, 0, 5*len(t.rows))
	for _, x := range t.rows {
		first := len(words)
		words = appendFields(words, x.text)
		l := line{pos: x.pos, typed: x.typed, indented: x.text != "" && (x.text[0] == ' ' || x.text[0] == '\t'), words: words[first:len(words):len(words)]}
		if len(l.words) == 0 || l.words[0][0] == '!' || l.words[0][0] == '#' {
			continue
		}
		if l.words[0] == "no" && len(l.words) > 1 {
			l.no, l.words = true, l.words[1:]
		}
		out = append(out, l)
	}
	return out
}

// appendFields appends what strings.Fields makes of a line.
func appendFields(to []string, text string) []string {
	for f := range strings.FieldsSeq(text) {
		to = append(to, f)
	}
	return to
}
