package gobgp

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/place"
)

// node is a part of the tree of a text.
type node = yaml.Node

func (r *reader) pos(n *node) place.Pos { return place.Pos{File: r.file, Line: n.Line} }

// mapping returns the values by key; keys other than those allowed are problems, if any are given.
func (r *reader) mapping(n *node, allowed ...string) map[string]*node {
	out := map[string]*node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.refuse(n, "want keys with values, not %q", n.Value)
		return out
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if len(allowed) > 0 && !slices.Contains(allowed, key.Value) {
			r.addf(key, "%s is not modelled and could change routes: want %s", key.Value, strings.Join(allowed, ", "))
		}
		out[key.Value] = n.Content[i+1]
	}
	return out
}

// config returns the keys of the part named config.
func (r *reader) config(n *node) map[string]*node { return r.mapping(r.mapping(n)["config"]) }

func (r *reader) items(n *node) []*node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.refuse(n, "want a list")
		return nil
	}
	return n.Content
}

func (r *reader) words(n *node) []string {
	var out []string
	for _, x := range r.items(n) {
		out = append(out, r.word(x))
	}
	return out
}

// word returns a single value; "" if there is none.
func (r *reader) word(n *node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.refuse(n, "want a single value")
		return ""
	}
	return n.Value
}

// flag reports whether a value is there and not false.
func (r *reader) flag(n *node) bool {
	w := r.word(n)
	on, err := strconv.ParseBool(w)
	return w != "" && (on || err != nil)
}

// number returns a number from least on, of at most 32 bits.
func (r *reader) number(n *node, least uint64) uint32 {
	v, err := strconv.ParseUint(r.word(n), 10, 32)
	if err != nil || v < least {
		r.addf(n, "%q: want a number from %d to 4294967295", n.Value, least)
	}
	return uint32(v)
}
