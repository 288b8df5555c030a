//go:build linux

package speaker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/kernel"
)

// Process is a speaker as its parent sees it. Its methods may be called from several goroutines.
type Process struct {
	Name    string
	who     string // in messages
	life    context.Context
	body    Body
	changed func(*Glance)

	mu      sync.Mutex
	waiting map[int]chan reply
	last    int
	dying   bool // it says nothing any more
	dead    error
	exited  chan struct{}
	policed bool

	Version    string            // of the engine: "gobgp 4.8.0"; empty without a router
	routeMaps  *routemap.Program // in use
	generation int               // of them
}

// Body is the operating system's process that a speaker is: where its answers are read, requests are written, and closing it is
// to tell it to end.
type Body interface {
	io.ReadWriteCloser
	Pid() int
	// Kill ends it at once, with all that runs in its pid namespace.
	Kill()
	// Ended waits until it has ended, which is soon after the last answer has been read, and says how: "exit status 2".
	Ended() string
}

// Start runs a speaker in the network namespace. changed is called whenever the router's sessions or routes have changed, and with nil
// when its process has ended. What the router has to say of itself goes to log. When life is over the router is told to end, and
// nothing waits for an answer of it any more.
func Start(life context.Context, ns *kernel.Namespace, r Router, log io.Writer, changed func(*Glance)) (*Process, error) {
	body, err := newChild(ns, r.Name, log)
	if err != nil {
		return nil, fmt.Errorf("router %s: %w", r.Name, err)
	}
	p := Idle(life, body, r.Name, changed)
	return p, p.Route(r)
}

// Idle returns a speaker that has no router yet, and may never have one: the process of a node that is none.
func Idle(life context.Context, body Body, name string, changed func(*Glance)) *Process {
	p := &Process{Name: name, who: "node " + name, life: life, body: body, changed: changed, waiting: map[int]chan reply{}, exited: make(chan struct{})}
	context.AfterFunc(life, func() { body.Close() })
	go p.listen()
	return p
}

// Route starts the router, without neighbours and policies. If it cannot, the process is ended.
func (p *Process) Route(r Router) error {
	p.who = "router " + p.Name
	err := p.short(request{Op: opStart, Router: &r})
	if err != nil {
		p.Kill()
	}
	return err
}

// Pid returns the process id.
func (p *Process) Pid() int { return p.body.Pid() }

// Ended returns how the process has ended; nil while it runs.
func (p *Process) Ended() error {
	p.mu.Lock()
	dying := p.dying
	p.mu.Unlock()
	if !dying {
		return nil
	}
	<-p.exited
	return fmt.Errorf("%s: %w", p.who, p.dead)
}

// listen takes the child's lines until it is gone.
func (p *Process) listen() {
	lines := json.NewDecoder(bufio.NewReader(p.body))
	for {
		var r reply
		if err := lines.Decode(&r); err != nil {
			p.bury()
			return
		}
		if r.ID == 0 {
			p.changed(r.Glance)
			continue
		}
		p.mu.Lock()
		if r.Version != "" {
			p.Version = r.Version
		}
		ch := p.waiting[r.ID]
		delete(p.waiting, r.ID)
		p.mu.Unlock()
		if ch != nil {
			ch <- r
		}
	}
}

// bury answers all who wait for a child that is gone.
func (p *Process) bury() {
	p.mu.Lock()
	p.dying = true
	p.mu.Unlock()
	how := p.body.Ended()
	p.mu.Lock()
	p.dead = fmt.Errorf("its process has ended: %s", how)
	for _, ch := range p.waiting {
		close(ch)
	}
	p.waiting = nil
	p.mu.Unlock()
	close(p.exited)
	p.changed(nil)
}

// call sends a request and waits for the answer, as long as the life of the lab lasts.
func (p *Process) call(r request) (reply, error) {
	var answer reply
	answered := false
	if ch := p.send(&r); ch != nil {
		select {
		case answer, answered = <-ch:
		case <-p.life.Done():
		}
	}
	var err error
	switch {
	case p.life.Err() != nil:
		err = fmt.Errorf("no answer: %w", context.Cause(p.life))
	case !answered:
		err = p.dead
	case answer.Error != "":
		err = errors.New(answer.Error)
	default:
		return answer, nil
	}
	return reply{}, fmt.Errorf("%s: %s: %w", p.who, r.Op, err)
}

// send sends a request and returns where the answer comes; nil if the child is gone.
func (p *Process) send(r *request) chan reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead != nil {
		return nil
	}
	ch := make(chan reply, 1)
	p.last++
	r.ID = p.last
	p.waiting[r.ID] = ch
	json.NewEncoder(p.body).Encode(r) // if this fails the child is ending: bury says why
	return ch
}

// AddPeers configures neighbours. Passive ends are best there before the other ends are added, which connect at once.
func (p *Process) AddPeers(peers ...Peer) error { return p.short(request{Op: opAdd, Peers: peers}) }

// DropPeers removes neighbours and what they sent; only Remote counts.
func (p *Process) DropPeers(peers ...Peer) error { return p.short(request{Op: opDrop, Peers: peers}) }

// Resend has the router send all its routes to neighbours once more (a soft reset outbound); only Remote counts. It mends what GoBGP
// 4.8.0 can do wrong: it groups the routes that wait for a neighbour by attributes and sends the groups in random order, two routes
// of different origin to one prefix among them.
func (p *Process) Resend(peers ...Peer) error { return p.short(request{Op: opResend, Peers: peers}) }

// Install has a router of FRR's write the routes that it uses into the forwarding table once more. It mends what zebra 8.4 can do wrong: a link
// goes down while it resolves a recursive route over it, the kernel refuses the route, and zebra does not try again.
func (p *Process) Install() error { return p.short(request{Op: opInstall}) }

// SetOwn gives the router its own routes, in place of those it had.
func (p *Process) SetOwn(own []Own) error { return p.short(request{Op: opOwn, Own: own}) }

// SetPolicy gives the router its policies, in place of those it had, and resets its sessions softly in both directions. The error
// also says where GoBGP then lists something else than it was given.
func (p *Process) SetPolicy(program *gobgp.Program) error {
	r := request{Op: opPolicy, Policy: program.Request()}
	if !p.policed {
		r.Assign, p.policed = program.Assignments(), true
	}
	answer, err := p.call(r)
	if err != nil {
		return err
	}
	if err := compare(program, answer.Held); err != nil {
		return fmt.Errorf("%s: %s: %w", p.who, r.Op, err)
	}
	return nil
}

// compare compares what GoBGP holds with what it was given, in content.
func compare(given *gobgp.Program, held *gobgp.Held) error {
	if d := gobgp.Differs(given.Request(), given.Assignments(), held); len(d) > 0 {
		return fmt.Errorf("GoBGP holds another policy than it was given: %s (%d differences)", d[0], len(d))
	}
	return nil
}

// SetRouteMaps is SetPolicy for a router of FRR's.
func (p *Process) SetRouteMaps(program *routemap.Program) error {
	n := p.generation + 1
	maps := &RouteMaps{Lines: program.Lines(n), Attach: map[netip.Addr][]string{}}
	for _, a := range program.Peers() {
		maps.Attach[a] = program.Attach(a, n)
	}
	if p.routeMaps != nil {
		maps.Retire = p.routeMaps.Remove(p.generation)
	}
	p.routeMaps, p.generation = program, n
	return p.short(request{Op: opPolicy, RouteMaps: maps})
}

// SetConfig gives a native router its whole configuration, in place of the one it had. The error also says where the router then
// shows something else than it was given.
func (p *Process) SetConfig(text string) error { return p.short(request{Op: opPolicy, Config: text}) }

func (p *Process) short(r request) error {
	_, err := p.call(r)
	return err
}

// Report returns what the router holds now, or nil if that is the report with the digest.
func (p *Process) Report(known Digest) (*Report, error) {
	answer, err := p.call(request{Op: opReport, Known: &known})
	return answer.Report, err
}

// Rest has the router begin to give memory back: coming up takes several times as much as being there.
func (p *Process) Rest() error { return p.short(request{Op: opRest}) }

// patience is how long Kill waits for the rest of a router's pid namespace: a stranger's shell in there, whose parent has been
// stopped, keeps it for as long.
const patience = time.Second

// Kill ends the process at once, with all that runs in its pid namespace, and waits until it is gone.
func (p *Process) Kill() {
	p.body.Kill()
	select {
	case <-p.exited:
	case <-time.After(patience):
	}
}
