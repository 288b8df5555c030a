package conf

import "github.com/closlab/closlab/harness/place"

// Limits of what Parse reads, for text from strangers.
const (
	maxBytes      = 16 << 20
	maxStatements = 1_000_000
	maxDepth      = 64  // braces
	maxPath       = 128 // words
)

// Statement is one configuration statement as the words of its full path, as `show | display set`
// prints it without "set": "policy-options policy-statement A term B then accept". A list in brackets is one
// statement a member. A container without content is a statement of its own.
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Config is a configuration. It never changes; an edit returns another.
type Config struct {
	File string
	root *item
}

// Root returns the active configuration as a tree of words: inactive statements are dropped.
func (c *Config) Root() *Node {
	b := builder{}
	root := &Node{Pos: place.Pos{File: c.File}}
	b.build(root, c.root)
	return root
}

// builder turns items into nodes.
type builder struct{ seq int }

func (b *builder) build(n *Node, it *item) {
	for c := it.first; c != nil; c = c.next {
		if c.inactive || c.tag == "delete:" {
			continue
		}
		at := n
		for _, w := range c.words {
			at = at.add(w, c.pos)
		}
		b.seq++
		at.seq = b.seq
		b.build(at, c)
	}
}
