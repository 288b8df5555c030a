package gobgp

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
	"go.yaml.in/yaml/v3"
)

// maxDepth is how many brackets may be open at a time: the parser goes as deep.
const maxDepth = 10_000

// tomlTree returns TOML text as the tree that YAML of the same content has, with lines. It does not find everything that
// is wrong.
func tomlTree(text []byte) (*yaml.Node, error) {
	b := &tomlTreeBuilder{tables: map[*yaml.Node]map[string]*yaml.Node{}}
	depth := 0
	for i, c := range text {
		switch c {
		case '\n':
			b.ends = append(b.ends, i)
		case '[', '{':
			if depth++; depth > maxDepth {
				return nil, errors.New("cannot read TOML: too many brackets")
			}
		case ']', '}':
			depth--
		}
	}
	root := &yaml.Node{Kind: yaml.MappingNode, Line: 1}
	at := root
	p := unstable.Parser{}
	p.Reset(text)
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			at = root
			for it := e.Key(); it.Next(); {
				at = b.enter(at, string(it.Node().Data), b.line(it.Node()), e.Kind == unstable.ArrayTable && it.IsLast())
			}
		case unstable.KeyValue:
			b.keyValue(at, e)
		}
	}
	if err := p.Error(); err != nil {
		if at := (*unstable.ParserError)(nil); errors.As(err, &at) && len(at.Highlight) > 0 {
			return nil, fmt.Errorf("cannot read TOML: line %d: %w", p.Shape(p.Range(at.Highlight)).Start.Line, err)
		}
		return nil, fmt.Errorf("cannot read TOML: %w", err)
	}
	return root, nil
}

type tomlTreeBuilder struct {
	ends   []int // of lines
	tables map[*yaml.Node]map[string]*yaml.Node
}

// line returns the line, from 1, that a node begins in.
func (b *tomlTreeBuilder) line(n *unstable.Node) int {
	for n != nil && n.Raw.Length == 0 && n.Child() != nil {
		n = n.Child()
	}
	i, _ := slices.BinarySearch(b.ends, int(n.Raw.Offset))
	return i + 1
}

// enter returns the table of that name in at, a new element if it is an array of tables.
func (b *tomlTreeBuilder) enter(at *yaml.Node, name string, line int, element bool) *yaml.Node {
	v := b.tables[at][name]
	if v == nil {
		v = &yaml.Node{Kind: yaml.MappingNode, Line: line}
		if element {
			v.Kind = yaml.SequenceNode
		}
		b.put(at, name, line, v)
	}
	if v.Kind != yaml.SequenceNode {
		return v
	}
	if element || len(v.Content) == 0 {
		v.Content = append(v.Content, &yaml.Node{Kind: yaml.MappingNode, Line: line})
	}
	return v.Content[len(v.Content)-1]
}

func (b *tomlTreeBuilder) put(at *yaml.Node, name string, line int, v *yaml.Node) {
	at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name, Line: line}, v)
	if b.tables[at] == nil {
		b.tables[at] = map[string]*yaml.Node{}
	}
	b.tables[at][name] = v
}

func (b *tomlTreeBuilder) keyValue(at *yaml.Node, e *unstable.Node) {
	for it := e.Key(); it.Next(); {
		key := it.Node()
		if !it.IsLast() {
			at = b.enter(at, string(key.Data), b.line(key), false)
			continue
		}
		b.put(at, string(key.Data), b.line(key), b.value(e.Value(), b.line(key)))
	}
}

// value returns a value; it is taken to be on the given line where the parser does not say.
func (b *tomlTreeBuilder) value(v *unstable.Node, line int) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: string(v.Data), Line: line}
	switch v.Kind {
	case unstable.Array:
		n.Kind, n.Value = yaml.SequenceNode, ""
		for it := v.Children(); it.Next(); {
			n.Content = append(n.Content, b.value(it.Node(), line))
		}
	case unstable.InlineTable:
		n.Kind, n.Value = yaml.MappingNode, ""
		for it := v.Children(); it.Next(); {
			b.keyValue(n, it.Node())
		}
		if len(n.Content) > 0 {
			n.Line = n.Content[0].Line
		}
	default:
		if v.Raw.Length > 0 {
			n.Line = b.line(v)
		}
	}
	return n
}
