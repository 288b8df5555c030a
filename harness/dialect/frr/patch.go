package frr

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Patch returns the text with the diff applied. A hunk goes where it says, or where alone its old lines stand, behind the hunk before it. Lines
// that it adds have their place in the diff. The error is a place.Problem.
func (t *Text) Patch(d *Diff) (*Text, error) {
	p := patcher{text: t}
	out := &Text{File: t.File}
	from := 0 // what of the old text is not copied yet
	for _, h := range d.hunks {
		at, err := p.find(h, from)
		if err != nil {
			return nil, err
		}
		out.rows = append(out.rows, t.rows[from:at]...)
		from = at
		for _, l := range h.lines {
			switch l.kind {
			case ' ':
				out.rows = append(out.rows, t.rows[from])
				from++
			case '-':
				from++
			case '+':
				out.rows = append(out.rows, row{text: l.text, pos: l.pos})
			}
		}
	}
	out.rows = append(out.rows, t.rows[from:]...)
	return out, nil
}

// patcher finds the places of hunks.
type patcher struct {
	text  *Text
	shift int              // how far the last hunk stood from where it said
	index map[string][]int // the rows that say the same; made when a hunk is not where it says
}

// find returns the row at which the hunk's old lines stand.
func (p *patcher) find(h hunk, from int) (int, error) {
	var old []diffLine
	for _, l := range h.lines {
		if l.kind != '+' {
			old = append(old, l)
		}
	}
	if len(old) == 0 { // only additions, without context: behind the row that it names
		at := max(h.old+p.shift, from)
		if at > len(p.text.rows) {
			return 0, place.Problem{Pos: h.pos, Text: "the hunk stands behind the end of " + p.text.File}
		}
		return at, nil
	}
	said := h.old - 1
	if at := said + p.shift; at >= from && p.fits(old, at) < 0 {
		return at, nil
	}
	places := p.places(old, from)
	switch len(places) {
	case 1:
		p.shift = places[0] - said
		return places[0], nil
	case 0:
		return 0, p.misfit(old, max(said+p.shift, from), h)
	}
	var at []string
	for _, i := range places[:min(len(places), 3)] {
		at = append(at, p.text.rows[i].pos.String())
	}
	return 0, place.Problem{Pos: h.pos, Text: "the hunk is not where it says and fits in several places, as at " + strings.Join(at, " and ") + ": give more lines around it"}
}

// fits returns the first of the lines that does not stand there, -1 if all do. Blanks at the end of a line do not count.
func (p *patcher) fits(old []diffLine, at int) int {
	if at < 0 {
		return 0
	}
	for i, l := range old {
		if at+i >= len(p.text.rows) || trimmed(p.text.rows[at+i].text) != trimmed(l.text) {
			return i
		}
	}
	return -1
}

func trimmed(text string) string { return strings.TrimRight(text, " \t\r") }

// places returns all rows at which the lines stand, looking where the rarest of them does. It gives up after a million comparisons.
func (p *patcher) places(old []diffLine, from int) []int {
	if p.index == nil {
		p.index = map[string][]int{}
		for i, x := range p.text.rows {
			p.index[trimmed(x.text)] = append(p.index[trimmed(x.text)], i)
		}
	}
	rarest := 0
	for i := range old {
		if len(p.index[trimmed(old[i].text)]) < len(p.index[trimmed(old[rarest].text)]) {
			rarest = i
		}
	}
	var out []int
	for n, i := range p.index[trimmed(old[rarest].text)] {
		if n > 1_000_000/len(old) {
			return nil
		}
		if at := i - rarest; at >= from && p.fits(old, at) < 0 {
			out = append(out, at)
		}
	}
	return out
}

// misfit says which line is not there.
func (p *patcher) misfit(old []diffLine, at int, h hunk) error {
	i := max(p.fits(old, at), 0)
	if absent := slices.IndexFunc(old, func(l diffLine) bool { return len(p.index[trimmed(l.text)]) == 0 }); absent >= 0 {
		return place.Problem{Pos: old[absent].pos, Text: p.text.File + " has no line \"" + shown(trimmed(old[absent].text)) + "\": the diff is of another text"}
	}
	is := "the end"
	if at+i < len(p.text.rows) {
		is = "\"" + shown(trimmed(p.text.rows[at+i].text)) + "\" at " + p.text.rows[at+i].pos.String()
	}
	return place.Problem{Pos: old[i].pos, Text: "\"" + shown(trimmed(old[i].text)) + "\" does not stand here in " + p.text.File + ", which has " + is + ": the diff is of another text"}
}
