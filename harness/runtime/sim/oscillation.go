package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// When a fabric is taken to oscillate: once a node has changed its mind about a prefix more than suspicious
// times since Settle began, the best paths of all nodes to that prefix are recorded with every change. It oscillates if
// one such state has been seen repeats times, or if states have not stopped changing after maxTurns. In a fabric that
// settles a node changes its mind a few times.
const (
	suspicious = 64
	repeats    = 3
	maxTurns   = 4096
)

// Oscillation is the error of a fabric that does not settle: nodes that keep changing their best path to a prefix.
type Oscillation struct {
	Prefix netip.Prefix
	Nodes  []string // whose best path keeps changing, sorted
	Cycle  []Turn   // the changes from one state of all best paths until the same state again; the last ones if none came twice
	Proven bool     // the same state came again
}

// Turn is one change of a best path.
type Turn struct {
	Node string
	Best string // the new best path as people read it; "no route" if there is none
}

// Error names the prefix, the nodes and the cycle.
func (o *Oscillation) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "prefix %s never settles: the best path keeps changing at %s", o.Prefix, strings.Join(o.Nodes, ", "))
	if !o.Proven {
		b.WriteString(" (gave up without seeing the same state again)")
	}
	for _, t := range o.Cycle[:min(len(o.Cycle), 12)] {
		fmt.Fprintf(&b, "\n  %s: %s", t.Node, t.Best)
	}
	if n := len(o.Cycle) - 12; n > 0 {
		fmt.Fprintf(&b, "\n  … and %d changes more", n)
	}
	return b.String()
}

// trace records the changes of the best paths to one prefix.
type trace struct {
	turns []Turn
	seen  map[string][]int // where in turns a state came up
}

// watch counts a change of the node's active route, and records it once that is suspicious.
func (s *Sim) watch(n *node, id int32) {
	count := at(n.flaps, id) + 1
	put(&n.flaps, id, count)
	t := s.traces[id]
	if s.found != nil || t == nil && count <= suspicious {
		return
	}
	if t == nil {
		t = &trace{seen: map[string][]int{}}
		s.traces[id] = t
	}
	best, text := n.best[id], "no route"
	if best.attrs != nil {
		text = describe(n.activeRoute(id, best), best)
	}
	t.turns = append(t.turns, Turn{n.Name, text})
	state := s.state(id)
	t.seen[state] = append(t.seen[state], len(t.turns))
	if at := t.seen[state]; len(at) == repeats {
		s.found = conclude(s.prefixes.list[id], t.turns[at[repeats-2]:], true)
	} else if len(t.turns) == maxTurns {
		s.found = conclude(s.prefixes.list[id], t.turns[maxTurns-64:], false)
	}
}

func describe(r policy.Route, b active) string {
	if b.from == nil {
		return "its own route"
	}
	return fmt.Sprintf("from %s, as path %s, local preference %d", b.from.Peer, strings.Trim(fmt.Sprint(r.ASPath), "[]"), r.LocalPref)
}

// state returns the best paths of all nodes to a prefix as a key.
func (s *Sim) state(id int32) string {
	var key []byte
	for i, n := range s.nodes {
		if b := at(n.best, id); b.attrs != nil {
			key = binary.AppendUvarint(key, uint64(i))
			key = binary.AppendUvarint(key, uint64(b.attrs.serial))
			key = binary.AppendUvarint(key, uint64(slices.Index(n.peers, b.from)+1))
		}
	}
	return string(key)
}

func conclude(p netip.Prefix, cycle []Turn, proven bool) *Oscillation {
	o := &Oscillation{Prefix: p, Cycle: slices.Clone(cycle), Proven: proven}
	for _, t := range cycle {
		o.Nodes = append(o.Nodes, t.Node)
	}
	slices.Sort(o.Nodes)
	o.Nodes = slices.Compact(o.Nodes)
	return o
}
