package conf

import (
	"bytes"
	"strings"
)

// Text returns the configuration in the curly-brace form. Parse of it gives an equal configuration.
func (c *Config) Text() []byte {
	var w writer
	for it := c.root.first; it != nil; it = it.next {
		w.item(it, "", 0)
	}
	return w.Bytes()
}

type writer struct{ bytes.Buffer }

// item writes a statement behind the words before, which stand on the same line.
func (w *writer) item(it *item, before string, indent int) {
	words := before + it.text()
	if it.parent.parent == nil && (verbs[words] || passed[words] || strings.ContainsAny(words[len(words)-1:], ">#%")) {
		words = `"` + words + `"` // neither the beginning of a set line nor a prompt
	}
	switch {
	case it.n > 0 && naming[it.word()] && !it.name && !it.flagged():
		for c := it.first; c != nil; c = c.next {
			w.item(c, words+" ", indent)
		}
	case it.n == 1 && it.first.n == 0 && !it.flagged() && !it.first.flagged() && !it.name:
		w.item(it.first, words+" ", indent)
	case it.n == 0:
		w.line(it, words, indent, ";")
	default:
		w.line(it, words, indent, " {")
		for c := it.first; c != nil; c = c.next {
			w.item(c, "", indent+1)
		}
		w.WriteString(strings.Repeat("    ", indent) + "}\n")
	}
}

func (it *item) flagged() bool { return it.inactive || it.protect || it.tag != "" }

func (w *writer) line(it *item, words string, indent int, end string) {
	w.WriteString(strings.Repeat("    ", indent))
	for _, t := range []struct {
		set bool
		tag string
	}{{it.tag != "", it.tag}, {it.inactive, "inactive:"}, {it.protect, "protect:"}} {
		if t.set {
			w.WriteString(t.tag + " ")
		}
	}
	w.WriteString(words)
	w.WriteString(end + "\n")
}

// text returns the words of it as Parse reads them below its parent.
func (it *item) text() string {
	return join(it.words, it.parent.whole && expressions[it.parent.word()])
}

// join returns words as one would type them, quoted where needed. Among policies the operators of an
// expression are bare, as they are behind a keyword that policies follow.
func join(words []string, policies bool) string {
	var b strings.Builder
	bare := policies && balanced(words)
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if bare && (w == "(" || w == ")" || w == "!" || w == "&&" || w == "||") {
			b.WriteString(w)
		} else {
			b.WriteString(quote(w))
		}
		if !policies && expressions[w] {
			policies, bare = true, balanced(words[i+1:])
		}
	}
	return b.String()
}

// quote returns a word as Parse reads it.
func quote(w string) string {
	bare := w != "" && w != "..." && w != "…" && !tags[w] && w != "insert:" && w != "rename:" && !strings.HasPrefix(w, "/*")
	for _, r := range w {
		bare = bare && r > ' ' && r != 0x7f && r != 0xa0 && !strings.ContainsRune(`{}[];"#()!&|\`, r)
	}
	if bare {
		return w
	}
	return `"` + escape.Replace(w) + `"`
}
