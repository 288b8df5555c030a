package fabric

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// reader takes values out of a YAML tree and notes all that does not fit. A value that is not there, or wrong, is
// the zero value.
type reader struct {
	file     string
	problems place.Problems
}

// word is a scalar and its place.
type word struct {
	text string
	pos  place.Pos
}

// entry is one field of a mapping.
type entry struct {
	word
	value *yaml.Node
}

func (r *reader) pos(n *yaml.Node) place.Pos { return place.Pos{File: r.file, Line: n.Line} }

func (r *reader) addf(n *yaml.Node, format string, args ...any) {
	r.problems.Addf(r.pos(n), format, args...)
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// document returns the only document of the text, or nil if there is none.
func (r *reader) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if err == nil {
		if err = dec.Decode(&second); err == nil {
			r.addf(&second, "a second document: want one")
			return nil
		}
	} else if errors.Is(err, io.EOF) {
		err = errors.New("empty: want fields, as in name: value")
	}
	if !errors.Is(err, io.EOF) {
		at, text := place.Pos{File: r.file}, err.Error()
		if m := yamlError.FindStringSubmatch(text); m != nil {
			at.Line, _ = strconv.Atoi(m[1])
			text = "not YAML: " + m[2]
		}
		r.problems.Addf(at, "%s", text)
		return nil
	}
	if r.refuseAliases(&doc) || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// refuseAliases reports aliases and anchors: with them a small file can mean a huge one.
func (r *reader) refuseAliases(n *yaml.Node) (found bool) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.addf(n, "YAML anchors and aliases are not read: write the value out")
		return true
	}
	for _, sub := range n.Content {
		found = r.refuseAliases(sub) || found
	}
	return found
}

// entries returns the fields of a mapping in order, each name once.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.addf(n, "%s: want fields, as in {field: value}", what)
		return nil
	}
	var out []entry
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		w, ok := r.scalar(key, what)
		if !ok {
			continue
		}
		if line, twice := first[w.text]; twice {
			r.addf(key, "%s: field %q is already in line %d", what, w.text, line)
			continue
		}
		first[w.text] = key.Line
		out = append(out, entry{w, n.Content[i+1]})
	}
	return out
}

// mapping returns the values of a mapping that may have these fields only.
func (r *reader) mapping(n *yaml.Node, what string, fields ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for _, e := range r.entries(n, what) {
		if slices.Contains(fields, e.text) {
			out[e.text] = e.value
		} else {
			r.problems.Addf(e.pos, "%s: no field named %q%s", what, e.text, nearest(e.text, slices.Values(fields)))
		}
	}
	return out
}

// items returns the elements of a list.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.addf(n, "%s: want a list, each item as in - {field: value}", what)
		return nil
	}
	return n.Content
}

// scalar returns the text of a scalar that is not empty.
func (r *reader) scalar(n *yaml.Node, what string) (word, bool) {
	if n.Kind != yaml.ScalarNode || n.Value == "" || n.Tag == "!!null" {
		r.addf(n, "%s: want a plain value", what)
		return word{}, false
	}
	return word{n.Value, r.pos(n)}, true
}

// text returns the text of one scalar.
func (r *reader) text(n *yaml.Node, what string) word {
	if n == nil {
		return word{}
	}
	w, _ := r.scalar(n, what)
	return w
}

// words returns the texts of one scalar or of a list of scalars, each once.
func (r *reader) words(n *yaml.Node, what string) []word {
	first := map[string]bool{}
	return slices.DeleteFunc(r.scalars(n, what), func(w word) bool {
		if first[w.text] {
			r.problems.Addf(w.pos, "%s: %q is listed twice", what, w.text)
			return true
		}
		first[w.text] = true
		return false
	})
}

// scalars returns the texts of one scalar or of a list of scalars.
func (r *reader) scalars(n *yaml.Node, what string) []word {
	if n == nil {
		return nil
	}
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	if len(list) == 0 {
		r.addf(n, "%s: the list is empty", what)
	}
	var out []word
	for _, sub := range list {
		if w, ok := r.scalar(sub, what); ok {
			out = append(out, w)
		}
	}
	return out
}
