//go:build linux

package speaker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/kernel"
)

// Process is a speaker as its parent sees it. Its methods may be called from several goroutines.
type Process struct {
	Name    string
	cmd     *exec.Cmd
	changed func(seq int)

	mu      sync.Mutex
	in      io.WriteCloser
	waiting map[int]chan reply
	last    int
	dead    error
	exited  chan struct{}
	policed bool
}

// Start runs a speaker in the namespace, which must have a name. changed is called whenever the router's sessions or routes
// have changed, with a number that rises; its reports carry the same. What the router has to say of itself goes to log.
func Start(ns *kernel.Namespace, r Router, log io.Writer, changed func(seq int)) (*Process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("router %s: %w", r.Name, err)
	}
	r.Namespace = ns.Name
	cmd := exec.Command(exe, argument, r.Name)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("router %s: %w", r.Name, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("router %s: %w", r.Name, err)
	}
	p := &Process{Name: r.Name, cmd: cmd, changed: changed, in: in, waiting: map[int]chan reply{}, exited: make(chan struct{})}
	if err := ns.Do(cmd.Start); err != nil {
		return nil, fmt.Errorf("router %s: cannot start %s in its namespace: %w", r.Name, exe, err)
	}
	go p.listen(out)
	if _, err := p.call(request{Op: opStart, Router: &r}); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// listen takes the child's lines until it is gone.
func (p *Process) listen(out io.Reader) {
	lines := json.NewDecoder(bufio.NewReader(out))
	for {
		var r reply
		if err := lines.Decode(&r); err != nil {
			p.bury()
			return
		}
		if r.ID == 0 {
			p.changed(r.Seq)
			continue
		}
		p.mu.Lock()
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
	err := p.cmd.Wait()
	p.mu.Lock()
	p.dead = errors.New("its process has ended")
	if err != nil {
		p.dead = fmt.Errorf("its process has ended: %w", err)
	}
	for _, ch := range p.waiting {
		close(ch)
	}
	p.waiting = nil
	p.mu.Unlock()
	close(p.exited)
	p.changed(-1)
}

// call sends a request and waits for the answer.
func (p *Process) call(r request) (*Report, error) {
	ch := make(chan reply, 1)
	p.mu.Lock()
	err := p.dead
	if err == nil {
		p.last++
		r.ID = p.last
		p.waiting[r.ID] = ch
		err = json.NewEncoder(p.in).Encode(r)
	}
	p.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("router %s: %s: %w", p.Name, r.Op, err)
	}
	answer, ok := <-ch
	switch {
	case !ok:
		return nil, fmt.Errorf("router %s: %s: %w", p.Name, r.Op, p.dead)
	case answer.Error != "":
		return nil, fmt.Errorf("router %s: %s: %s", p.Name, r.Op, answer.Error)
	}
	return answer.Report, nil
}

// AddPeers configures neighbours. Passive ends are to be there before the other ends are added, or the first connection fails and
// the next comes seconds later.
func (p *Process) AddPeers(peers ...Peer) error { return p.short(request{Op: opAdd, Peers: peers}) }

// DropPeers removes neighbours and what they sent; only Remote counts.
func (p *Process) DropPeers(peers ...Peer) error { return p.short(request{Op: opDrop, Peers: peers}) }

// Resend has the router send all its routes to neighbours once more (a soft reset outbound); only Remote counts. GoBGP 4.8.0 can
// leave a neighbour with a route that was replaced in the very moment when the session came up; this mends it.
func (p *Process) Resend(peers ...Peer) error { return p.short(request{Op: opResend, Peers: peers}) }

// SetOwn gives the router its own routes, in place of those it had.
func (p *Process) SetOwn(own []Own) error { return p.short(request{Op: opOwn, Own: own}) }

// SetPolicy gives the router its policies, in place of those it had, and resets its sessions softly in both directions.
func (p *Process) SetPolicy(program *gobgp.Program) error {
	r := request{Op: opPolicy}
	var err error
	if r.Policy, err = protojson.Marshal(program.Request()); err != nil {
		return fmt.Errorf("router %s: policy: %w", p.Name, err)
	}
	if !p.policed {
		for _, a := range program.Assignments() {
			text, err := protojson.Marshal(proto.Message(a))
			if err != nil {
				return fmt.Errorf("router %s: policy: %w", p.Name, err)
			}
			r.Assign = append(r.Assign, text)
		}
		p.policed = true
	}
	return p.short(r)
}

func (p *Process) short(r request) error {
	_, err := p.call(r)
	return err
}

// Report returns what the router holds now; only a full one has what each session received.
func (p *Process) Report(full bool) (*Report, error) {
	return p.call(request{Op: opReport, Full: full})
}

// Kill ends the process at once and waits until it is gone.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
	p.in.Close()
}
