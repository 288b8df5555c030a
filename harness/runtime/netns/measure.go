//go:build linux

package netns

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// again is how often flows that did not come are sent once more if nothing is expected to be lost: this machine may have lost them.
const again = 2

// measured is flows to a pool's services and what became of them.
type measured struct {
	*pool
	flows   int // to each service
	books   ledger
	got     []probe.Tally
	retried bool // with no server short of capacity: what was dropped before has come since
}

// measure sends so many flows to the services of a pool together, while the servers have exactly the capacity that the fabric gives
// them, and returns the services' loads. computed are those that follow from the forwarding tables.
func (r *Runtime) measure(p *pool, flows int, computed []observe.Load, phase observe.LoadPhase) ([]observe.Load, error) {
	m := &measured{pool: p}
	f := probe.Flows{From: p.entries, Count: (flows + len(p.services) - 1) / len(p.services), Seed: r.opt.Seed}
	f.Count = max(1, min(f.Count, probe.MostFlows*len(p.entries)))
	m.flows = f.Count
	for _, s := range p.services {
		t := probe.Target{Addr: s.VIP}
		for _, b := range p.servers {
			t.Servers = append(t.Servers, b.node.ns)
		}
		f.To = append(f.To, t)
	}
	run, err := probe.Open(f)
	if err != nil {
		return nil, err
	}
	like := *find(computed, p.services[0].Name, phase)
	err = m.send(run, like)
	if err := errors.Join(err, p.unlimit(), run.Close()); err != nil {
		return nil, err
	}
	var out []observe.Load
	for i, s := range p.services {
		out = append(out, m.load(i, *find(computed, s.Name, phase)))
	}
	return out, nil
}

// send sends the flows and reads the books.
func (m *measured) send(run *probe.Run, like observe.Load) error {
	if err := m.limit(m.flows*len(m.services), like); err != nil {
		return err
	}
	before, err := m.ledger()
	if err != nil {
		return err
	}
	if _, err := run.Send(); err != nil {
		return err
	}
	after, err := m.ledger()
	if err != nil {
		return err
	}
	m.books, m.got = after.since(before), run.Tallies()
	if err := m.check(); err != nil || !m.short() || like.Lost > 0 || like.Dropped > 0 {
		return err
	}
	m.retried = true
	if err := m.unlimit(); err != nil {
		return err
	}
	for range again {
		if _, err := run.Send(); err != nil {
			return err
		}
	}
	m.got = run.Tallies()
	return nil
}

// short reports whether flows are missing that no server has dropped, or answers.
func (m *measured) short() bool {
	for i, t := range m.got {
		if t.Answered < t.Due || t.Got()+m.books.dropped(i) < m.flows {
			return true
		}
	}
	return false
}

// check holds the books of the programs against what the services on the servers got.
func (m *measured) check() error {
	for i, s := range m.services {
		for j, b := range m.servers {
			if in, came := m.books[i][j].admitted, m.got[i].Served[j]; in != came {
				return fmt.Errorf("service %s: the load of server %s cannot be told: its load balancer let %d flows in, and %d came", s.Name, b.node.Name, in, came)
			}
		}
	}
	return nil
}

// load returns the load of the i-th service. In everything that is not counted it is like the one given.
func (m *measured) load(i int, like observe.Load) observe.Load {
	l, got := like, m.got[i]
	of := func(n int) float64 { return float64(n) / float64(m.flows) }
	l.Flows, l.Pool = m.flows, m.services[0].Name
	l.Servers, l.Colos = slices.Clone(like.Servers), slices.Clone(like.Colos)
	for k := range l.Colos {
		l.Colos[k] = observe.Share{Name: l.Colos[k].Name}
	}
	lost, foreign := m.flows, 0
	for j, b := range m.servers {
		a, came := m.books[i][j], got.Served[j]
		if !m.retried {
			came += a.dropped
		}
		lost, foreign = lost-came, foreign+a.foreign
		s := &l.Servers[slices.IndexFunc(l.Servers, func(x observe.Share) bool { return x.Name == b.node.Name })]
		s.Landed, s.Share, s.Dropped = of(a.landed), of(came), of(a.dropped)
		*s = s.At(l.Offered)
		c := &l.Colos[slices.IndexFunc(l.Colos, func(x observe.Share) bool { return x.Name == b.node.Colo })]
		*c = c.Add(*s).At(l.Offered)
	}
	l.Lost, l.Dropped, l.Foreign, l.Unanswered = of(lost), of(m.books.dropped(i)), of(foreign), of(got.Due-got.Answered)
	return l
}

// limit gives every server its part of the capacity that so many flows are the offered load of.
func (p *pool) limit(flows int, like observe.Load) error {
	if !(like.Offered > 0) {
		return nil
	}
	for _, b := range p.servers {
		i := slices.IndexFunc(like.Servers, func(x observe.Share) bool { return x.Name == b.node.Name })
		if err := b.Limit(0, uint64(math.Round(float64(flows)/like.Offered*like.Servers[i].Want))); err != nil {
			return err
		}
	}
	return nil
}

func (p *pool) unlimit() error {
	var errs []error
	for _, b := range p.servers {
		errs = append(errs, b.Unlimit())
	}
	return errors.Join(errs...)
}
