package clab

import (
	"strings"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// Topology is what a containerlab topology file says, with all that nodes inherit.
type Topology struct {
	Name   string
	File   string         // as shown in messages
	Nodes  []*Node        // in order of the file
	Links  []*Link        // in order of the file
	Passed place.Problems // keys that were passed over since they say nothing of routes or links
}

// Node is a container.
type Node struct {
	Name        string
	Kind        string // "" if nothing says
	Image       string
	Group       string // only a label, unless the topology has a group of that name
	NetworkMode string
	Binds       []Bind
	Exec        []Command // in the order they are run
	Pos         place.Pos
}

// Bind is a file or folder of the host that a container sees.
type Bind struct {
	Host      string // as written: relative to the topology's folder, unless it is absolute
	Container string // absolute
	Pos       place.Pos
}

// Command is run in the container once it is up.
type Command struct {
	Text string
	Pos  place.Pos
}

// Link joins two interfaces.
type Link struct {
	Ends [2]End
	Pos  place.Pos
}

// End is an interface of a node.
type End struct{ Node, Port string }

// Limits on a topology, so that a stranger's file cannot cause unbounded work.
const (
	MaxFile  = 4 << 20 // bytes
	maxNodes = 5_000
	maxLinks = 50_000
	maxSteps = 2_000_000 // YAML nodes looked at, those behind aliases each time
)

// Read reads the text of a topology file; file is what messages call it. The error is a place.Problems with everything that is wrong.
func Read(file string, text []byte) (*Topology, error) {
	r := &reader{file: file, t: &Topology{File: file}, nodes: map[string]*Node{}}
	if strings.HasSuffix(file, ".gotmpl") || strings.Contains(string(text), "{{") {
		r.problems.Addf(place.Pos{File: file}, "a template: closlab reads what comes of it, not the template itself")
		return nil, r.problems.Err()
	}
	if doc := r.document(text); doc != nil {
		r.topology(doc)
	}
	if err := r.problems.Err(); err != nil {
		return nil, err
	}
	return r.t, nil
}

// topology reads the document.
func (r *reader) topology(doc *yaml.Node) {
	var topology *yaml.Node
	var unknown place.Problems
	for _, e := range r.entries(doc, "topology file") {
		switch e.text {
		case "name":
			r.t.Name = r.text(e.value, "name")
		case "topology":
			topology = e.value
		case "prefix", "mgmt", "settings", "debug":
			r.pass(e, e.text)
		default:
			unknown.Addf(e.pos, "topology file: no field named %q", e.text)
		}
	}
	if topology == nil {
		r.addf(doc, "it has no topology, so it is none of containerlab's (a fabric is a folder with a fabric.yaml)")
		return
	}
	r.problems.Add(place.Pos{}, unknown.Err())
	if r.t.Name == "" {
		r.addf(doc, "topology file: it has no name")
	}
	layers, nodes, links := r.layers(topology)
	for _, e := range r.entries(nodes, "nodes") {
		if len(r.t.Nodes) == maxNodes {
			r.problems.Addf(e.pos, "nodes: a topology has at most %d", maxNodes)
			return
		}
		r.node(e, layers)
	}
	if len(r.t.Nodes) == 0 && len(r.problems) == 0 {
		r.addf(topology, "topology: it has no nodes")
	}
	for _, item := range r.items(links, "links") {
		if len(r.t.Links) == maxLinks {
			r.addf(item, "links: a topology has at most %d", maxLinks)
			return
		}
		r.link(item)
	}
	r.usedOnce()
}

// usedOnce reports interfaces that are at the end of two links.
func (r *reader) usedOnce() {
	used := map[End]place.Pos{}
	for _, l := range r.t.Links {
		for _, e := range l.Ends {
			if prev, twice := used[e]; twice {
				r.problems.Addf(l.Pos, "link: interface %s of %s is already linked by line %d", e.Port, e.Node, prev.Line)
			}
			used[e] = l.Pos
		}
	}
}
