package frr

import (
	"strconv"

	"github.com/closlab/closlab/harness/place"
)

// Statement is one command and the section that it stands in: "route-map OUT 10 set metric 5", "router bgp ipv4 unicast neighbor …".
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Statements returns all commands of a configuration in order, without comments.
func (t *Text) Statements() []Statement {
	r := newReader()
	var out []Statement
	for _, l := range t.lines() {
		r.line(l)
		words := l.words
		if l.no {
			words = append([]string{"no"}, words...)
		}
		var in []string
		switch {
		case r.at == inRouteMap && l.is("route-map"):
			words = append([]string{"route-map", l.word(1), l.word(3)}, l.word(2))
		case r.at == inRouteMap:
			in = []string{"route-map", r.in.Name, strconv.Itoa(r.entry.seq)}
		case (r.at == inBGP || r.at == inBGPSection) && !l.is("router"):
			in = []string{"router", "bgp"}
		case r.at == inFamily && !l.is("address-family"):
			in = []string{"router", "bgp", r.cfg.bgp.now.String()}
		}
		if !l.leaves() {
			out = append(out, Statement{append(in, words...), l.pos})
		}
	}
	return out
}
