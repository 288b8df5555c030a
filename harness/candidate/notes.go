package candidate

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// notes is candidate.yaml: what its author says of the change.
type notes struct {
	Why      string    `yaml:"why"`
	Nodes    yaml.Node `yaml:"nodes"`    // selectors: which nodes get it; all that run a changed file if empty
	Order    yaml.Node `yaml:"order"`    // selectors: in which order
	Waives   yaml.Node `yaml:"waives"`   // names of invariants that it breaks on purpose
	Promises yaml.Node `yaml:"promises"` // invariants as in fabric.yaml

	file string
}

func readNotes(x file) (*notes, error) {
	n := &notes{file: x.shown}
	dec := yaml.NewDecoder(strings.NewReader(string(x.text)))
	dec.KnownFields(true)
	if err := dec.Decode(n); err != nil {
		return nil, fabric.YAMLError(x.shown, err)
	}
	return n, nil
}

// apply puts the author's words into the candidate, whose Order holds every node that runs a changed file.
func (n *notes) apply(c *Candidate, f *fabric.Fabric) error {
	if n == nil {
		return nil
	}
	var problems place.Problems
	c.Why = strings.TrimSpace(n.Why)
	if nodes := n.selected(&problems, f, n.Nodes, c.Order, "runs nothing that the candidate changes"); len(nodes) > 0 {
		c.Order = slices.DeleteFunc(c.Order, func(x string) bool { return !slices.Contains(nodes, x) })
	}
	if order := n.selected(&problems, f, n.Order, c.Order, "does not change"); len(order) > 0 {
		for _, x := range c.Order {
			if !slices.Contains(order, x) {
				problems.Addf(n.pos(n.Order), "order: leaves out %s, which changes too: say when", x)
			}
		}
		c.Order = order
	}
	for _, w := range n.words(&problems, n.Waives, "waives") {
		c.Waives = append(c.Waives, w)
		if !slices.ContainsFunc(f.Invariants, func(i *fabric.Invariant) bool { return i.Name == w }) {
			problems.Addf(n.pos(n.Waives), "waives: %s has no invariant %q: mend the name", f.Name, w)
		}
	}
	if !n.Promises.IsZero() {
		var err error
		c.Promises, err = f.ParseInvariants(n.file, &n.Promises)
		problems.Add(n.pos(n.Promises), err)
	}
	return problems.Err()
}

// selected returns the nodes that the selectors mean, in their order, each of which must be among the allowed.
func (n *notes) selected(problems *place.Problems, f *fabric.Fabric, list yaml.Node, allowed []string, otherwise string) []string {
	var out []string
	for _, w := range n.words(problems, list, "nodes") {
		nodes := f.Select(w)
		if len(nodes) == 0 {
			problems.Addf(n.pos(list), "%s has no node or tier %q: mend the name", f.Name, w)
		}
		named := 0
		for _, x := range nodes {
			if slices.Contains(allowed, x.Name) && !slices.Contains(out, x.Name) {
				out = append(out, x.Name)
				named++
			}
		}
		if len(nodes) > 0 && named == 0 {
			problems.Addf(n.pos(list), "%q %s", w, otherwise)
		}
	}
	return out
}

func (n *notes) words(problems *place.Problems, list yaml.Node, field string) []string {
	if list.IsZero() {
		return nil
	}
	var many []string
	if list.Kind == yaml.ScalarNode {
		return []string{list.Value}
	}
	if err := list.Decode(&many); err != nil {
		problems.Addf(n.pos(list), "%s: want a name or a list of names", field)
	}
	return many
}

func (n *notes) pos(at yaml.Node) place.Pos { return place.Pos{File: n.file, Line: at.Line} }
