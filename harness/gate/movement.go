package gate

import (
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Movement is how the routes that a router advertises over one session differ between two moments.
type Movement struct {
	Node, Peer    string
	Before, After int            // routes advertised
	Withdrawn     []policy.Route // as they were, by prefix
	Added         []policy.Route // by prefix
	Changed       []Attributes   // by prefix
}

// Attributes is one advertised route before and after.
type Attributes struct{ Before, After policy.Route }

// Movements returns the sessions over which anything moved, in the snapshots' order.
func Movements(before, after *observe.Snapshot) []Movement {
	return movements(before, after, func(s observe.Session) Movement { return Movement{Node: s.Node, Peer: s.Peer} },
		func(s observe.Session) []policy.Route { return s.Sent })
}

// intakes is Movements as the receivers see it, their import policies included.
func intakes(before, after *observe.Snapshot) []Movement {
	return movements(before, after, func(s observe.Session) Movement { return Movement{Node: s.Peer, Peer: s.Node} },
		func(s observe.Session) []policy.Route { return s.Received })
}

func movements(before, after *observe.Snapshot, name func(observe.Session) Movement, routes func(observe.Session) []policy.Route) []Movement {
	old := make(map[string][]policy.Route, len(before.Sessions))
	for _, s := range before.Sessions {
		old[s.Name()] = routes(s)
	}
	var out []Movement
	for _, s := range after.Sessions {
		m := name(s)
		m.Before, m.After = len(old[s.Name()]), len(routes(s))
		m.merge(old[s.Name()], routes(s))
		if len(m.Withdrawn)+len(m.Added)+len(m.Changed) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// merge walks two lists of routes that are ordered by prefix.
func (m *Movement) merge(a, b []policy.Route) {
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = observe.ComparePrefix(a[0].Prefix, b[0].Prefix)
		}
		switch {
		case order < 0:
			m.Withdrawn, a = append(m.Withdrawn, a[0]), a[1:]
		case order > 0:
			m.Added, b = append(m.Added, b[0]), b[1:]
		default:
			if !a[0].SameAttributes(b[0]) {
				m.Changed = append(m.Changed, Attributes{a[0], b[0]})
			}
			a, b = a[1:], b[1:]
		}
	}
}
