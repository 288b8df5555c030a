package clab

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// reader takes a topology out of a YAML tree, and notes all that does not fit.
type reader struct {
	file     string
	t        *Topology
	nodes    map[string]*Node
	problems place.Problems
	steps    int
	passed   map[string]bool
}

// entry is one field of a mapping.
type entry struct {
	text  string
	pos   place.Pos
	value *yaml.Node
}

func (r *reader) pos(n *yaml.Node) place.Pos { return place.Pos{File: r.file, Line: n.Line} }

func (r *reader) addf(n *yaml.Node, format string, args ...any) {
	r.problems.Addf(r.pos(n), format, args...)
}

// pass notes a key that says nothing of routes, once by its name.
func (r *reader) pass(e entry, what string) {
	if r.passed == nil {
		r.passed = map[string]bool{}
	}
	if !r.passed[what] {
		r.passed[what] = true
		r.t.Passed.Addf(e.pos, "%s", what)
	}
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// document returns the only document of the text, or nil if there is none.
func (r *reader) document(text []byte) *yaml.Node {
	at := place.Pos{File: r.file}
	if len(text) > MaxFile {
		r.problems.Addf(at, "larger than %d MiB", MaxFile>>20)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if err == nil {
		if err = dec.Decode(&second); err == nil {
			r.addf(&second, "a second document: a topology is one")
			return nil
		}
	} else if errors.Is(err, io.EOF) {
		err = errors.New("empty: a topology needs a name and nodes")
	}
	if !errors.Is(err, io.EOF) {
		text := err.Error()
		if m := yamlError.FindStringSubmatch(text); m != nil {
			at.Line, _ = strconv.Atoi(m[1])
			text = "not YAML: " + m[2]
		}
		r.problems.Addf(at, "%s", text)
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// plain returns what an alias stands for, or the node itself; nil once the work would become too much.
func (r *reader) plain(n *yaml.Node) *yaml.Node {
	if r.steps++; r.steps > maxSteps {
		if r.steps == maxSteps+1 {
			r.addf(n, "too large: YAML aliases make more of it than closlab looks at")
		}
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// nothing reports whether a value is not there, as in `leaf1:` alone.
func nothing(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "")
}

// entries returns the fields of a mapping in order, each name once; those of a merge key (<<) come where no other field says them.
func (r *reader) entries(n *yaml.Node, what string) []entry { return r.merged(n, what, 0) }

func (r *reader) merged(n *yaml.Node, what string, depth int) []entry {
	if n == nil {
		return nil
	}
	if n = r.plain(n); nothing(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode || depth > 16 {
		r.addf(n, "%s: want fields, as in {field: value}", what)
		return nil
	}
	var out, inherited []entry
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if r.plain(value) == nil {
			return out
		}
		if key.Tag == "!!merge" {
			inherited = append(inherited, r.merged(value, what, depth+1)...)
			continue
		}
		if key.Kind != yaml.ScalarNode || key.Value == "" {
			r.addf(key, "%s: want a plain name", what)
			continue
		}
		if line, twice := first[key.Value]; twice {
			r.addf(key, "%s: field %q is already in line %d", what, key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		out = append(out, entry{key.Value, r.pos(key), value})
	}
	for _, e := range inherited {
		if first[e.text] == 0 {
			first[e.text] = e.pos.Line
			out = append(out, e)
		}
	}
	return out
}

// items returns the elements of a list.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n = r.plain(n); nothing(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.addf(n, "%s: want a list, each item as in - value", what)
		return nil
	}
	var out []*yaml.Node
	for _, item := range n.Content {
		if item = r.plain(item); item != nil {
			out = append(out, item)
		}
	}
	return out
}

// text returns the text of a scalar.
func (r *reader) text(n *yaml.Node, what string) string {
	if n = r.plain(n); n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.addf(n, "%s: want a plain value", what)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// fixed is text, without environment variables.
func (r *reader) fixed(n *yaml.Node, what string) string {
	s := r.text(n, what)
	if strings.Contains(s, "$") {
		r.addf(n, "%s: %q: closlab expands no environment variables: write the value out", what, s)
		return ""
	}
	return s
}
