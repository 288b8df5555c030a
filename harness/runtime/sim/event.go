package sim

import (
	"cmp"
	"container/heap"
	"time"
)

// Virtual durations. They only shape the order of events: a message needs the delay of its link, which the seed
// draws, and some jitter; a router waits a little for more messages before it works through those that came.
const (
	linkDelay = 4 * time.Millisecond // at most
	jitter    = 2 * time.Millisecond // at most
	holdOff   = 4 * time.Millisecond // at most
)

// message is a batch of updates to one end of a session.
type message struct {
	to      *peer
	epoch   int // of the session; a message that outlives it is dropped
	updates []update
}

// update announces a path, or withdraws it if attrs is nil.
type update struct {
	id    int32
	attrs *attrs
}

// event is a message that arrives, or a node that wakes up to work.
type event struct {
	at   time.Duration
	seq  uint64
	node *node
	msg  *message
}

// queue is a heap of events, the earliest first, in order of creation where times are equal.
type queue struct {
	events []event
	seq    uint64
}

func (q *queue) Len() int { return len(q.events) }
func (q *queue) Less(i, j int) bool {
	a, b := &q.events[i], &q.events[j]
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) < 0
}
func (q *queue) Swap(i, j int) { q.events[i], q.events[j] = q.events[j], q.events[i] }
func (q *queue) Push(x any)    { q.events = append(q.events, x.(event)) }
func (q *queue) Pop() any {
	last := len(q.events) - 1
	e := q.events[last]
	q.events[last] = event{}
	q.events = q.events[:last]
	return e
}

func (q *queue) add(e event) {
	q.seq++
	e.seq = q.seq
	heap.Push(q, e)
}

func (q *queue) next() event { return heap.Pop(q).(event) }

// wake has the node work through its messages and marked prefixes soon.
func (n *node) wake() {
	if !n.awake {
		n.awake = true
		n.sim.queue.add(event{at: n.sim.now + n.sim.draw(holdOff), node: n})
	}
}

// flush sends what has changed in the Adj-RIB-Out. A session delivers in order.
func (p *peer) flush() {
	if len(p.pending) == 0 {
		return
	}
	s := p.node.sim
	p.arrival = max(p.arrival, s.now+p.delay+s.draw(jitter))
	s.queue.add(event{at: p.arrival, msg: &message{to: p.other, epoch: p.other.epoch, updates: p.pending}})
	p.pending = nil
}

// draw returns a duration from 0 up to d, d excluded.
func (s *Sim) draw(d time.Duration) time.Duration { return time.Duration(s.rng.Int64N(int64(d))) }
