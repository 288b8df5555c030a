//go:build linux

package clab

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/closlab/closlab/harness/docker"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// New brings a fabric up in containers, as netns.New does in namespaces.
func New(life context.Context, f *fabric.Fabric, opt netns.Options) (*netns.Runtime, error) {
	opt.Ground = &ground{doors: map[string]*speaker.Door{}, images: map[string]string{}}
	return netns.New(life, f, opt)
}

// Name is the runtime's.
const Name = "clab"

// processLabel is the label of containers that says to which process their lab belongs.
const processLabel = "closlab-process"

// ground is the containers of one lab.
type ground struct {
	process string // this one, as in the label
	exe     string // its program
	plot    netns.Plot
	doors   map[string]*speaker.Door // of nodes
	images  map[string]string        // what their names meant when they were first used: ids

	mu     sync.Mutex
	razed  bool
	cancel func()        // of deploying
	done   chan struct{} // deploying has ended; nil if it has not begun
}

func (g *ground) Name() string { return Name }

func (g *ground) Prefix(lab string) string { return "clab-" + lab + "-" } // as containerlab names containers

func (g *ground) Supported(life context.Context, f *fabric.Fabric) error {
	err := kernel.Supported()
	if err == nil {
		err = static()
	}
	if err == nil {
		_, err = docker.Find(life)
	}
	if err == nil {
		err = images(life, f)
	}
	return err
}

// Raise deploys the containers.
func (g *ground) Raise(life context.Context, p netns.Plot) ([]*kernel.Namespace, error) {
	me, err := kernel.ProcessOf(os.Getpid())
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g.plot, g.process, g.exe = p, label(me), exe
	for _, n := range p.Fabric.Nodes {
		if err := os.MkdirAll(folder(&p, n.Name), 0o700); err != nil {
			return nil, fmt.Errorf("lab %s: %w", p.Lab, err)
		}
	}
	file, err := write(&p, exe, g.process)
	if err != nil {
		return nil, fmt.Errorf("lab %s: %w", p.Lab, err)
	}
	for _, n := range p.Fabric.Nodes {
		if g.doors[n.Name], err = speaker.NewDoor(n.Name, folder(&p, n.Name)); err != nil {
			return nil, err
		}
	}
	if err := g.deploy(life, file); err != nil {
		return nil, fmt.Errorf("lab %s: containers: %w", p.Lab, err)
	}
	out := make([]*kernel.Namespace, len(p.Fabric.Nodes))
	for i, n := range p.Fabric.Nodes {
		if out[i], err = kernel.Open(g.Prefix(p.Lab) + n.Name); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Replace has containerlab deploy one container anew, with nothing that the one before has kept.
func (g *ground) Replace(life context.Context, n *fabric.Node, config string) (*kernel.Namespace, error) {
	name := g.Prefix(g.plot.Lab) + n.Name
	if err := remove(life, []container{{Name: name}}); err != nil {
		return nil, err
	}
	if err := g.rehang(n.Name); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(g.plot.Folder, "clab-"+g.plot.Lab, n.Name)); err != nil {
		return nil, err
	}
	g.plot.Fabric = g.plot.Fabric.OnImages(map[string]string{n.Name: imageOf(n)})
	g.plot.Fabric.Texts = maps.Clone(g.plot.Fabric.Texts)
	if config != "" {
		g.plot.Fabric.Texts[n.Name] = config
	}
	file, err := write(&g.plot, g.exe, g.process)
	if err != nil {
		return nil, err
	}
	if err := g.deploy(life, file, n.Name); err != nil {
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	return kernel.Open(name)
}

// rehang puts a new door in the place of a node's: nobody who came too late at the old one comes in.
func (g *ground) rehang(node string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.doors[node].Close()
	d, err := speaker.NewDoor(node, folder(&g.plot, node))
	if err == nil {
		g.doors[node] = d
	}
	return err
}

// Ready returns what the machine lacks for fabrics in containers, such as an image of a router.
func Ready(ctx context.Context, fabrics ...*fabric.Fabric) error {
	for _, f := range fabrics {
		if err := (&ground{}).Supported(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// deploy has containerlab deploy containers, all if it names none, unless the lab is razed meanwhile.
func (g *ground) deploy(life context.Context, topology string, nodes ...string) error {
	watched, watch, err := os.Pipe()
	if err != nil {
		return err
	}
	defer watched.Close()
	g.mu.Lock()
	if g.razed {
		g.mu.Unlock()
		watch.Close()
		return errors.New("given up")
	}
	g.cancel = sync.OnceFunc(func() { watch.Close() })
	g.done = make(chan struct{})
	g.mu.Unlock()
	defer close(g.done)
	defer g.cancel()
	defer context.AfterFunc(life, g.cancel)()
	list, err := drive(context.WithoutCancel(life), watched, append([]string{"deploy", topology}, nodes...)...)
	if life.Err() != nil {
		return context.Cause(life)
	}
	if err != nil {
		return err
	}
	return g.compare(list)
}

// late is how long the first process of a container may take to report, or Docker to say why it does not.
const late = 30 * time.Second

// ended says how the container whose first process had that id has ended; 0 is any.
func (g *ground) ended(node string, pid int) string {
	ctx, cancel := context.WithTimeout(context.Background(), late)
	defer cancel()
	container := g.Prefix(g.plot.Lab) + node
	how, err := drive(ctx, nil, "wait", container, strconv.Itoa(pid))
	if err != nil {
		return fmt.Sprintf("how is not known: %v", err)
	}
	return "container " + container + ": " + strings.TrimSpace(string(how))
}

// Start marks the interfaces of a node as containerlab's, and takes its speaker in at its door.
func (g *ground) Start(life context.Context, n *fabric.Node, in *kernel.Namespace, r *speaker.Router, log io.Writer, changed func(*speaker.Glance)) (*speaker.Process, error) {
	for _, l := range g.plot.Links {
		for _, e := range l {
			if e.Node != n.Name {
				continue
			}
			if err := in.AddName(e.Name, owned(e)); err != nil {
				return nil, err
			}
		}
	}
	ctx, cancel := context.WithTimeout(life, late)
	defer cancel()
	if n.Engine == fabric.Native {
		argv := append([]string{"run", g.Prefix(g.plot.Lab) + n.Name, binary}, speaker.Arguments(n.Name, door)...)
		if _, err := drive(ctx, nil, argv...); err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Name, err)
		}
	}
	body, err := g.doors[n.Name].Await(ctx, log, func(pid int) string {
		if n.Engine == fabric.Native { // it is not the first process
			pid = 0
		}
		return g.ended(n.Name, pid)
	})
	if err != nil {
		return nil, err
	}
	p := speaker.Idle(life, body, n.Name, changed)
	if r == nil {
		return p, nil
	}
	return p, p.Route(*r)
}

// owned returns the name by which containerlab knows an interface to be its own (links/link.go, ownershipAltNameFor).
func owned(i netns.Interface) string {
	sum := sha1.Sum([]byte(i.Node + "\x00" + i.Name))
	return "clab-o-" + hex.EncodeToString(sum[:8])
}

// Raze removes the containers of the lab.
func (g *ground) Raze() error {
	g.mu.Lock()
	g.razed = true
	cancel, done := g.cancel, g.done
	g.mu.Unlock()
	if done == nil {
		return nil
	}
	cancel()
	<-done
	g.mu.Lock()
	for _, d := range g.doors {
		d.Close()
	}
	g.mu.Unlock()
	ctx := context.Background()
	mine, err := containers(ctx, func(c container) bool { return c.Lab == g.plot.Lab && c.Process == g.process })
	if err == nil {
		err = remove(ctx, mine)
	}
	if err != nil {
		return fmt.Errorf("lab %s: its containers cannot be removed: %w: closlab lab clean does so once Docker answers", g.plot.Lab, err)
	}
	return nil
}

// label returns the words by which a label names a process.
func label(p kernel.Process) string {
	return strconv.Itoa(p.Pid) + "." + strconv.FormatUint(p.Born, 10)
}
