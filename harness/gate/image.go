package gate

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// images returns why the candidate's images cannot be observed. Nothing of an image can be predicted.
func (g *gate) images() error {
	switch list := g.cand.Images; {
	case len(list) == 0:
		return nil
	case g.opt.Images == nil:
		return fmt.Errorf("%s: nothing of an image is predicted: observe it with --runtime clab", list[0])
	}
	if err := g.opt.Images(g.base.Fabric, g.cand.After); err != nil {
		return fmt.Errorf("observation: %w", err)
	}
	return nil
}

// renewed returns the fabric before the candidate, with its images.
func (g *gate) renewed() *fabric.Fabric {
	images := map[string]string{}
	for _, i := range g.cand.Images {
		images[i.Node] = i.Is
	}
	return g.base.Fabric.OnImages(images)
}

// lasting returns the classes without the trips from or to those of the nodes that get another image: such a router is away meanwhile, and what
// becomes of its own packets is not probed. It says so.
func (g *gate) lasting(classes []observe.Class, nodes ...string) []observe.Class {
	away := map[string]bool{}
	for _, i := range g.cand.Images {
		away[i.Node] = slices.Contains(nodes, i.Node)
	}
	said := map[string]bool{}
	var out []observe.Class
	for _, c := range classes {
		c.Trips = slices.DeleteFunc(slices.Clone(c.Trips), func(t observe.Trip) bool {
			for _, end := range []string{t.From, t.To} {
				if away[end] {
					said[end] = true
					return true
				}
			}
			return false
		})
		if len(c.Trips) > 0 {
			out = append(out, c)
		}
	}
	for _, n := range nodes {
		note := fmt.Sprintf("%s was away while its image changed: what it sends and gets itself was not probed meanwhile", n)
		if said[n] && !slices.Contains(g.v.Evidence.Notes, note) {
			g.v.Evidence.Notes = append(g.v.Evidence.Notes, note)
		}
	}
	return out
}
