package candidate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Image is another image of a router's container.
type Image struct{ Node, Was, Is string }

func (i Image) String() string { return fmt.Sprintf("image of %s: %s → %s", i.Node, i.Was, i.Is) }

// images returns the images that notes change. n may be nil.
func (b *Base) images(n *fabric.Notes) []Image {
	var out []Image
	for _, x := range b.Fabric.Nodes {
		if n == nil || n.Images[x.Name] == "" {
			continue
		}
		if i := (Image{x.Name, cmp.Or(x.Image, fabric.FRRImage), n.Images[x.Name]}); i.Was != i.Is {
			out = append(out, i)
		}
	}
	return out
}

// images returns them by node.
func (c *Candidate) images() map[string]string {
	out := map[string]string{}
	for _, i := range c.Images {
		out[i.Node] = i.Is
	}
	return out
}

// join puts the routers of new images into the order, where those of changed files are. A router that is to keep its old file cannot have a
// new image.
func (c *Candidate) join(f *fabric.Fabric, n *fabric.Notes) error {
	images := c.images()
	for _, name := range c.LeftOut {
		if images[name] != "" {
			return place.Problem{Pos: n.ImagesAt, Text: fmt.Sprintf("images: %s runs %v, and is not among nodes: name it there, or judge its image apart", name, c.Files)}
		}
	}
	was := c.Order
	c.Order = nil
	for _, x := range f.Nodes {
		if images[x.Name] != "" || slices.Contains(was, x.Name) {
			c.Order = append(c.Order, x.Name)
		}
	}
	return nil
}
