package fabric

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Native is the engine of a router that runs a vendor's own software, in a container of its Image.
const Native = "native"

// Kind is a sort of native router: containerlab's name for it, and what closlab knows of its configuration.
type Kind struct {
	Name     string
	Files    string // how the names of its configuration files end
	Read     bool   // closlab reads its language, and so can predict what it does
	Switches bool   // it forwards by a table of its own, and has its addresses there; else both are the kernel's
	Port     string // of its interfaces, numbered from 1 in the order of the fabric's links
}

// Kinds are those whose commands closlab knows. For others see Blind.
var Kinds = []Kind{
	{"arista_ceos", ".eos.conf", false, true, "eth%d"},
	{"juniper_crpd", ".junos.conf", true, false, "eth%d"},
	{"nokia_srlinux", ".srl.json", false, true, "e1-%d"},
}

// kind returns what is known of the node's kind; of one that is not known, only that it is no kernel's, and without a name.
func (n *Node) kind() Kind {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == n.Kind })
	switch {
	case i >= 0:
		return Kinds[i]
	case n.Kind != "":
		return Kind{Files: blindFile, Switches: true, Port: n.ports}
	}
	return Kind{Read: true}
}

// Opaque reports whether nothing of what the router sends can be predicted: it runs a configuration that closlab does not read.
func (n *Node) Opaque() bool { return !n.kind().Read }

// Switches reports whether the router forwards by a table of its own, and not by the kernel's.
func (n *Node) Switches() bool { return n.Engine == Native && n.kind().Switches }

// Opaque returns the routers of which nothing can be predicted, each with its kind: "spine1 (arista_ceos)".
func (f *Fabric) Opaque() []string {
	var out []string
	for _, n := range f.Nodes {
		if n.Opaque() {
			out = append(out, n.Name+" ("+n.Kind+")")
		}
	}
	return out
}

// nodeWord stands for the name of the node in config.
const nodeWord = "{node}"

// native reads what a tier of native routers is: nodes returns them with their kind and configuration file. Any tier may have an image.
func (b *builder) native(e entry, m map[string]*yaml.Node, nodes []*Node, what string) {
	fields := []string{"kind", "image", "config"}
	own := map[string]word{}
	for _, f := range fields {
		own[f] = b.text(m[f], what+": "+f)
		switch on := len(nodes) > 0 && nodes[0].Engine == Native; {
		case on && m[f] == nil:
			b.problems.Addf(e.pos, "%s: engine native needs kind, image and config: it has no %s", what, f)
		case f == "image" && m[f] != nil && !ImageLike(own[f].text):
			b.addf(m[f], "%s: %q is no image such as quay.io/frrouting/frr:10.3.0", what, own[f].text)
		case f == "image": // of any engine
			for _, n := range nodes {
				n.Image = own[f].text
			}
		case !on && m[f] != nil:
			b.addf(m[f], "%s: %s is for engine native", what, f)
		}
	}
	b.blind(m, nodes, own["kind"], what)
	if own["kind"].text == "" {
		return
	}
	kind := (&Node{Kind: own["kind"].text}).kind()
	file := own["config"]
	switch {
	case file.text == "":
		return
	case !filepath.IsLocal(file.text) || strings.Contains(file.text, `\`):
		b.problems.Addf(file.pos, "%s: config: %q is not a file below the folder %s", what, file.text, PolicyFolder)
		return
	case !strings.HasSuffix(file.text, kind.Files):
		b.problems.Addf(file.pos, "%s: config: %q: configurations of kind %s are in files named *%s", what, file.text, own["kind"].text, kind.Files)
		return
	case len(nodes) > 1 && !strings.Contains(file.text, nodeWord):
		b.problems.Addf(file.pos, "%s: config: %q is one file for %d routers: each has its own, as in %q", what, file.text, len(nodes), nodeWord+kind.Files)
		return
	}
	for _, n := range nodes {
		n.Kind, n.configAt = own["kind"].text, file.pos
		n.Config = strings.ReplaceAll(file.text, nodeWord, n.Name)
	}
}

func kindNames() string {
	var names []string
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// natives binds the sessions of native routers to their configurations, whose statements decide, and numbers their interfaces.
func (b *builder) natives() {
	ports := map[string]int{}
	for i := range b.f.Links {
		l := &b.f.Links[i]
		for end, name := range []string{l.From, l.To} {
			if n := b.f.Node(name); n.Engine == Native {
				if !n.fromZero {
					ports[name]++
				}
				l.Ports[end] = fmt.Sprintf(n.kind().Port, ports[name])
				if n.fromZero {
					ports[name]++
				}
			}
		}
	}
	for _, n := range b.f.Nodes {
		if n.Config == "" {
			continue
		}
		bind := &Binding{File: n.Config, Pos: n.configAt}
		for _, s := range b.ends[n.Name] {
			s.Binding = [2]*Binding{bind, bind}
		}
	}
}
