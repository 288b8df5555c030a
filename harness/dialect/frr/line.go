package frr

import (
	"bytes"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// line is one command of a configuration.
type line struct {
	pos      place.Pos
	words    []string // without a leading no
	no       bool
	indented bool
}

// is reports whether the line begins with these words.
func (l line) is(words ...string) bool {
	if len(l.words) < len(words) {
		return false
	}
	for i, w := range words {
		if l.words[i] != w {
			return false
		}
	}
	return true
}

// from returns the words from i on; none if there are not so many.
func (l line) from(i int) []string {
	return l.words[min(i, len(l.words)):]
}

// word returns word i, "" if there are not so many.
func (l line) word(i int) string {
	if i < len(l.words) {
		return l.words[i]
	}
	return ""
}

// text returns the command as FRR would write it.
func (l line) text() string {
	out := strings.Join(l.words, " ")
	if l.no {
		out = "no " + out
	}
	return out
}

// lines splits a configuration into its commands. Empty lines and comments, which begin with ! or #, are left out.
func lines(file string, text []byte) []line {
	out := make([]line, 0, bytes.Count(text, []byte("\n"))+1)
	for n := 1; len(text) > 0; n++ {
		row := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			row, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		l := line{pos: place.Pos{File: file, Line: n}, indented: len(row) > 0 && (row[0] == ' ' || row[0] == '\t')}
		row = bytes.TrimSpace(row)
		if len(row) == 0 || row[0] == '!' || row[0] == '#' {
			continue
		}
		l.words = strings.Fields(string(row))
		if l.words[0] == "no" && len(l.words) > 1 {
			l.no, l.words = true, l.words[1:]
		}
		out = append(out, l)
	}
	return out
}
