package conf

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// item is a node of the configuration as it is edited: mostly one word of a path. Below match
// conditions, actions and lists of policies an item is one whole statement without children, so that
// "community add A; local-preference 5; community delete B" keeps its order. Children are a linked
// list, with an index once they are many: every edit takes constant time.
type item struct {
	words    []string
	pos      place.Pos
	inactive bool
	protect  bool
	tag      string // replace: or delete: of load replace
	name     bool   // chosen by the operator, not a keyword
	whole    bool   // the children are whole statements

	parent, prev, next, first, last *item

	n     int
	index *index // once the children are many
}

// word returns the first word, which for most items is the only one.
func (it *item) word() string {
	if len(it.words) == 0 {
		return ""
	}
	return it.words[0]
}

// path returns the full path words of it.
func (it *item) path() []string {
	if it.parent == nil {
		return nil
	}
	return append(it.parent.path(), it.words...)
}

// child returns the child of exactly these words, or nil.
func (it *item) child(words ...string) *item {
	if it.n > linear {
		return it.indexed().exact[key(words)]
	}
	for c := it.first; c != nil; c = c.next {
		if slices.Equal(c.words, words) {
			return c
		}
	}
	return nil
}

// insert puts c among the children of it behind the child prev; a nil prev means first.
func (it *item) insert(c, prev *item) {
	c.parent, c.prev = it, prev
	if prev == nil {
		c.next, it.first = it.first, c
	} else {
		c.next, prev.next = prev.next, c
	}
	if c.next == nil {
		it.last = c
	} else {
		c.next.prev = c
	}
	it.n++
	if it.index != nil {
		it.index.add(it, c)
	}
	c.shape()
}

// remove takes it from its parent; what is below it stays with it.
func (it *item) remove() {
	p := it.parent
	if it.prev == nil {
		p.first = it.next
	} else {
		it.prev.next = it.next
	}
	if it.next == nil {
		p.last = it.prev
	} else {
		it.next.prev = it.prev
	}
	p.n--
	if p.index != nil {
		p.index.remove(p, it)
	}
	it.parent, it.prev, it.next = nil, nil, nil
}

// add makes the path below it where it is missing, at the end of its siblings or in the place of the
// value it replaces, and returns its last item. The words of path are kept, not copied.
func (it *item) add(path []string, pos place.Pos) *item {
	for len(path) > 0 {
		n := 1
		if it.whole {
			n = len(path)
		}
		words := path[:n:n]
		c := it.child(words...)
		if c == nil {
			c = &item{words: words, pos: pos}
			at := it.last
			if old := it.rival(words); old != nil {
				at = old.prev
				old.remove()
			}
			it.insert(c, at)
		}
		it, path = c, path[n:]
	}
	return it
}

// find returns the items at path below it (several only where whole statements share the path), and
// how many words of the path exist.
func (it *item) find(path []string) (found []*item, known int) {
	for known < len(path) {
		if it.whole {
			if found = it.below(path[known:]); len(found) > 0 {
				known = len(path)
			}
			return found, known
		}
		c := it.child(path[known])
		if c == nil {
			return nil, known
		}
		it, known = c, known+1
	}
	return []*item{it}, known
}

// clone returns a copy of it and all below it, without a parent.
func (it *item) clone() *item {
	c := &item{words: it.words, pos: it.pos, inactive: it.inactive, protect: it.protect, tag: it.tag, name: it.name, whole: it.whole}
	for k := it.first; k != nil; k = k.next {
		c.insert(k.clone(), c.last)
	}
	return c
}
