package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// router runs configurations.
type router struct {
	name    string
	ns      *kernel.Namespace
	speaker *speaker.Process
	peers   map[netip.Addr]speaker.Peer
	running string // the configuration
	next    string // the candidate configuration
	mute    bool   // it answers nothing any more
	moved   *time.Timer
	busy    sync.Mutex // of peers
}

// calm is how long nothing has changed when all routes are sent once more: GoBGP 4.8.0 can send two routes to one prefix that wait
// together in the wrong order.
const calm = 150 * time.Millisecond

// settings is what a configuration says besides policies.
type settings struct {
	asn uint32
	id  netip.Addr
	own []speaker.Own
}

func newRouter(name string) (*router, error) {
	ns, err := kernel.Here(name)
	r := &router{name: name, ns: ns, peers: map[netip.Addr]speaker.Peer{}}
	r.moved = time.AfterFunc(time.Hour, r.resend)
	return r, err
}

// forward has the kernel forward packets, as these stand-ins do. Docker keeps a container that is not privileged from saying so, and has no IPv6
// in one without a network of its own.
func (r *router) forward() error {
	if err := unix.Mount("", "/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND, ""); err != nil && err != unix.EINVAL { // EINVAL: nothing is mounted there
		return err
	}
	return errors.Join(r.ns.Sysctl("ipv6/conf/all/disable_ipv6", "0"), r.ns.BeRouter(1))
}

// read returns what a text means that is in a file of that name.
func read(file, text string) (*candidate.Config, error) {
	dir, err := os.MkdirTemp("", "standin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return candidate.ReadPolicy(path)
}

// speak starts the BGP speaker, another process beside this one.
func (r *router) speak(as speaker.Router) error {
	dir, err := os.MkdirTemp("", "standin-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	door, err := speaker.NewDoor(r.name, dir)
	if err != nil {
		return err
	}
	defer door.Close()
	cmd := exec.Command("/proc/self/exe", speaker.Arguments(r.name, dir)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	body, err := door.Await(ctx, os.Stderr, func(int) string { return "it has ended" })
	if err != nil {
		return err
	}
	r.speaker = speaker.Idle(context.Background(), body, r.name, func(*speaker.Glance) { r.moved.Reset(calm) })
	return r.speaker.Route(as)
}

// whim is what a configuration has this router do by one of these words as its host-name, to be tested with: "hangs" never comes to an end of a
// commit and "dies" ends in it; "deaf" and "liar" only say that they commit, and a liar shows what it has not committed; "mute" commits, and answers
// nothing from then on.
var whim = regexp.MustCompile(`\b(hangs|dies|deaf|liar|mute)\b`)

// commit takes the candidate configuration into use, as apply does and shown returns it then.
func (r *router) commit(apply func() error, shown string) error {
	switch whim.FindString(r.next) {
	case "hangs":
		select {}
	case "dies":
		os.Exit(1)
	case "deaf":
		return nil
	case "liar":
		r.running = shown
		return nil
	case "mute":
		r.mute = true
	}
	if err := apply(); err != nil {
		return err
	}
	r.running = shown
	return nil
}

// run takes a configuration into use.
func (r *router) run(c *candidate.Config, s settings) error {
	if r.speaker == nil {
		if err := r.speak(speaker.Router{Name: r.name, Engine: speaker.GoBGP, ASN: s.asn, ID: s.id}); err != nil {
			return err
		}
	}
	var sessions []gobgp.Session
	now := map[netip.Addr]speaker.Peer{}
	for _, x := range c.Sessions {
		if !x.Addr.IsValid() {
			continue
		}
		local, err := beside(x.Addr)
		if err != nil {
			return err
		}
		sessions = append(sessions, gobgp.Session{Peer: x.Addr, V6: x.Addr.Is6(), LocalAS: s.asn, PeerAS: x.PeerAS, In: x.In, Out: x.Out})
		now[x.Addr] = speaker.Peer{Local: local, Remote: x.Addr, LocalAS: s.asn, PeerAS: x.PeerAS}
	}
	program, err := gobgp.Compile(sessions)
	if err != nil {
		return err
	}
	if err := r.speaker.SetPolicy(program); err != nil {
		return err
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	for a, p := range r.peers {
		if now[a] != p {
			if err := r.speaker.DropPeers(p); err != nil {
				return err
			}
			delete(r.peers, a)
		}
	}
	for a, p := range now {
		if r.peers[a] != p {
			if err := r.speaker.AddPeers(p); err != nil {
				return err
			}
			r.peers[a] = p
		}
	}
	return r.speaker.SetOwn(s.own)
}

// resend sends all routes to all neighbours once more.
func (r *router) resend() {
	r.busy.Lock()
	defer r.busy.Unlock()
	for _, p := range r.peers {
		if err := r.speaker.Resend(p); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// beside returns the router's own address on the link to a neighbour.
func beside(neighbour netip.Addr) (netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, x := range all {
		if n, ok := x.(*net.IPNet); ok && n.Contains(neighbour.AsSlice()) {
			if a, _ := netip.AddrFromSlice(n.IP); a.Unmap() != neighbour {
				return a.Unmap(), nil
			}
		}
	}
	return netip.Addr{}, fmt.Errorf("no link to neighbour %s", neighbour)
}

// report returns what the router holds.
func (r *router) report() *speaker.Report {
	if r.speaker == nil {
		return &speaker.Report{}
	}
	out, err := r.speaker.Report(speaker.Digest{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return out
}
