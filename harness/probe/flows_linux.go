package probe

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/closlab/closlab/harness/kernel"
)

// Flows is traffic to addresses of one family that many servers answer: each flow is one packet of UDP from an address and port of its
// own, and its answer.
type Flows struct {
	From  []Entry
	To    []Target
	Count int    // of flows to each target: at most MostFlows for each entry
	Seed  uint64 // of the ports that the flows come from: the same flows every time
}

// Entry is where flows come in: a router, into which they are put as if they had come from beyond it. Flows come in at all entries
// in turn.
type Entry struct {
	At     *kernel.Namespace
	Source netip.Addr        // where the flows say they come from
	Back   *kernel.Namespace // where that is an address, so that answers arrive there; nil if nowhere
}

// Target is an address that every one of its servers answers, at servicePort.
type Target struct {
	Addr    netip.Addr
	Servers []*kernel.Namespace
}

// servicePort is where targets are asked: that of the services of the web.
const servicePort = 443

// Ports that flows come from are those from firstPort on.
const firstPort = 1024

// MostFlows is how many flows to a target can come in at one entry.
const MostFlows = 1<<16 - firstPort

// Tally is what became of the flows to a target.
type Tally struct {
	Served   []int // flows by server that got them
	Answered int   // flows whose answer came back
	Due      int   // flows that a server got and whose answer can come back
}

// Got returns how many flows any server got.
func (t Tally) Got() int {
	sum := 0
	for _, n := range t.Served {
		sum += n
	}
	return sum
}

// Run is flows under way. It is used by one goroutine at a time.
type Run struct {
	flows  Flows
	number uint32
	ports  [][]uint16 // of flows by entry
	inlets []*inlet

	fate    []atomic.Uint32 // by flow: the server that got it, from 1, and answeredBit
	got     atomic.Int64    // flows that a server got
	news    chan struct{}
	drain   *drain
	mark    []func() error // for each reader
	marks   atomic.Int64   // read
	still   time.Duration  // the longest that readers may take
	sockets []io.Closer
	readers sync.WaitGroup
}

const answeredBit = 1 << 31

var runs atomic.Uint32

// Open opens the sockets for flows: at every entry, where answers come back, and on every server.
func Open(f Flows) (*Run, error) {
	if f.Count > MostFlows*len(f.From) {
		return nil, fmt.Errorf("%d flows to an address over %d entries: there are ports for %d at each", f.Count, len(f.From), MostFlows)
	}
	r := &Run{flows: f, number: runs.Add(1), fate: make([]atomic.Uint32, f.Count*len(f.To)), news: make(chan struct{}, 1), still: standstill}
	for i, e := range f.From {
		ports := make([]uint16, MostFlows)
		for n, p := range rand.New(rand.NewPCG(f.Seed, uint64(i))).Perm(MostFlows) {
			ports[n] = uint16(firstPort + p)
		}
		r.ports = append(r.ports, ports)
		if err := r.enter(e); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	var err error
	if r.drain, err = newDrain(f.From[0].At); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	r.sockets = append(r.sockets, r.drain)
	for _, t := range f.To {
		for number, server := range t.Servers {
			if err := r.serve(t.Addr, server, uint32(number+1)); err != nil {
				return nil, errors.Join(err, r.Close())
			}
		}
	}
	return r, nil
}

// Close closes the sockets.
func (r *Run) Close() error {
	var errs []error
	for _, s := range r.sockets {
		errs = append(errs, s.Close())
	}
	r.sockets = nil
	r.readers.Wait()
	return errors.Join(errs...)
}

// Tallies returns what has become of the flows so far, by target.
func (r *Run) Tallies() []Tally {
	out := make([]Tally, len(r.flows.To))
	for i := range out {
		out[i].Served = make([]int, len(r.flows.To[i].Servers))
		for n := range r.flows.Count {
			fate := r.fate[i*r.flows.Count+n].Load()
			if server := fate &^ answeredBit; server > 0 {
				out[i].Served[server-1]++
				if r.entry(n).Back != nil {
					out[i].Due++
				}
			}
			if fate&answeredBit != 0 {
				out[i].Answered++
			}
		}
	}
	return out
}

// entry returns where a flow comes in, by its number among those to its target.
func (r *Run) entry(n int) Entry { return r.flows.From[n%len(r.flows.From)] }

// done reports whether a flow was served, and answered if the answer can come back.
func (r *Run) done(flow int) bool {
	fate := r.fate[flow].Load()
	return fate&answeredBit != 0 || fate != 0 && r.entry(flow%r.flows.Count).Back == nil
}

// So many packets are under way at most that neither the kernel's queues nor sockets overflow; if none comes for a lull, it is found
// out which are lost.
const (
	window = 256
	lull   = time.Millisecond
)

// Send sends one packet of every flow that is not yet served and answered, to all targets in turn, and waits until nothing of them is
// under way any more. It returns how many packets it sent to each target. The error is about this machine, not about packets.
func (r *Run) Send() ([]int, error) {
	sent := make([]int, len(r.flows.To))
	all, lost, before := int64(0), int64(0), r.got.Load()
	under := func() int64 { return all - lost - (r.got.Load() - before) }
	for n := range r.flows.Count {
		for t, target := range r.flows.To {
			if r.done(t*r.flows.Count + n) {
				continue
			}
			if err := r.put(t, n, target.Addr); err != nil {
				return nil, err
			}
			sent[t]++
			all++
			if under() >= window && !r.wait(lull, func() bool { return under() < window/2 }) {
				if err := r.flush(); err != nil {
					return nil, err
				}
				lost += under()
			}
		}
	}
	return sent, r.flush()
}

// wait waits until something is so, or nothing has come for so long, and reports whether it was the former.
func (r *Run) wait(patience time.Duration, so func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for !so() {
		select {
		case <-r.news:
			late.Reset(patience)
		case <-late.C:
			return so()
		}
	}
	return true
}
