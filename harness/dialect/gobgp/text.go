package gobgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-viper/mapstructure/v2"
	"github.com/osrg/gobgp/v4/pkg/config/oc"
	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/place"
)

// Text is a GoBGP configuration as it stands in a file. It is never changed once parsed.
type Text struct {
	File string
	root *yaml.Node // TOML too
}

// Statement is one value of a configuration as the words that lead to it: the keys and, for a member of a list, its name. For
// a list without names and for what is empty it is the words that lead there.
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Parse returns a configuration whose structure GoBGP takes. Files that end in .toml are TOML, all others YAML, which JSON is, too. The error is a
// place.Problems: the syntax, keys that GoBGP does not know, or words that could not be shown in one line.
func Parse(file string, text []byte) (*Text, error) {
	t := &Text{File: file}
	isTOML := strings.HasSuffix(file, ".toml")
	var ps place.Problems
	var err error
	if isTOML {
		t.root, err = tomlTree(text)
	} else {
		t.root, err = yamlTree(text)
	}
	if err == nil {
		t.check(t.root, &ps)
		err = ps.Err()
	}
	values := map[string]any{}
	switch { // both read what the check above has let pass in linear time only
	case err != nil:
	case isTOML:
		err = toml.Unmarshal(text, &values)
	default:
		err = t.root.Decode(&values)
	}
	if err == nil {
		err = t.loads(values)
	}
	if err != nil {
		ps = nil
		ps.Add(place.Pos{File: file}, err)
		return nil, ps.Err()
	}
	return t, nil
}

// loads returns what of the keys and the types of values GoBGP would refuse. It does so when it loads a file, for all of it.
func (t *Text) loads(values map[string]any) error {
	var found mapstructure.Metadata
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: &oc.BgpConfigSet{}, Metadata: &found, WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToNetIPAddrHookFunc(), mapstructure.StringToNetIPPrefixHookFunc())})
	if err == nil {
		err = d.Decode(values)
	}
	if err != nil {
		return fmt.Errorf("GoBGP does not load it: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	var ps place.Problems
	for _, key := range found.Unused {
		ps.Addf(place.Pos{File: t.File, Line: lineOf(t.root, key)}, "GoBGP does not load it: it does not know %s", key)
	}
	return ps.Err()
}

// lineOf returns the line of a key that is named like neighbors[0].config.peer-as, or of what is nearest to it.
func lineOf(n *yaml.Node, name string) int {
	line := n.Line
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		next := (*yaml.Node)(nil)
		if i, err := strconv.Atoi(word); err == nil && n.Kind == yaml.SequenceNode && i < len(n.Content) {
			next = n.Content[i]
		}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			if n.Content[i].Value == word {
				line, next = n.Content[i].Line, n.Content[i+1]
			}
		}
		if next == nil {
			break
		}
		n = next
	}
	return line
}

// yamlTree returns the one document of a YAML text.
func yamlTree(text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1}, nil
	case err != nil:
		return nil, fmt.Errorf("cannot read YAML: %w", err)
	case d.Decode(&yaml.Node{}) == nil:
		return nil, errors.New("cannot read YAML: more than one document")
	}
	return doc.Content[0], nil
}

// What a text may have at most: words longer than any name or expression, and more keys in one place than GoBGP knows.
const maxWord, maxKeys = 1024, 100

// check refuses what has two values, what stands for another part of the text, and what could not be shown in one line as it
// is, since messages and verdicts repeat it.
func (t *Text) check(n *yaml.Node, ps *place.Problems) {
	pos := place.Pos{File: t.File, Line: n.Line}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		ps.Addf(pos, "anchors and aliases are not read: write it out")
	case n.Kind == yaml.MappingNode && len(n.Content) > 2*maxKeys:
		ps.Addf(pos, "%d keys: GoBGP has nothing with more than %d", len(n.Content)/2, maxKeys)
	case n.Kind == yaml.MappingNode:
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if seen[key.Value] {
				ps.Addf(place.Pos{File: t.File, Line: key.Line}, "%q is there twice", key.Value)
			}
			seen[key.Value] = true
			t.check(key, ps)
			if key.Value != "description" {
				t.check(n.Content[i+1], ps)
			}
		}
	case len(n.Value) > maxWord:
		ps.Addf(pos, "a word of %d letters: the longest that is read has %d", len(n.Value), maxWord)
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		ps.Addf(pos, "%q has control characters", n.Value)
	default:
		for _, c := range n.Content {
			t.check(c, ps)
		}
	}
}

// Statements returns what the configuration says, in order.
func (t *Text) Statements() []Statement {
	var out []Statement
	var walk func(n *yaml.Node, words []string)
	walk = func(n *yaml.Node, words []string) {
		words = words[:len(words):len(words)]
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i < len(n.Content); i += 2 {
				walk(n.Content[i+1], append(words, n.Content[i].Value))
			}
		case yaml.SequenceNode:
			for _, c := range n.Content {
				if name := nameOf(c); name != "" {
					walk(c, append(words, name))
				} else {
					walk(c, words)
				}
			}
		case yaml.ScalarNode:
			words = append(words, n.Value)
		}
		if len(n.Content) == 0 {
			out = append(out, Statement{words, place.Pos{File: t.File, Line: n.Line}})
		}
	}
	walk(t.root, nil)
	return out
}

// nameOf returns what a member of a list goes by; "" if it has no name.
func nameOf(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i < len(n.Content); i += 2 {
		switch key, v := n.Content[i].Value, n.Content[i+1]; {
		case key == "name", strings.HasSuffix(key, "-name"), key == "neighbor-address", key == "ip-prefix", key == "prefix":
			return v.Value
		case key == "config":
			return nameOf(v)
		}
	}
	return ""
}
