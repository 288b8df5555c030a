package probe

import (
	"errors"
	"time"
)

// still is how long a namespace may take to answer itself before nothing can be said of what did not come.
const still = 10 * time.Second

// alive waits until UDP probes of addresses to themselves are answered: so would be those sent before them that are not lost. The
// error says that this took longer than still.
func (p *Prober) alive(senders []*socket, still time.Duration) error {
	r := p.begin()
	defer p.end(r)
	for _, s := range senders {
		s.ask(s.addr, message{ask, r.number, r.add()})
	}
	if !r.wait(still) {
		return errors.New("probes: what is lost cannot be told: this machine stood still, not even probes of nodes to themselves were answered")
	}
	return nil
}
