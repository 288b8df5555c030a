package conf

import "github.com/closlab/closlab/harness/place"

// Statement is one configuration statement as the words of its full path, as `show | display set`
// prints it without "set": "policy-options policy-statement A term B then accept". A list in brackets is one
// statement a member. A container without content is a statement of its own.
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Config is a configuration: statements in order. The order of terms, actions and all other
// siblings is that of their first statement.
type Config struct {
	File       string
	Statements []Statement
	inactive   map[string]bool // paths that are deactivated
}

// Node is a configuration as a tree of words, the active part alone, in order.
type Node struct {
	Word     string
	Pos      place.Pos
	Children []*Node
}
