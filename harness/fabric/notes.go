package fabric

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Notes is a candidate.yaml: what the author of a candidate says of it.
type Notes struct {
	Why      string            // on one line
	Nodes    []string          // the nodes it is meant for, in fabric order; none if it does not say
	Order    []string          // the nodes in the order of the roll-out; none if it does not say
	Waives   []string          // names of invariants that it breaks on purpose
	Promises []*Invariant      // what else must hold once it is in
	Images   map[string]string // of the containers of FRR routers, by the routers' names

	NodesAt, OrderAt, ImagesAt place.Pos
}

// ParseNotes reads the text of a candidate.yaml for this fabric. The error is a place.Problems with everything that is
// wrong. f must come from Load, Parse or Draw.
func (f *Fabric) ParseNotes(file string, data []byte) (*Notes, error) {
	b := f.again()
	invariants := b.f.Invariants
	b.reader = reader{file: file}
	b.f.Invariants = nil
	n := &Notes{}
	m := b.mapping(b.document(data), "candidate", "why", "nodes", "order", "waives", "promises", "images")
	n.Why = strings.Join(strings.Fields(b.text(m["why"], "why").text), " ")
	if at := m["nodes"]; at != nil {
		_, nodes := b.selectors(at, "nodes")
		n.Nodes, n.NodesAt = names(nodes), b.pos(at)
	}
	if at := m["order"]; at != nil {
		n.OrderAt = b.pos(at)
		for _, w := range b.words(at, "order") {
			for _, name := range names(b.choose([]word{w}, "order")) {
				if !slices.Contains(n.Order, name) {
					n.Order = append(n.Order, name)
				}
			}
		}
	}
	for _, w := range b.words(m["waives"], "waives") {
		n.Waives = append(n.Waives, w.text)
		if !slices.ContainsFunc(invariants, func(i *Invariant) bool { return i.Name == w.text }) {
			b.problems.Addf(w.pos, "waives: %s has no invariant named %q", f.Name, w.text)
		}
	}
	if at := m["images"]; at != nil {
		n.Images, n.ImagesAt = b.images(at), b.pos(at)
	}
	b.invariants(m["promises"])
	n.Promises = b.f.Invariants
	return n, b.problems.Err()
}

func names(nodes []*Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Name)
	}
	return out
}
