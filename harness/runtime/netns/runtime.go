//go:build linux

package netns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/budget"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/probe"
	"github.com/closlab/closlab/harness/runtime/sim"
	"github.com/closlab/closlab/harness/speaker"
)

// Options are what the caller may choose.
type Options struct {
	Seed   uint64    // of the prediction and of the routers' flow hashes
	Log    io.Writer // what routers say of themselves, besides the log in the lab's folder; may be nil
	Ground Ground    // of this lab alone; nil for namespaces
}

// Runtime is a fabric alive in network namespaces, on whatever ground. It is used by one goroutine at a time. Stop ends it.
type Runtime struct {
	Fabric *fabric.Fabric
	Name   string // of the lab, unique on this machine

	opt     Options
	life    context.Context
	started time.Time
	home    *home
	model   *sim.Sim       // the same fabric, simulated
	running *fabric.Fabric // the same, with the policies that its routers have now; only if one is opaque
	nodes   []*node        // in fabric order
	byName  map[string]*node
	links   []*link
	prober  *probe.Prober

	balancers []*balancer
	agents    *agents

	mu      sync.Mutex
	changed map[*node]bool // since they were looked at
	bell    chan struct{}
	lost    chan string // the first router whose process has ended

	announced   bool // own routes, for the first time
	tried       bool // to settle
	rested      bool // routers were told to
	differences []Difference
	notes       []string
	past        []string // versions of engines that have been replaced
}

// node is a node of the fabric in its namespace.
type node struct {
	*fabric.Node
	ns       *kernel.Namespace
	image    string           // that it runs now, as the fabric has it
	boots    string           // of native routers, the configuration that it boots with
	speaker  *speaker.Process // of routers; on some grounds others have one, too
	ends     []*end           // of its links, in fabric order
	sessions []*fabric.Session
	injected map[netip.Prefix]policy.Route
	untold   bool // of what was injected last
	down     bool
	away     bool // its image is being replaced, or could not be
	want     want
	seen     *seen

	glance *speaker.Glance // the last that it told, guarded by mu as gone is; nil if none
	gone   bool            // its process has ended
	turn   int             // of its processes
}

// end is an end of a link.
type end struct {
	link  *link
	node  *node
	far   *end
	name  string // of the interface
	addrs [2]netip.Addr
	bits  [2]int // as the fabric has them
}

// link joins two nodes.
type link struct {
	ends   [2]*end
	down   bool // by a fault
	broken bool // its session, by a fault
}

func (l *link) up() bool { return !l.down && !l.ends[0].node.down && !l.ends[1].node.down }

// New brings the fabric up; routes are still on their way when it returns: Settle waits for them. The error says what cannot
// be: no root, a policy that GoBGP cannot express, a construct that is not modelled. Then nothing is left behind. When life is over the
// routers end, and whatever the runtime is asked for fails at once; Stop then removes the rest.
func New(life context.Context, f *fabric.Fabric, opt Options) (*Runtime, error) {
	if opt.Log == nil {
		opt.Log = io.Discard
	}
	if opt.Ground == nil {
		opt.Ground = spaces{}
	}
	if err := budget.Check(f, opt.Ground != spaces{}); err != nil { // ahead of all that takes long for such a fabric
		return nil, err
	}
	r := &Runtime{Fabric: f, opt: opt, life: life, started: time.Now(), model: sim.New(f, opt.Seed),
		byName: map[string]*node{}, changed: map[*node]bool{}, bell: make(chan struct{}, 1), lost: make(chan string, 1),
		prober: probe.New()}
	if len(f.Opaque()) > 0 {
		r.running = f.Clone()
	}
	programs, err := r.plan()
	if err != nil {
		return nil, err
	}
	if err := opt.Ground.Supported(life, f); err != nil {
		return nil, err
	}
	if r.home, err = claim(f, opt.Ground); err != nil {
		return nil, err
	}
	r.Name, r.opt.Log = r.home.Name, diary{opt.Log, r.home.log}
	err = r.build()
	if err == nil {
		balanced := make(chan error, 1)
		go func() { balanced <- r.balance() }() // while routers wait for each other
		err = cmp.Or(r.speak(programs), <-balanced)
	}
	if err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	return r, nil
}

// plan makes the nodes and compiles the policies of the routers, without touching the machine.
func (r *Runtime) plan() (map[*node]program, error) {
	var problems place.Problems
	programs := map[*node]program{}
	for _, x := range r.Fabric.Nodes {
		n := &node{Node: x, image: x.Image, boots: r.Fabric.Texts[x.Name], sessions: r.Fabric.SessionsOf(x.Name), injected: map[netip.Prefix]policy.Route{}}
		r.nodes, r.byName[x.Name] = append(r.nodes, n), n
		if _, bare := r.opt.Ground.(spaces); bare && x.Engine == fabric.Native {
			problems.Addf(x.Pos, "node %s: kind %s runs in a container: use --runtime clab", x.Name, x.Kind)
			continue
		}
		if x.Role == fabric.Router && x.Paths != fabric.AnyAS && x.Engine != speaker.FRR {
			problems.Addf(x.Pos, "node %s: it balances over %s, which GoBGP does not do: use engine frr, or the sim runtime", x.Name, x.Paths)
		}
		if x.Role == fabric.Router {
			var err error
			programs[n], err = compile(n, r.Fabric)
			problems.Add(x.Pos, err)
		}
	}
	for i := range r.Fabric.Links {
		r.connect(&r.Fabric.Links[i])
	}
	problems.Add(place.Pos{}, unbalanced(r.Fabric))
	return programs, problems.Err()
}

// Apply gives one router the policies that it has in f, in place, with soft resets in both directions; and, on a ground of
// containers, the image: then its sessions begin anew. The error is a
// place.Problems if f lacks a session of the node or GoBGP cannot express a policy; then nothing is applied.
func (r *Runtime) Apply(f *fabric.Fabric, name string) error {
	n := r.byName[name]
	if n == nil || n.Role != fabric.Router {
		return fmt.Errorf("node %s: no router of fabric %s", name, r.Fabric.Name)
	}
	sessions := f.SessionsOf(name)
	for _, s := range n.sessions {
		if !slices.ContainsFunc(sessions, func(x *fabric.Session) bool { return x.Peer == s.Peer }) {
			return place.Problem{Pos: n.Pos, Text: fmt.Sprintf("session %s – %s: missing in the fabric to apply", s.Node, s.Peer)}
		}
	}
	program, err := compile(n, f)
	if err != nil {
		return err
	}
	other := f.Node(name) != nil && (f.Node(name).Image != n.image || n.away) || n.Blind() && program.native != n.boots
	if other {
		if err := r.replaceable(f, name); err != nil {
			return err
		}
	}
	if err := r.model.Apply(f, name); err != nil {
		return err
	}
	r.runs(f, name)
	r.ring(n)
	if other {
		return r.replace(n, f.Node(name).Image, program)
	}
	return program.give(n.speaker)
}

// Inject adds a route to the table of a router: preferred to every other one there, and discarding packets. A route as from a
// neighbour cannot be injected: only that neighbour can send it. It takes effect with Settle, in place of one injected before.
func (r *Runtime) Inject(name, peer string, route policy.Route) error {
	n := r.byName[name]
	if n == nil || n.Role != fabric.Router {
		return fmt.Errorf("inject %s at %s: no such router", route.Prefix, name)
	}
	if peer != "" {
		return fmt.Errorf("inject %s at %s as from %s: a live session carries only what %s sends: inject it there", route.Prefix, name, peer, peer)
	}
	if n.Engine == speaker.Native {
		return fmt.Errorf("inject %s at %s: it runs its own configuration alone", route.Prefix, name)
	}
	if n.Engine == speaker.FRR {
		if err := speaker.Originates(route); err != nil {
			return fmt.Errorf("inject %s at %s: %w", route.Prefix, name, err)
		}
	}
	if err := r.model.Inject(name, "", route); err != nil {
		return err
	}
	n.injected[route.Prefix.Masked()], n.untold = route, true
	return nil
}
