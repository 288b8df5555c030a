package sim

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
)

// Break makes the fault happen; the consequences come with Settle. The error says that nothing in the fabric is
// what the fault names. What is broken already stays so.
func (s *Sim) Break(f fabric.Fault) error { return s.fault(f, true) }

// Mend undoes Break.
func (s *Sim) Mend(f fabric.Fault) error { return s.fault(f, false) }

func (s *Sim) fault(f fabric.Fault, broken bool) error {
	if err := s.problems.Err(); err != nil {
		return err
	}
	a, b := s.byName[f.A], s.byName[f.B]
	if a == nil || b == nil && f.Kind != fabric.NodeDown {
		return fmt.Errorf("%s: no such node", f)
	}
	touched := []*node{a}
	switch f.Kind {
	case fabric.NodeDown:
		a.down = broken
		for _, l := range a.links {
			touched = append(touched, l.node)
		}
	case fabric.LinkDown:
		links := a.linkedTo(b)
		if len(links) == 0 {
			return fmt.Errorf("%s: no such link", f)
		}
		for _, l := range links {
			l.down = broken
		}
		touched = append(touched, b)
	case fabric.SessionDown:
		i := slices.IndexFunc(a.peers, func(p *peer) bool { return p.remote == b })
		if i < 0 {
			return fmt.Errorf("%s: no such session", f)
		}
		a.peers[i].broken = broken
		a.peers[i].other.broken = broken
	default:
		return fmt.Errorf("fault of unknown kind %d", f.Kind)
	}
	for _, p := range s.peers {
		p.restart()
	}
	for _, n := range touched {
		n.refresh()
		n.markAll()
		n.wake()
	}
	return nil
}
