package gobgp

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/place"
)

// tomlTree returns TOML text as the tree that YAML of the same content has, with lines.
func tomlTree(file string, text []byte) (*yaml.Node, error) {
	root := &yaml.Node{Kind: yaml.MappingNode, Line: 1}
	at := root
	p := unstable.Parser{}
	p.Reset(text)
	line := func(n *unstable.Node) int {
		for n != nil && n.Raw.Length == 0 && n.Child() != nil {
			n = n.Child()
		}
		return strings.Count(string(text[:n.Raw.Offset]), "\n") + 1
	}
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			at = root
			for it := e.Key(); it.Next(); {
				at = enter(at, string(it.Node().Data), line(it.Node()), e.Kind == unstable.ArrayTable && it.IsLast())
			}
		case unstable.KeyValue:
			keyValue(at, e, line)
		}
	}
	if err := p.Error(); err != nil {
		return nil, place.Problem{Pos: place.Pos{File: file}, Text: "cannot read TOML: " + err.Error()}
	}
	return root, nil
}

// enter returns the table of that name in at, a new element if it is an array of tables.
func enter(at *yaml.Node, name string, line int, element bool) *yaml.Node {
	var v *yaml.Node
	for i := 0; i < len(at.Content); i += 2 {
		if at.Content[i].Value == name {
			v = at.Content[i+1]
		}
	}
	if v == nil {
		v = &yaml.Node{Kind: yaml.MappingNode, Line: line}
		if element {
			v.Kind = yaml.SequenceNode
		}
		at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name, Line: line}, v)
	}
	if v.Kind != yaml.SequenceNode {
		return v
	}
	if element || len(v.Content) == 0 {
		v.Content = append(v.Content, &yaml.Node{Kind: yaml.MappingNode, Line: line})
	}
	return v.Content[len(v.Content)-1]
}

func keyValue(at *yaml.Node, e *unstable.Node, line func(*unstable.Node) int) {
	for it := e.Key(); it.Next(); {
		key := it.Node()
		if !it.IsLast() {
			at = enter(at, string(key.Data), line(key), false)
			continue
		}
		at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: string(key.Data), Line: line(key)},
			tomlValue(e.Value(), line(key), line))
	}
}

func tomlValue(v *unstable.Node, at int, line func(*unstable.Node) int) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: string(v.Data), Line: at}
	switch v.Kind {
	case unstable.Array:
		n.Kind = yaml.SequenceNode
		for it := v.Children(); it.Next(); {
			n.Content = append(n.Content, tomlValue(it.Node(), at, line))
		}
	case unstable.InlineTable:
		n.Kind = yaml.MappingNode
		for it := v.Children(); it.Next(); {
			keyValue(n, it.Node(), line)
		}
	}
	return n
}
