package frr

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Diff is the part of a unified diff, as diff -u and git diff print it, that is about one file.
type Diff struct {
	Pos   place.Pos
	Old   string // names of the file, as the diff gives them, without a/ and b/; "" if it gives none
	New   string
	hunks []hunk
}

// hunk is a run of lines that change, with those around it.
type hunk struct {
	pos   place.Pos
	old   int // where it begins in the old text, from 1; 0 in an empty one
	lines []diffLine
}

// diffLine is a line of a hunk: kept, taken away or added.
type diffLine struct {
	kind byte // ' ', '-' or '+'
	text string
	pos  place.Pos
}

// IsDiff reports whether a text looks like a unified diff.
func IsDiff(text []byte) bool {
	return bytes.HasPrefix(text, []byte("@@ -")) || bytes.Contains(text, []byte("\n@@ -"))
}

// ParseDiff reads a unified diff of any number of files. The error is a place.Problems.
func ParseDiff(file string, text []byte) ([]*Diff, error) {
	r := diffReader{rows: rowsOf(file, text, false)}
	for r.at < len(r.rows) {
		r.row()
	}
	if len(r.out) == 0 && len(r.problems) == 0 {
		r.problems.Addf(place.Pos{File: file}, "a diff without hunks: want what git diff prints")
	}
	return r.out, r.problems.Err()
}

// diffReader collects Diffs.
type diffReader struct {
	rows     []row
	at       int
	now      *Diff // nil before a file is named
	out      []*Diff
	problems place.Problems
}

// row reads a line between hunks, or a hunk.
func (r *diffReader) row() {
	x := r.rows[r.at]
	r.at++
	switch first, rest, _ := strings.Cut(x.text, " "); {
	case first == "diff" || first == "Index:":
		r.now = nil
	case first == "---" && r.at < len(r.rows) && strings.HasPrefix(r.rows[r.at].text, "+++ "):
		r.now = &Diff{Pos: x.pos, Old: fileName(rest), New: fileName(r.rows[r.at].text[4:])}
		r.at++
		if r.now.Old == "" || r.now.New == "" {
			r.problems.Addf(x.pos, "a file that comes or goes: closlab judges changes of the texts that the baseline has")
		}
	case first == "rename", first == "copy", first == "GIT", first == "Binary":
		r.problems.Addf(x.pos, "%s: want changed lines of a text", shown(x.text))
	case first == "@@":
		r.hunk(x, rest)
	}
}

// fileName returns the name in a --- or +++ line: without what git puts before it and the time that diff puts behind it; "" for /dev/null.
func fileName(text string) string {
	text, _, _ = strings.Cut(text, "\t")
	if text = strings.Trim(strings.TrimSpace(text), `"`); text == "/dev/null" {
		return ""
	}
	for _, side := range []string{"a/", "b/"} {
		text = strings.TrimPrefix(text, side)
	}
	return path.Clean(text)
}

// hunk reads a hunk, whose header says "-OLD,COUNT +NEW,COUNT @@ …".
func (r *diffReader) hunk(x row, header string) {
	words := strings.Fields(header)
	if len(words) < 3 || words[2] != "@@" || words[0][0] != '-' || words[1][0] != '+' {
		r.problems.Addf(x.pos, "%s: want @@ -LINE,COUNT +LINE,COUNT @@", shown(x.text))
		return
	}
	old, oldCount, ok1 := span(words[0][1:])
	_, newCount, ok2 := span(words[1][1:])
	if !ok1 || !ok2 {
		r.problems.Addf(x.pos, "%s: want @@ -LINE,COUNT +LINE,COUNT @@", shown(x.text))
		return
	}
	h := hunk{pos: x.pos, old: old}
	for ; (oldCount > 0 || newCount > 0) && r.at < len(r.rows); r.at++ {
		l := r.rows[r.at]
		kind, text := byte(' '), l.text
		if text != "" { // a line that lost its blank is an empty one
			kind, text = text[0], text[1:]
		}
		switch kind {
		case ' ', '-', '+':
		case '\\': // no newline at the end of the file
			continue
		default:
			r.problems.Addf(l.pos, "%s: a line of a hunk begins with a blank, - or +; the header at %s promises %d more lines of before and %d of after", shown(l.text), x.pos, oldCount, newCount)
			return
		}
		if kind != '+' {
			oldCount--
		}
		if kind != '-' {
			newCount--
		}
		h.lines = append(h.lines, diffLine{kind, text, l.pos})
	}
	if oldCount != 0 || newCount != 0 {
		r.problems.Addf(x.pos, "%s: the hunk does not have the lines that its header says: the diff is cut off or was edited", shown(x.text))
		return
	}
	if r.now == nil {
		r.now = &Diff{Pos: x.pos}
	}
	if len(r.now.hunks) == 0 {
		r.out = append(r.out, r.now)
	}
	r.now.hunks = append(r.now.hunks, h)
}

// span reads LINE or LINE,COUNT.
func span(text string) (line, count int, ok bool) {
	first, second, both := strings.Cut(text, ",")
	line, err := strconv.Atoi(first)
	count = 1
	if both && err == nil {
		count, err = strconv.Atoi(second)
	}
	return line, count, err == nil && line >= 0 && count >= 0
}
