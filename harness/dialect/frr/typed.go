package frr

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Type returns the text with configuration lines behind it as somebody types them in vtysh behind `configure terminal`, on a router that runs the text:
// bgpd does the same whether it reads a line or is told it. The error is a place.Problems: commands that configure nothing, lines that
// FRR does not know, and no lines for what is not there.
func (t *Text) Type(file string, lines []byte) (*Text, error) {
	out := &Text{File: t.File, rows: slices.Clip(t.rows)}
	var problems place.Problems
	left := false
	top := func(pos place.Pos) { out.rows = append(out.rows, row{text: "end", pos: pos, barrier: true}) }
	top(place.Pos{File: file, Line: 1}) // whatever section the text ends in
	for _, x := range rowsOf(file, lines, true) {
		x.text = strings.TrimSpace(x.text)
		words := strings.Fields(x.text)
		switch first := (append(words, ""))[0]; {
		case first == "", first[0] == '!', first[0] == '#', first == "enable":
		case x.text == "end", first == "configure", first == "conf":
			left = x.text == "end"
			top(x.pos)
		case first == "vtysh":
			problems.Addf(x.pos, "%s: want the lines that are typed in vtysh, without vtysh -c", shown(x.text))
		case slices.Contains([]string{"show", "clear", "write", "copy", "ping", "traceroute", "debug", "terminal", "list", "find", "do"}, first):
			problems.Addf(x.pos, "%s: configures nothing: leave it out", shown(x.text))
		case left:
			problems.Addf(x.pos, "%s: FRR does not take this behind end: type configure terminal first", shown(x.text))
		default:
			out.rows = append(out.rows, x)
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	r := newReader()
	for _, l := range out.lines() {
		r.line(l)
	}
	return out, r.typed.Err()
}

// absent records a no line for what is not there: FRR answers that it cannot find it.
func (r *reader) absent(l line, what string) {
	if l.typed {
		r.typed.Addf(l.pos, "%s: there is no %s", shown(l.text()), what)
	}
}

// Stop is what a router runs once a typed line has taken effect and the next has not.
type Stop struct {
	*Text
	Line string // "" for what it runs before the first
	Pos  place.Pos
}

// Stops returns what a router runs on the way to the text: before the first typed line and behind each but the last. There are none if nothing was
// typed. Lines that only leave a section make no stop.
func (t *Text) Stops() []Stop {
	var out []Stop
	for i, x := range t.rows {
		switch at := func(n int) *Text { return &Text{File: t.File, rows: t.rows[:n:n]} }; {
		case x.barrier && len(out) == 0:
			out = append(out, Stop{Text: at(i), Pos: x.pos})
		case x.typed && !strings.HasPrefix(x.text, "exit") && x.text != "quit":
			out = append(out, Stop{Text: at(i + 1), Line: x.text, Pos: x.pos})
		}
	}
	return out[:max(len(out)-1, 0)]
}
