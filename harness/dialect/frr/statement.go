package frr

import (
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Statement is one command and the section that it stands in: "route-map OUT 10 set metric 5", "router bgp ipv4 unicast neighbor …".
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Statements returns all commands of a configuration in order, without comments, and without those that do no more than open a section again.
func (t *Text) Statements() []Statement {
	r := newReader()
	opened := map[string]bool{}
	var out []Statement
	for _, l := range t.lines() {
		r.line(l)
		words := l.words
		if l.no {
			words = append([]string{"no"}, words...)
		}
		opens := !l.no
		switch {
		case r.at == inRouteMap && l.is("route-map"):
			words = append([]string{"route-map", l.word(1), l.word(3)}, l.word(2))
		case r.at == inRouteMap:
			words, opens = append([]string{"route-map", r.in.Name, strconv.Itoa(r.entry.seq)}, words...), false
		case (r.at == inBGP || r.at == inBGPSection) && !l.is("router"), r.at == inFamily && l.is("address-family"):
			words = append([]string{"router", "bgp"}, words...)
			opens = r.at == inFamily
		case r.at == inFamily:
			words, opens = append([]string{"router", "bgp", r.cfg.bgp.now.String()}, words...), false
		default:
			opens = opens && r.at == inBGP
		}
		key := strings.Join(words, " ")
		if !l.leaves() && !(opens && opened[key]) {
			out = append(out, Statement{words, l.pos})
		}
		opened[key] = opened[key] || opens
	}
	return out
}
