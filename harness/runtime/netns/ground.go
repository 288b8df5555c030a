//go:build linux

package netns

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// Ground is what the nodes of one lab are made of: the namespaces of this package or, with package runtime/clab, containers. All
// else of a lab is the same on each.
type Ground interface {
	// Name is the runtime's.
	Name() string
	// Supported returns what the machine lacks for the fabric, and leaves nothing behind.
	Supported(life context.Context, f *fabric.Fabric) error
	// Prefix is what the names of the lab's network namespaces begin with, as in `ip netns`; the node's name follows.
	Prefix(lab string) string
	// Raise makes the nodes of a lab, without links, and returns their network namespaces in fabric order, under the names of `ip netns`,
	// for the caller to delete. It leaves off when life is over. With an error it returns what it has made.
	Raise(life context.Context, p Plot) ([]*kernel.Namespace, error)
	// Start starts the speaker of a node: with the router that is to run there, or, of a node that is none, without; then there may be
	// no speaker at all.
	Start(life context.Context, n *fabric.Node, in *kernel.Namespace, r *speaker.Router, log io.Writer, changed func(*speaker.Glance)) (*speaker.Process, error)
	// Replace ends the node of that name, whose speaker has been killed, and makes it anew with the image that n has and, of a native router,
	// the configuration that it boots with, without links. It returns its network namespace, in place of the one from before, which is still
	// the caller's to close.
	Replace(life context.Context, n *fabric.Node, config string) (*kernel.Namespace, error)
	// Raze removes what there is of the nodes besides namespaces and speakers. It may be called while Raise is at work, and again.
	Raze() error
}

// Plot is where a lab is to be.
type Plot struct {
	Lab    string // its name
	Folder string // of its own, root's alone, which goes with it
	Fabric *fabric.Fabric
	Links  [][2]Interface
	MTU    int // of links, in bytes
}

// Interface is the end of a link at a node.
type Interface struct{ Node, Name string }

// spaces is a Ground of named network namespaces and, for routers, children of this process.
type spaces struct{}

// Namespaces returns the ground of this package, which a lab has that names none.
func Namespaces() Ground { return spaces{} }

func (spaces) Name() string { return "netns" }

func (spaces) Prefix(lab string) string { return lab + "." }

func (spaces) Raze() error { return nil }

func (spaces) Replace(_ context.Context, n *fabric.Node, _ string) (*kernel.Namespace, error) {
	return nil, fmt.Errorf("node %s: a namespace has no image", n.Name)
}

func (spaces) Supported(_ context.Context, f *fabric.Fabric) error {
	err := kernel.Supported()
	if err == nil && slices.ContainsFunc(f.Nodes, func(n *fabric.Node) bool { return n.Engine == speaker.FRR }) {
		err = daemons.Installed()
	}
	return err
}

func (g spaces) Raise(life context.Context, p Plot) ([]*kernel.Namespace, error) {
	out := make([]*kernel.Namespace, len(p.Fabric.Nodes))
	return out, parallel(len(out), func(i int) error {
		if life.Err() != nil {
			return fmt.Errorf("lab %s: not all up yet: %w", p.Lab, context.Cause(life))
		}
		var err error
		out[i], err = kernel.New(g.Prefix(p.Lab) + p.Fabric.Nodes[i].Name)
		return err
	})
}

func (spaces) Start(life context.Context, _ *fabric.Node, in *kernel.Namespace, r *speaker.Router, log io.Writer, changed func(*speaker.Glance)) (*speaker.Process, error) {
	if r == nil {
		return nil, nil
	}
	return speaker.Start(life, in, *r, log, changed)
}
