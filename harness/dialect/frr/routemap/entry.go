package routemap

import (
	"fmt"
	"strings"
)

// label is a place in a route-map that a route can jump forward to.
type label int

const (
	through label = iota // no jump: the next entry
	accept               // the end of the program, where routes are accepted
	reject               // the last entry
	done                 // out of the route-map, permitted
	firstLabel
)

// entry is one entry of a route-map. A route that meets all conditions has the actions done to it and goes on at the label.
type entry struct {
	deny  bool
	about string // the policy and term it is made from, for people
	match []string
	set   []string
	to    label
}

// emit writes an entry. Nothing is written where no route gets to.
func (g *generator) emit(e entry) {
	if g.dead || g.full {
		return
	}
	if len(g.out) == maxEntries {
		g.full = true
		g.refuse("its chain needs more than %d entries of a route-map", maxEntries)
		return
	}
	if e.to == reject && len(e.set) == 0 {
		e.deny, e.to = true, through
	}
	if g.term != nil {
		e.about = g.policy.Name + " " + g.term.Label()
	}
	g.out = append(g.out, e)
	g.dead = len(e.match) == 0 && (e.deny || e.to != through)
	if e.to != through && e.to != done {
		g.pending = append(g.pending, e.to)
	}
}

// maxEntries is how many entries a route-map may have: sequence numbers have 16 bits.
const maxEntries = 60_000

// jump sends the routes that meet the condition to the label.
func (g *generator) jump(match string, to label) { g.emit(entry{match: []string{match}, to: to}) }

// always sends all routes to the label.
func (g *generator) always(to label) { g.emit(entry{to: to}) }

// place makes the next entry the one that jumps to the label lead to.
func (g *generator) place(l label) {
	if n := len(g.out) - 1; n >= 0 && g.dead && g.out[n].to == l && len(g.out[n].match)+len(g.out[n].set) == 0 && !g.landed(n) {
		g.out, g.dead = g.out[:n], false // the jump leads right here
	}
	for _, p := range g.pending {
		g.dead = g.dead && p != l
	}
	g.places[l] = len(g.out)
}

// landed reports whether a jump leads to an entry.
func (g *generator) landed(at int) bool {
	for _, i := range g.places {
		if i == at {
			return true
		}
	}
	return false
}

// lines returns the entries of a route-map of that name.
func (g *generator) lines(name string) []string {
	var out []string
	for i, e := range g.out {
		kind := "permit"
		if e.deny {
			kind = "deny"
		}
		out = append(out, fmt.Sprintf("route-map %s %s %d", name, kind, i+1))
		if e.about != "" {
			out = append(out, " description "+plain(e.about, 80))
		}
		for _, m := range e.match {
			out = append(out, " match "+m)
		}
		for _, s := range e.set {
			out = append(out, " set "+s)
		}
		switch at := g.places[e.to]; {
		case e.to == through && !e.deny, e.to > done && at == i+1, e.to == accept && at == i+1:
			out = append(out, " on-match next")
		case e.to != through && e.to != done:
			out = append(out, fmt.Sprintf(" on-match goto %d", at+1))
		}
		out = append(out, "exit")
	}
	return out
}

// plain returns text of a user's as FRR can hold it: printable ASCII without what begins a comment or asks for help, at most so long.
func plain(text string, longest int) string {
	text = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-_. ", r) {
			return r
		}
		return '_'
	}, text)
	return strings.Join(strings.Fields(text[:min(len(text), longest)]), " ")
}
