package dataplane

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Interval is how often an agent asks each peer; one that left so many asks without an answer for Silence is down.
const (
	Interval = 50 * time.Millisecond
	Silence  = 200 * time.Millisecond
)

// ask and answer are the two messages between agents.
const ask, answer = "closlab ask", "closlab answer"

// Agent finds out which peers a server reaches over their site-local addresses, and answers theirs.
type Agent struct {
	conn       *net.UDPConn
	unanswered map[netip.AddrPort]int // asks in a row, by peer
	tell       func(peer netip.Addr, up bool) error
}

// NewAgent returns an agent that talks through conn, which is bound to the server's own site-local address. It tells, to
// Server.SetUp for example, that a peer is up whenever it answers, and that it is down at every tick from the one on at which it
// has been silent for too long.
func NewAgent(conn *net.UDPConn, peers []netip.AddrPort, tell func(peer netip.Addr, up bool) error) *Agent {
	a := &Agent{conn: conn, unanswered: map[netip.AddrPort]int{}, tell: tell}
	for _, p := range peers {
		a.unanswered[p] = 0
	}
	return a
}

// Run asks all peers at every tick, which should come each Interval, until the context ends; then it closes the
// connection and returns nil. Time is counted in ticks alone: an agent that was held up itself blames no peer for it.
func (a *Agent) Run(ctx context.Context, ticks <-chan time.Time) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	heard, failed := make(chan netip.AddrPort), make(chan error, 1)
	context.AfterFunc(ctx, func() { a.conn.Close() })
	go func() { failed <- a.listen(ctx, heard) }()
	for {
		var err error
		select {
		case <-ctx.Done():
			return <-failed
		case err = <-failed:
			return err
		case from := <-heard:
			err = a.answered(from)
		case <-ticks:
			err = a.tick()
		}
		if err != nil {
			return err
		}
	}
}

// listen answers what peers ask and passes on whose answers it hears.
func (a *Agent) listen(ctx context.Context, heard chan<- netip.AddrPort) error {
	buf := make([]byte, 64)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("agent %s: %w", a.conn.LocalAddr(), err)
		case err != nil: // an ICMP error of an ask: the peer will be silent
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		switch string(buf[:n]) {
		case ask:
			a.conn.WriteToUDPAddrPort([]byte(answer), from) // not arriving is for the asker to notice
		case answer:
			select {
			case heard <- from:
			case <-ctx.Done():
			}
		}
	}
}

func (a *Agent) answered(from netip.AddrPort) error {
	if _, ok := a.unanswered[from]; !ok {
		return nil
	}
	a.unanswered[from] = 0
	return a.tell(from.Addr(), true)
}

// tick gives up the peers that were silent for too long, and asks all.
func (a *Agent) tick() error {
	for to, asks := range a.unanswered {
		if asks >= int(Silence/Interval) {
			if err := a.tell(to.Addr(), false); err != nil {
				return err
			}
		}
		a.unanswered[to]++
		a.conn.WriteToUDPAddrPort([]byte(ask), to) // no route is silence too
	}
	return nil
}
