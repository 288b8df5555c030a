package probe

import (
	"math/rand/v2"
	"time"

	"github.com/closlab/closlab/harness/observe"
)

// stall is how many periods after its turn one still counts as late. Of what is later, so much counts on the stream's clock.
const stall = 10

// Class is pairs that are probed in turn.
type Class struct {
	Name  string
	Pairs []Pair
}

// Stream is probes on their way, at a fixed rate, while something else goes on.
type Stream struct {
	prober  *Prober
	classes []string
	shots   [][]shot // by class, in the order of turns
	round   *round
	log     []sent
	turns   int
	period  time.Duration
	still   time.Duration // see alive
	last    time.Time     // of the latest turn
	clock   time.Duration // since the first turn, without the times in which the sender stood still

	stop, stopped chan struct{}
}

// Stream begins to ask: once every period it sends one UDP probe for each class, in each class to one pair after the other, in an order
// that is random and always the same. A class without pairs gets none.
func (p *Prober) Stream(classes []Class, period time.Duration) (*Stream, error) {
	s, err := p.stream(classes, period)
	if err != nil {
		return nil, err
	}
	s.stop, s.stopped = make(chan struct{}), make(chan struct{})
	go s.run()
	return s, nil
}

// stream returns a stream that has sent nothing yet.
func (p *Prober) stream(classes []Class, period time.Duration) (*Stream, error) {
	s := &Stream{prober: p, period: period, still: still}
	for _, c := range classes {
		shots := make([]shot, len(c.Pairs))
		for i, j := range rand.New(rand.NewPCG(1, 2)).Perm(len(c.Pairs)) {
			from, err := p.socket(c.Pairs[j].flow(0))
			if err == nil {
				err = p.respond(c.Pairs[j])
			}
			if err != nil {
				return nil, err
			}
			shots[i] = shot{from: from, to: c.Pairs[j].To}
		}
		s.classes, s.shots = append(s.classes, c.Name), append(s.shots, shots)
	}
	s.round = p.begin()
	return s, nil
}

func (s *Stream) run() {
	defer close(s.stopped)
	tick := time.NewTicker(s.period)
	defer tick.Stop()
	for {
		s.turn(time.Now())
		select {
		case <-tick.C:
		case <-s.stop:
			return
		}
	}
}

// turn sends one probe for each class.
func (s *Stream) turn(now time.Time) {
	if !s.last.IsZero() {
		s.turns++
		s.clock += min(now.Sub(s.last), stall*s.period)
	}
	s.last = now
	for c, shots := range s.shots {
		if len(shots) > 0 {
			i := s.turns % len(shots)
			s.log = append(s.log, sent{c, i, s.clock})
			shots[i].from.ask(shots[i].to, message{ask, s.round.number, s.round.add()})
		}
	}
}

// Stop ends the stream and returns the loss of each class. The error says that it cannot be told.
func (s *Stream) Stop() ([]observe.Loss, error) {
	close(s.stop)
	<-s.stopped
	return s.losses()
}

// losses waits for answers that are late, and sums up.
func (s *Stream) losses() ([]observe.Loss, error) {
	defer s.prober.end(s.round)
	if !s.round.wait(patience) {
		var senders []*socket
		for _, shots := range s.shots {
			if len(shots) > 0 {
				senders = append(senders, shots[0].from)
			}
		}
		if err := s.prober.alive(senders, s.still); err != nil {
			return nil, err
		}
	}
	return losses(s.classes, s.log, func(i int) bool { return s.round.is(uint32(i), answered) }, s.clock), nil
}
