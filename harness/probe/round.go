package probe

import (
	"sync"
	"time"
)

// round is a list of numbered questions and what became of them.
type round struct {
	number uint32

	mu    sync.Mutex
	marks []mark
	left  int           // awaited and not answered
	done  chan struct{} // of capacity 1: told when left comes to 0
}

// mark is what is known of a question.
type mark uint8

const (
	came     mark = 1 << iota // to its target; not known of ICMP
	answered                  // at least once
	awaited
)

// add adds a question whose answer is awaited, and returns its number.
func (r *round) add() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, awaited)
	r.left++
	return uint32(len(r.marks) - 1)
}

// giveUp says that the answer to a question is no longer awaited. It counts if it comes all the same.
func (r *round) giveUp(number uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.marks[number]&awaited != 0 {
		r.arrived(number)
	}
}

// mark notes a message. One that comes twice counts once.
func (r *round) mark(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case int(m.number) >= len(r.marks):
	case m.kind == ask:
		r.marks[m.number] |= came
	default:
		r.marks[m.number] |= answered
		if r.marks[m.number]&awaited != 0 {
			r.arrived(m.number)
		}
	}
}

// arrived takes a question from those awaited; r.mu is held.
func (r *round) arrived(number uint32) {
	r.marks[number] &^= awaited
	if r.left--; r.left == 0 {
		select {
		case r.done <- struct{}{}:
		default:
		}
	}
}

// wait waits until no answer is awaited any more, or patience is at an end, and reports whether it was the former.
func (r *round) wait(patience time.Duration) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		r.mu.Lock()
		left := r.left
		r.mu.Unlock()
		if left == 0 {
			return true
		}
		select {
		case <-r.done:
		case <-late.C:
			return false
		}
	}
}

// is reports whether all of the marks are on a question.
func (r *round) is(number uint32, m mark) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.marks[number]&m == m
}
