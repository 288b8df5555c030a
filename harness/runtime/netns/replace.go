//go:build linux

package netns

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// replaceable returns why a router cannot be given the image that it has in f.
func (r *Runtime) replaceable(f *fabric.Fabric, name string) error {
	n := f.Node(name)
	if _, bare := r.opt.Ground.(spaces); bare {
		return place.Problem{Pos: n.Pos, Text: fmt.Sprintf("node %s: image %s is of a container: use --runtime clab", name, n.Image)}
	}
	return r.opt.Ground.Supported(r.life, f)
}

// replace has a router run in another image, or boot with another configuration: its links and sessions go down, it ends, and another one takes
// over its links, with these policies. Where that fails the router is away until it is replaced once more.
func (r *Runtime) replace(n *node, image string, p program) error {
	down := n.down && !n.away
	n.away = true
	if err := r.turn(n, true); err != nil {
		return err
	}
	r.mu.Lock()
	n.turn++
	n.glance, n.gone = nil, false
	r.mu.Unlock()
	before := n.speaker.Version
	if before != "" && !slices.Contains(r.past, before) {
		r.past = append(r.past, before)
	}
	n.speaker.Kill()
	x, was := *n.Node, n.image
	x.Image = image
	err := r.renew(n, &x, p.native)
	if err == nil {
		n.image, n.boots, n.seen = image, p.native, nil
		err = r.start(n, p)
	}
	if err == nil {
		err = r.register()
	}
	if err != nil {
		return fmt.Errorf("image %s: %w", named(image), err)
	}
	n.away = false
	if before != "" && was != image {
		r.note("%s ran %s in image %s, then %s in image %s", n.Name, before, named(was), n.speaker.Version, named(image))
	}
	return r.turn(n, down)
}

// named returns an FRR router's image, whatever the fabric says.
func named(image string) string { return cmp.Or(image, fabric.FRRImage) }

// renew puts a node on new ground, with its links, which are down.
func (r *Runtime) renew(n *node, x *fabric.Node, config string) error {
	old := n.ns
	now, err := r.opt.Ground.Replace(r.life, x, config)
	if err != nil {
		return err
	}
	n.ns = now
	if err := r.settle(n); err != nil {
		return errors.Join(err, old.Close())
	}
	for _, e := range n.ends {
		if err := old.Move(e.name, now); err != nil {
			return errors.Join(err, old.Close())
		}
		if err := now.AddAddresses(e.name, e.inKernel().Addrs...); err != nil {
			return errors.Join(err, old.Close())
		}
	}
	return old.Close()
}
