package probe

import (
	"errors"
	"net/netip"
	"sync"

	"github.com/closlab/closlab/harness/kernel"
)

// End is an address of a namespace.
type End struct {
	In   *kernel.Namespace
	Addr netip.Addr
}

// Pair is who asks whom.
type Pair struct {
	From End
	To   netip.Addr
	At   []*kernel.Namespace // where To is an address: more than one if they share it, and any of them may answer
}

// Prober sends probes. It opens the sockets that a pair needs the first time, and keeps them until Close. The namespaces must outlive
// it. Its methods may be called from any goroutine.
type Prober struct {
	mu      sync.Mutex
	sockets map[source]*socket
	rounds  map[uint32]*round // under way
	last    uint32            // number of a round
	readers sync.WaitGroup
}

// New returns a prober without sockets.
func New() *Prober { return &Prober{sockets: map[source]*socket{}, rounds: map[uint32]*round{}} }

// Close closes the sockets.
func (p *Prober) Close() error {
	p.mu.Lock()
	var errs []error
	for _, s := range p.sockets {
		errs = append(errs, s.conn.Close())
	}
	clear(p.sockets)
	p.mu.Unlock()
	p.readers.Wait()
	return errors.Join(errs...)
}

// socket returns the socket of a source.
func (p *Prober) socket(at source) (*socket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sockets[at]; s != nil {
		return s, nil
	}
	s, err := open(at)
	if err != nil {
		return nil, err
	}
	p.sockets[at] = s
	p.readers.Go(func() { s.read(p.got) })
	return s, nil
}

// respond opens the sockets that answer for the pair's target.
func (p *Prober) respond(x Pair) error {
	for _, n := range x.At {
		if _, err := p.socket(source{End{n, x.To}, port}); err != nil {
			return err
		}
	}
	return nil
}

// begin returns a new round. It hears of its messages until end.
func (p *Prober) begin() *round {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	r := &round{number: p.last, done: make(chan struct{}, 1)}
	p.rounds[r.number] = r
	return r
}

func (p *Prober) end(r *round) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.rounds, r.number)
}

// got tells a round of a message that came in, if that is still under way.
func (p *Prober) got(m message) {
	p.mu.Lock()
	r := p.rounds[m.round]
	p.mu.Unlock()
	if r != nil {
		r.mark(m)
	}
}
