package conf

import (
	"cmp"
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// Node is a word of the active configuration with the words that can follow it, in the order of
// their first appearance.
type Node struct {
	Word     string
	Pos      place.Pos // where the word first stands
	Children []*Node

	seq   int // of a leaf: its place in the order of statements
	index map[string]*Node
}

// Child returns the child of that word, or nil. A nil Node has no children.
func (n *Node) Child(word string) *Node {
	if n == nil {
		return nil
	}
	if len(n.Children) > linear {
		return n.index[word]
	}
	for _, c := range n.Children {
		if c.Word == word {
			return c
		}
	}
	return nil
}

// Get returns the node that the words lead to, or nil if the configuration does not have it.
func (n *Node) Get(words ...string) *Node {
	for _, w := range words {
		n = n.Child(w)
	}
	return n
}

// Leaves returns every statement below n, its words relative to n, in the order of the statements
// in the configuration, which differs from that of the tree where keywords take turns:
// "community add A; local-preference 5; community delete B". A container without content is a leaf.
func (n *Node) Leaves() []Statement {
	if n == nil {
		return nil
	}
	type leaf struct {
		Statement
		seq int
	}
	var leaves []leaf
	var walk func(*Node, []string)
	walk = func(n *Node, words []string) {
		for _, c := range n.Children {
			path := append(slices.Clip(words), c.Word)
			if len(c.Children) == 0 {
				leaves = append(leaves, leaf{Statement{path, c.Pos}, c.seq})
			}
			walk(c, path)
		}
	}
	walk(n, nil)
	slices.SortStableFunc(leaves, func(a, b leaf) int { return cmp.Compare(a.seq, b.seq) })
	statements := make([]Statement, len(leaves))
	for i, l := range leaves {
		statements[i] = l.Statement
	}
	return statements
}

// add returns the child of that word, made if it is not there.
func (n *Node) add(word string, pos place.Pos) *Node {
	if c := n.Child(word); c != nil {
		return c
	}
	c := &Node{Word: word, Pos: pos}
	n.Children = append(n.Children, c)
	switch {
	case n.index != nil:
		n.index[word] = c
	case len(n.Children) > linear:
		n.index = make(map[string]*Node, 2*len(n.Children))
		for _, c := range n.Children {
			n.index[c.Word] = c
		}
	}
	return c
}
