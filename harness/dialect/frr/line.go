package frr

import (
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// line is one command of a configuration.
type line struct {
	pos      place.Pos
	words    []string // without a leading no
	no       bool
	indented bool
	typed    bool // into a router that runs what stands before it
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

// leaves reports whether the command does nothing but leave a section.
func (l line) leaves() bool {
	w := l.word(0)
	return len(l.words) == 1 && !l.no && (w == "exit" || w == "quit" || w == "end" || strings.HasPrefix(w, "exit-"))
}
