package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// disagree says aloud that observation and prediction differ.
func (g *gate) disagree(format string, args ...any) {
	g.v.Unknowns = append(g.v.Unknowns, "prediction and observation disagree: "+fmt.Sprintf(format, args...))
}

// differences says what is otherwise than predicted: what crossed sessions, as it was sent and as the receiver's import policy left it, whether
// they are up, and what routers forward by. The runtime's own word for it is not enough: it could be about another moment.
func (g *gate) differences(predicted, seen *observe.Snapshot) []string {
	var out []string
	tell := func(how string, ms []Movement) {
		for _, m := range ms {
			p, was, is := m.first()
			out = append(out, fmt.Sprintf("%s on %s: %s: predicted %s, observed %s", p.Prefix, observe.SessionName(m.Node, m.Peer), how, was, is))
		}
	}
	tell("sent", Movements(seen, predicted))
	tell("received", intakes(seen, predicted))
	for _, f := range check.Same(unrouted(predicted)).Judge(g.base.Fabric, unrouted(seen)) {
		if f.Status != check.OK && len(out) == 0 {
			out = append(out, "otherwise than predicted: "+f.Got)
		}
	}
	return out
}

// unrouted returns a snapshot's sessions and forwarding tables. In a routing table the order of what is not used would differ.
func unrouted(s *observe.Snapshot) *observe.Snapshot {
	out := &observe.Snapshot{Sessions: s.Sessions, Tables: map[string]*observe.Table{}}
	for name, t := range s.Tables {
		if t != nil {
			out.Tables[name] = &observe.Table{FIB: t.FIB}
		}
	}
	return out
}

// first returns the first route that differs, as it is after and before the movement.
func (m *Movement) first() (r policy.Route, after, before string) {
	switch {
	case len(m.Changed) > 0:
		c := m.Changed[0]
		return c.After, c.After.String(), c.Before.String()
	case len(m.Added) > 0:
		return m.Added[0], m.Added[0].String(), "nothing"
	}
	return m.Withdrawn[0], "nothing", m.Withdrawn[0].String()
}

// unpredicted begins what is told of a finding that was observed and not predicted.
const unpredicted = "observed, not predicted: "

// Unpredicted reports whether a finding was observed and not predicted. Its reasons are then its own, and no cause tells them.
func Unpredicted(f check.Finding) bool { return strings.HasPrefix(f.Got, unpredicted) }

// statuses returns for each check which statuses its findings have, in order and each once.
func statuses(fs []check.Finding) map[string]string {
	lists := map[string][]string{}
	for _, f := range fs {
		lists[f.Check] = append(lists[f.Check], f.Status.String())
	}
	out := map[string]string{}
	for name, list := range lists {
		slices.Sort(list)
		out[name] = strings.Join(slices.Compact(list), " and ")
	}
	return out
}
