package fabric

import (
	"maps"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// FRRImage is the image of FRR routers that name none.
const FRRImage = "closlab/frr:latest"

// imageLike is what an image may be called: a name with a registry's ahead of it, and a tag or digest behind (the grammar of references of the
// OCI Distribution Specification, as Docker reads it).
var imageLike = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]+)?/)?` +
	`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$`)

// ImageLike reports whether an image may be called so.
func ImageLike(name string) bool { return len(name) < 256 && imageLike.MatchString(name) }

// images reads which FRR routers are to have which images, by node or tier.
func (b *builder) images(n *yaml.Node) map[string]string {
	out := map[string]string{}
	for _, e := range b.entries(n, "images") {
		image := b.text(e.value, "images "+e.text)
		if !ImageLike(image.text) {
			b.addf(e.value, "images %s: %q is no image such as quay.io/frrouting/frr:10.3.0", e.text, image.text)
			continue
		}
		for _, x := range b.routers([]word{e.word}, "images") {
			switch _, twice := out[x.Name]; {
			case x.External:
				b.problems.Addf(e.pos, "images: %s is not ours to change", x.Name)
			case x.Engine != "frr":
				b.problems.Addf(e.pos, "images: %s does not run engine frr: images are rehearsed for FRR routers alone", x.Name)
			case twice:
				b.problems.Addf(e.pos, "images: %s has an image already: name it once", x.Name)
			default:
				out[x.Name] = image.text
			}
		}
	}
	return out
}

// OnImages returns the fabric with other images of these nodes. f is not touched.
func (f *Fabric) OnImages(images map[string]string) *Fabric {
	if len(images) == 0 {
		return f
	}
	g := f.Clone()
	g.Nodes, g.byName = nil, maps.Clone(f.byName)
	for _, n := range f.Nodes {
		if image := images[n.Name]; image != "" {
			c := *n
			c.Image, n = image, &c
		}
		g.Nodes = append(g.Nodes, n)
		if g.byName != nil {
			g.byName[n.Name] = n
		}
	}
	return g
}
