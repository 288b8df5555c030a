package conf

import "slices"

// load reads a configuration to be merged. What is tagged replace: or delete: becomes a deletion,
// then what the text has in its place.
func (p *Patch) load(text []byte) error {
	c, err := read(p.File, text)
	if err != nil {
		return err
	}
	p.merge(c.root)
	return nil
}

func (p *Patch) merge(it *item) {
	for c := it.first; c != nil; c = c.next {
		path := c.path()
		switch {
		case c.tag == "replace:":
			p.edits = append(p.edits, edit{verb: "replace", pos: c.pos, path: path})
		case c.tag == "delete:":
			p.edits = append(p.edits, edit{verb: "delete", pos: c.pos, path: path, loose: c.n > 0})
		}
		if c.n == 0 && c.tag != "delete:" || c.inactive || c.protect {
			p.edits = append(p.edits, edit{verb: "set", pos: c.pos, path: slices.Clip(path), tags: c.marks()})
		}
		p.merge(c)
	}
}

// marks returns the tags that stand before a statement, without those of load replace.
func (it *item) marks() []string {
	var tags []string
	if it.inactive {
		tags = append(tags, "inactive:")
	}
	if it.protect {
		tags = append(tags, "protect:")
	}
	return tags
}
