package stage

import (
	"net/netip"
	"slices"
)

// Rounds divides witnesses into few lists such that those of one list can be on the stage together: a table holds one own route to a
// prefix, and what a router has of its own hides what its neighbours send.
func Rounds(ws []*Witness) [][]*Witness {
	type slot struct {
		router string
		prefix netip.Prefix
	}
	var rounds [][]*Witness
	var taken []map[slot][]*Witness
	for _, w := range ws {
		at := slot{w.Session.Node, w.Route.Prefix}
		i := slices.IndexFunc(taken, func(t map[slot][]*Witness) bool { return !slices.ContainsFunc(t[at], w.excludes) })
		if i < 0 {
			i = len(rounds)
			rounds, taken = append(rounds, nil), append(taken, map[slot][]*Witness{})
		}
		rounds[i] = append(rounds[i], w)
		taken[i][at] = append(taken[i][at], w)
	}
	return rounds
}

// excludes reports whether another witness of the same router and prefix cannot be on the stage together with w.
func (w *Witness) excludes(o *Witness) bool {
	if w.Direction != o.Direction {
		return true
	}
	node, r := w.Place()
	other, s := o.Place()
	return node == other && !(r.SameAttributes(s) && r.Protocol == s.Protocol)
}
