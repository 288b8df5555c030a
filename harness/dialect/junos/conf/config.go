package conf

import "github.com/closlab/closlab/harness/place"

// Statement is one configuration statement as the words of its path, as `show | display set` prints
// it without "set": "policy-options policy-statement A term B then accept". A list in brackets is
// one statement a member. A container without content is a statement of its own.
type Statement struct {
	Words []string
	Pos   place.Pos
}

// Config is a configuration as it stands in the text, with what is inactive and the configuration
// groups. It never changes; an edit returns another.
type Config struct {
	File   string
	root   *item
	groups bool // configuration groups are defined or applied
}

// Root returns the active configuration as a tree of words, as `show | display inheritance` would:
// what is inactive, or tagged delete:, is left out, and configuration groups are inherited. What a
// group brings comes behind what is there, and never replaces it (CLI User Guide, "Configuration
// Groups": the target's own value wins, then the group applied deepest, then the first in the list). The
// groups themselves and the apply-groups statements are not in the tree; apply-macro and apply-flags are.
func (c *Config) Root() *Node {
	return c.build().root
}

// expand returns what is wrong with the configuration groups and their use.
func (c *Config) expand() error {
	if !c.groups {
		return nil
	}
	return c.build().problems.Err()
}

func (c *Config) build() *builder {
	b := &builder{groups: c.root.child("groups"), wild: map[*item][]*item{}, root: &Node{Pos: place.Pos{File: c.File}}}
	b.build(b.root, nil, c.root, nil)
	return b
}
