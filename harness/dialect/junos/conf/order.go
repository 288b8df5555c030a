package conf

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// compare applies the lines below one header of "show | compare".
func (e *editor) compare(ed edit) {
	hit := e.hit
	if len(e.target(ed.pos, ed.path)) == 0 {
		return
	}
	if len(ed.path) == depth(ed.path) {
		e.hit = hit // that the object itself is there says nothing of what is edited in it
	}
	e.siblings(ed.path, ed.lines, ed.pos.File)
}

// cursor is where in a list of siblings the lines of a hunk have come to.
type cursor struct {
	at      *item   // the last sibling that is there; nil before the first
	placed  bool    // at is known
	early   []*item // added before any sibling was seen
	listed  []entry // what the hunk shows, in order
	reorder bool
	pos     place.Pos // of the first ! line
}

// entry is a sibling that a hunk shows; moved if marked !.
type entry struct {
	*item
	moved bool
}

// siblings applies lines below path: deletes, adds in place, switches, and orders the siblings as shown.
func (e *editor) siblings(path []string, lines []line, file string) {
	cursors := map[*item]*cursor{}
	var order []*item
	at := func(p *item) *cursor {
		if cursors[p] == nil {
			cursors[p] = &cursor{}
			order = append(order, p)
		}
		return cursors[p]
	}
	for _, l := range lines {
		pos := place.Pos{File: file, Line: l.phrase.line}
		full := slices.Concat(path, l.words)
		switch l.mark {
		case '+':
			for _, ed := range l.sets(path, file) {
				e.set(ed)
			}
			for _, m := range l.listed(full) {
				found, _ := e.root.find(m)
				for _, it := range found {
					at(it.parent).added(it)
				}
			}
		case '-':
			for _, ed := range l.deletes(path, file) {
				e.remove(ed, at)
			}
		default:
			for _, it := range e.shown(l, pos, full) {
				at(it.parent).seen(it, l.mark == '!' && len(l.tags) == 0, pos)
			}
			e.siblings(full, l.block, file)
		}
	}
	for _, p := range order {
		if c := cursors[p]; c.reorder {
			e.reorder(p, c)
		}
	}
}

// shown returns the items that an unmarked line or one marked ! shows, switched on or off if it says so.
func (e *editor) shown(l line, pos place.Pos, full []string) []*item {
	var found []*item
	for _, m := range l.listed(full) {
		found = append(found, e.target(pos, m)...)
	}
	if l.mark == '!' && len(l.tags) > 0 {
		for _, it := range found {
			if e.free(pos, it) {
				it.mark(l.tags...)
			}
		}
	}
	return found
}

// remove applies a line marked -. What is added next goes where it was.
func (e *editor) remove(ed edit, at func(*item) *cursor) {
	found, _ := e.root.find(ed.path)
	for _, it := range found {
		if c := at(it.parent); !c.placed || c.at == it {
			c.at, c.placed = it.prev, true
		}
	}
	e.delete(ed)
}

// added puts a new sibling behind the last one seen.
func (c *cursor) added(it *item) {
	if c.listed = append(c.listed, entry{it, false}); !c.placed {
		c.early = append(c.early, it)
		return
	}
	if p := it.parent; c.at != it {
		p.shift(it, c.at)
	}
	c.at = it
}

// seen notes a sibling that the hunk shows; what was added before it goes before it. One that moves stands, from now on,
// where the patch says so.
func (c *cursor) seen(it *item, moved bool, pos place.Pos) {
	if moved {
		it.pos = pos
	}
	if moved && !c.reorder {
		c.reorder, c.pos = true, pos
	}
	for _, early := range c.early {
		if early != it {
			it.parent.shift(early, it.prev)
		}
	}
	c.listed = append(c.listed, entry{it, moved})
	c.early, c.at, c.placed = nil, it, true
}

// shift moves the child c behind prev; a nil prev means first.
func (it *item) shift(c, prev *item) {
	if c == prev || c.prev == prev {
		return
	}
	c.remove()
	it.insert(c, prev)
}

// reorder puts the listed children of p into the listed order. Children that the hunk does not show stay
// before or behind all that it shows, or, in between, beside the neighbour that is not marked moved. If
// both neighbours moved and parted, the new place is not known.
func (e *editor) reorder(p *item, c *cursor) {
	c.listed = slices.DeleteFunc(c.listed, func(l entry) bool { return l.parent != p }) // deleted meanwhile
	rank := map[*item]int{}
	for i, l := range c.listed {
		if _, twice := rank[l.item]; twice {
			e.problems.Addf(c.pos, "%q is listed twice in the new order", join(l.path(), false))
			return
		}
		rank[l.item] = i
	}
	var front, run []*item
	before, after := map[*item][]*item{}, map[*item][]*item{}
	last := -1 // rank of the listed sibling seen last
	for it := p.first; it != nil; it = it.next {
		r, listed := rank[it]
		switch {
		case !listed:
			run = append(run, it)
			continue
		case len(run) == 0:
		case last < 0:
			front = run
		case r == last+1 || !c.listed[last].moved:
			after[c.listed[last].item] = run
		case !c.listed[r].moved:
			before[it] = run
		default:
			e.problems.Addf(c.pos, "the new place of %q cannot be told: it stands between siblings that move, and is not listed", join(run[0].path(), false))
			return
		}
		last, run = r, nil
	}
	tail := run
	sorted := slices.Clone(front)
	for _, l := range c.listed {
		sorted = append(append(append(sorted, before[l.item]...), l.item), after[l.item]...)
	}
	p.arrange(append(sorted, tail...))
}

// arrange makes children the children of it, in that order; they are the same as before.
func (it *item) arrange(children []*item) {
	it.first, it.last = nil, nil
	for _, c := range children {
		c.prev, c.next = it.last, nil
		if it.last == nil {
			it.first = c
		} else {
			it.last.next = c
		}
		it.last = c
	}
}
