package conf

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// Apply returns the configuration with the patch in it. Statements that the patch adds carry its place.
// The error is a place.Problems: everything the patch edits that is not there, with the file and line of
// the patch and the nearest path that is.
func (p *Patch) Apply(c *Config) (*Config, error) {
	e := editor{root: c.root.clone()}
	for _, ed := range p.edits {
		e.apply(ed)
	}
	return e.finish(c.File)
}

// editor changes a configuration, edit by edit.
type editor struct {
	root     *item
	problems place.Problems
	missed   int // edits whose target is not there
	hit      int // edits whose target is there
	work     int // statements touched
}

// maxTouched bounds what a patch may cost: a short path can stand for all statements below it. A statement that is copied
// counts as so many that are touched.
const maxTouched, copying = 10 * maxStatements, 10

// finish returns the edited configuration if all went well.
func (e *editor) finish(file string) (*Config, error) {
	c := &Config{File: file, root: e.root, groups: true}
	if len(e.problems) == 0 {
		e.problems.Add(place.Pos{File: file}, c.expand())
	}
	if err := e.problems.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (e *editor) apply(ed edit) {
	if e.work > maxTouched {
		if e.work < 2*maxTouched {
			e.problems.Addf(ed.pos, "the patch edits more than this program takes on: split it here")
		}
		e.work = 2 * maxTouched
		return
	}
	switch ed.verb {
	case "set":
		e.set(ed)
	case "delete":
		e.delete(ed)
	case "replace":
		if found, _ := e.root.find(ed.path); len(found) == 1 && e.free(ed.pos, found[0]) {
			for found[0].first != nil {
				found[0].first.remove()
			}
		}
	case "insert", "rename", "copy":
		e.relate(ed)
	case "compare":
		e.compare(ed)
	default:
		for _, it := range e.target(ed.pos, ed.path) {
			switch ed.verb {
			case "deactivate":
				it.inactive = true
			case "activate":
				it.inactive = false
			default:
				it.protect = ed.verb == "protect"
			}
		}
	}
}

// target returns what is at path, or notes that it is missing.
func (e *editor) target(pos place.Pos, path []string) []*item {
	found, known := e.root.find(path)
	if len(found) == 0 {
		e.missed++
		e.problems.Addf(pos, "%s", absent(path, known))
		return nil
	}
	e.hit++
	e.work += len(found)
	return found
}

// free reports whether nothing protects it, or notes what does.
func (e *editor) free(pos place.Pos, it *item) bool {
	for at := it; at != nil; at = at.parent {
		if at.protect {
			e.problems.Addf(pos, "%q is protected: a router refuses to edit it", join(at.path(), false))
			return false
		}
	}
	return true
}

func (e *editor) set(ed edit) {
	if _, known := e.root.find(ed.path); known > depth(ed.path)+1 {
		e.hit++ // within a named part of the object, such as a term
	}
	it := e.root.add(ed.path, ed.pos)
	if e.free(ed.pos, it) {
		it.mark(ed.tags...)
	}
}

func (e *editor) delete(ed edit) {
	if found, _ := e.root.find(ed.path); len(found) == 0 && ed.loose {
		return
	}
	found := e.target(ed.pos, ed.path)
	if len(found) == 0 {
		return
	}
	n := 0
	for _, it := range found {
		n += it.leaves()
	}
	for _, leaf := range ed.shown {
		if at, known := e.root.find(leaf); len(at) == 0 {
			e.problems.Addf(ed.pos, "the patch removes what is not there: %s", absent(leaf, known))
		}
	}
	if ed.shown != nil && n != len(ed.shown) {
		e.problems.Addf(ed.pos, "the patch removes %q and shows %d statements of it, but there are %d", join(ed.path, false), len(ed.shown), n)
	}
	for _, it := range found {
		if e.free(ed.pos, it) {
			it.cut()
		}
	}
}

// leaves counts the statements at and below it.
func (it *item) leaves() int {
	if it.n == 0 {
		return 1
	}
	n := 0
	for c := it.first; c != nil; c = c.next {
		n += c.leaves()
	}
	return n
}

// cut removes it, and the keywords above that it leaves without content. A named object stays.
func (it *item) cut() {
	for p := it.parent; p != nil; it, p = p, p.parent {
		it.remove()
		if p.n > 0 || p.name {
			return
		}
	}
}

// relate applies insert, rename and copy.
func (e *editor) relate(ed edit) {
	found := e.target(ed.pos, ed.path)
	if len(found) == 0 || !e.free(ed.pos, found[0]) {
		return
	}
	it, p := found[0], found[0].parent
	there, _ := e.root.find(ed.other)
	switch {
	case len(found) > 1 || !slices.Equal(it.path(), ed.path):
		e.problems.Addf(ed.pos, "%s: %q is no whole statement: name one", ed.verb, join(ed.path, false))
	case ed.verb == "insert":
		e.move(ed, it, e.target(ed.pos, ed.other))
	case len(there) > 0:
		e.problems.Addf(ed.pos, "%s: there is a %q already", ed.verb, join(ed.other, false))
	case !it.name && !p.whole || !slices.Equal(ed.other[:len(ed.other)-1], it.path()[:len(ed.path)-1]):
		e.problems.Addf(ed.pos, "%s: %q has no name that could be %q", ed.verb, join(ed.path, false), join(ed.other, false))
	case ed.verb == "copy" && p.slot(ed.other[len(ed.other)-len(it.words):]) != "":
		e.problems.Addf(ed.pos, "copy: there is room for one %q only", join(ed.path, false))
	default:
		c, at := it, p.last
		if ed.verb == "copy" {
			c = it.clone()
			e.work += copying * it.leaves()
		} else {
			at = it.prev
			it.remove()
		}
		c.words, c.pos = ed.other[len(ed.other)-len(it.words):], ed.pos
		p.insert(c, at)
	}
}

// move puts it before or behind a sibling.
func (e *editor) move(ed edit, it *item, anchor []*item) {
	if len(anchor) == 0 {
		return
	}
	a := anchor[len(anchor)-1]
	if ed.before {
		a = anchor[0]
	}
	if a == it || a.parent != it.parent {
		e.problems.Addf(ed.pos, "insert: %q is no sibling of %q", join(ed.other, false), join(ed.path, false))
		return
	}
	p := it.parent
	it.pos = ed.pos
	it.remove()
	if ed.before {
		a = a.prev
	}
	p.insert(it, a)
}
