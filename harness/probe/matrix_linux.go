package probe

import (
	"net/netip"
	"time"
)

// How often what is not answered is asked, and how long the first answers may take; those of each further try may take three times as
// long as those of the one before.
const (
	tries    = 3
	patience = 150 * time.Millisecond
)

// Question is what Matrix asks of a pair: an ICMP echo, and UDP flows that differ in their source port, so that routers which
// divide flows over several paths send them over several.
type Question struct {
	Pair
	Flows int  // of UDP; at least 1
	Once  bool // no second try, where none or not all are expected to be answered
}

// Answer is what came of a Question.
type Answer struct {
	Echo    bool // answered
	Came    int  // UDP flows whose question came to the target
	Replied int  // UDP flows that were answered; at most as many as came
}

// Matrix asks every question, all at the same time, and returns the answers in their order. Ports and hashes are the same every
// time, so the same flows take the same paths. The error is about this machine, not about what packets meet.
func (p *Prober) Matrix(questions []Question) ([]Answer, error) {
	shots, err := p.shots(questions)
	if err != nil {
		return nil, err
	}
	r := p.begin()
	defer p.end(r)
	for range shots {
		r.add()
	}
	for try, late := 0, patience; try < tries; try, late = try+1, 3*late {
		for i, s := range shots {
			if try == 0 || r.is(uint32(i), awaited) {
				s.from.ask(s.to, message{ask, r.number, uint32(i)})
			}
		}
		if r.wait(late) {
			break
		}
		if err := p.alive([]*socket{shots[1].from}, still); err != nil { // the first flow
			return nil, err
		}
		for i, s := range shots {
			if s.once {
				r.giveUp(uint32(i))
			}
		}
	}
	return r.answers(questions), nil
}

// answers sums up the marks of the questions' shots.
func (r *round) answers(questions []Question) []Answer {
	var out []Answer
	i := uint32(0)
	for _, q := range questions {
		a := Answer{Echo: r.is(i, answered)}
		i++
		for range q.Flows {
			if r.is(i, came) {
				a.Came++
			}
			if r.is(i, came|answered) {
				a.Replied++
			}
			i++
		}
		out = append(out, a)
	}
	return out
}

// shot is one probe to send.
type shot struct {
	from *socket
	to   netip.Addr
	once bool
}

// shots returns what to send: for each question in turn the echo, then the flows.
func (p *Prober) shots(questions []Question) ([]shot, error) {
	var out []shot
	for _, q := range questions {
		if err := p.respond(q.Pair); err != nil {
			return nil, err
		}
		from := []source{{q.From, 0}}
		for n := range q.Flows {
			from = append(from, q.flow(n))
		}
		for _, at := range from {
			s, err := p.socket(at)
			if err != nil {
				return nil, err
			}
			out = append(out, shot{s, q.To, q.Once})
		}
	}
	return out, nil
}
