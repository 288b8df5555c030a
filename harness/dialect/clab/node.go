package clab

import (
	"path"
	"regexp"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// layers are the parts of a topology that nodes inherit from.
type layers struct {
	defaults     *layer
	kinds, group map[string]*layer
}

// layer is what a node, or something it inherits from, says itself.
type layer struct {
	kind, image, group, networkMode string
	binds                           []Bind
	exec                            []Command
}

// layers reads the fields of a topology.
func (r *reader) layers(n *yaml.Node) (l layers, nodes, links *yaml.Node) {
	l = layers{&layer{}, map[string]*layer{}, map[string]*layer{}}
	for _, e := range r.entries(n, "topology") {
		switch e.text {
		case "defaults":
			l.defaults = r.layer(e.value, "defaults")
		case "kinds":
			for _, k := range r.entries(e.value, "kinds") {
				l.kinds[k.text] = r.layer(k.value, "kind "+k.text)
			}
		case "groups":
			for _, g := range r.entries(e.value, "groups") {
				l.group[g.text] = r.layer(g.value, "group "+g.text)
			}
		case "nodes":
			nodes = e.value
		case "links":
			links = e.value
		default:
			r.problems.Addf(e.pos, "topology: no field named %q", e.text)
		}
	}
	return l, nodes, links
}

// idle are the fields of a node that say nothing of its routes or links.
var idle = map[string]bool{"type": true, "startup-config": true, "startup-delay": true, "enforce-startup-config": true, "suppress-startup-config": true,
	"auto-remove": true, "restart-policy": true, "config": true, "image-pull-policy": true, "license": true, "position": true, "hostname": true,
	"entrypoint": true, "cmd": true, "volumes": true, "devices": true, "cap-add": true, "privileged": true, "cgroupns-mode": true, "cgroup-parent": true,
	"pid-mode": true, "tmpfs": true, "security-opts": true, "shm-size": true, "ports": true, "mgmt-ipv4": true, "mgmt-ipv6": true, "mgmt_ipv4": true,
	"mgmt_ipv6": true, "env": true, "env-files": true, "user": true, "labels": true, "runtime": true, "cpu": true, "cpu-set": true, "memory": true,
	"sysctls": true, "extras": true, "stages": true, "dns": true, "certificate": true, "healthcheck": true, "credentials": true, "username": true,
	"password": true, "aliases": true, "components": true, "link-apply-mode": true, "wait-for": true, "publish": true, "sandbox": true, "kernel": true,
	"startup_config": true, "cpu_set": true}

// layer reads the fields that a node and what it inherits from have in common.
func (r *reader) layer(n *yaml.Node, what string) *layer {
	out := &layer{}
	for _, e := range r.entries(n, what) {
		field := what + ": " + e.text
		switch {
		case e.text == "kind":
			out.kind = r.fixed(e.value, field)
		case e.text == "group":
			out.group = r.fixed(e.value, field)
		case e.text == "image":
			out.image = r.text(e.value, field)
		case e.text == "network-mode":
			out.networkMode = r.fixed(e.value, field)
		case e.text == "binds":
			for _, item := range r.items(e.value, field) {
				r.bind(out, item, field)
			}
		case e.text == "exec":
			for _, item := range r.items(e.value, field) {
				if text := r.text(item, field); text != "" {
					out.exec = append(out.exec, Command{text, r.pos(item)})
				}
			}
		case idle[e.text]:
			r.pass(e, e.text)
		default:
			r.problems.Addf(e.pos, "%s: no field named %q", what, e.text)
		}
	}
	return out
}

// bind reads HOST:CONTAINER[:OPTIONS]. A path alone makes an anonymous volume, which says nothing.
func (r *reader) bind(out *layer, n *yaml.Node, what string) {
	text := r.text(n, what)
	if strings.Contains(text, "$") {
		r.addf(n, "%s: %q: closlab expands no environment variables: write the value out", what, text)
		return
	}
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 2 {
		return
	}
	if parts[0] == "" || !path.IsAbs(parts[1]) {
		r.addf(n, "%s: %q: want HOST:CONTAINER, the latter an absolute path", what, text)
		return
	}
	out.binds = append(out.binds, Bind{parts[0], path.Clean(parts[1]), r.pos(n)})
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

// node reads a node with what it inherits: a field from the first that says it of node, group, kind and defaults, lists from all.
func (r *reader) node(e entry, l layers) {
	if !nameForm.MatchString(e.text) {
		r.problems.Addf(e.pos, "node %q: a name is a letter or digit and at most 62 more letters, digits, \"-\", \"_\" or \".\"", e.text)
		return
	}
	own := r.layer(e.value, "node "+e.text)
	group := pick(own.group, l.defaults.group)
	of := l.group[group]
	if of == nil {
		of = &layer{}
	}
	kind := pick(own.kind, of.kind, l.defaults.kind)
	by := l.kinds[kind]
	if by == nil {
		by = &layer{}
	}
	n := &Node{Name: e.text, Kind: kind, Group: group, Pos: e.pos, Image: pick(own.image, of.image, by.image, l.defaults.image),
		NetworkMode: pick(own.networkMode, of.networkMode, by.networkMode, l.defaults.networkMode)}
	for _, from := range []*layer{l.defaults, by, of, own} {
		n.Exec = append(n.Exec, from.exec...)
		for _, b := range from.binds {
			n.bind(b)
		}
	}
	if r.steps += len(n.Exec) + len(n.Binds); r.steps > maxSteps {
		r.problems.Addf(e.pos, "node %s: too large: from here on, nodes inherit more than closlab looks at", e.text)
		return
	}
	r.nodes[n.Name] = n
	r.t.Nodes = append(r.t.Nodes, n)
}

// bind adds a bind, in place of an inherited one to the same place in the container.
func (n *Node) bind(b Bind) {
	b.Host = strings.ReplaceAll(b.Host, "__clabNodeName__", n.Name)
	for i := range n.Binds {
		if n.Binds[i].Container == b.Container {
			n.Binds[i] = b
			return
		}
	}
	n.Binds = append(n.Binds, b)
}

// pick returns the first text that says something.
func pick(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// Bound returns what is seen at a path in the container: the name on the host, as written in the bind, of the longest bind that leads there, and its
// place; "" if nothing is bound there.
func (n *Node) Bound(container string) (string, place.Pos) {
	host, pos, longest := "", place.Pos{}, 0
	for _, b := range n.Binds {
		rest, inside := strings.CutPrefix(container, strings.TrimSuffix(b.Container, "/")+"/")
		switch {
		case b.Container == container:
			return b.Host, b.Pos
		case inside && len(b.Container) > longest:
			host, pos, longest = path.Join(b.Host, rest), b.Pos, len(b.Container)
		}
	}
	return host, pos
}
