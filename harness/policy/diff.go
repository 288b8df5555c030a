package policy

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// maxRanges is how many ranges of prefixes a class lists.
const maxRanges = 16

// Diff compares what two chains do to every route that the model can express, in any environment with
// that direction. The answer is exact: every class has a witness that Apply decided differently under both chains,
// and where there is no class and nothing undecided, no route is treated differently.
//
// It divides the prefixes into cells that no match of the chains tells apart, drops the cells for which both
// chains come down to the same terms, and evaluates the chains on the rest symbolically, with binary decision diagrams
// over the other attributes. Routes with AS 0 in their path do not count (RFC 7607), and only BGP routes are
// imported, have a neighbor or are external.
func Diff(before, after Chain, dir Direction) Difference {
	c := newCompiler()
	d := differ{compiler: c, dir: dir, before: before, after: after, merged: map[string]*pending{}}
	d.programs = [2]program{c.compile(before), c.compile(after)}
	groups := d.unequal(c.table.groups())
	d.undecided = c.table.undecided
	if len(groups) > 0 {
		d.classes = newCommunityClasses(c.defs, c.regexes)
		d.undecided = append(d.undecided, d.classes.undecided...)
	}
	for _, g := range groups {
		d.compare(g)
	}
	return d.difference()
}

// differ is a Diff under way.
type differ struct {
	compiler      *compiler
	dir           Direction
	before, after Chain
	programs      [2]program
	classes       *communityClasses
	pending       []*pending
	merged        map[string]*pending
	undecided     []string
}

// pending is a class whose prefixes are not all known yet.
type pending struct {
	class Class
	cells []cell
}

// unequal returns the groups for which the chains come down to different terms. Groups for which each
// chain comes down to the same terms are joined.
func (d *differ) unequal(groups []*group) []*group {
	s := d.compiler.selection()
	var out []*group
	same := map[string]*group{}
	var lines [2][]int32
	for _, g := range groups {
		s.choose(g)
		for i, p := range d.programs {
			lines[i], _ = s.outline(lines[i][:0], p, false)
		}
		if slices.Equal(lines[0], lines[1]) {
			continue
		}
		var key []byte
		for i, p := range d.programs {
			lines[i], _ = s.outline(lines[i][:0], p, true)
			key = binary.AppendVarint(key, int64(len(lines[i])))
			for _, id := range lines[i] {
				key = binary.AppendVarint(key, int64(id))
			}
		}
		if first, ok := same[string(key)]; ok {
			first.cells = append(first.cells, g.cells...)
			continue
		}
		same[string(key)] = g
		out = append(out, g)
	}
	return out
}

// compare finds the classes of one group.
func (d *differ) compare(g *group) {
	s := newSpace(d.dir, d.classes, d.compiler.regexes)
	sel := d.compiler.selection()
	sel.choose(g)
	var attrs [2]*attributes
	var outcomes [2][]outcome
	for i, p := range d.programs {
		attrs[i] = newAttributes(s)
		run := symbolic{space: s, selection: sel, attributes: attrs[i]}
		outcomes[i] = run.run(p, yes)
	}
	x := comparison{differ: d, space: s, group: g, attrs: attrs, byAttr: attrs[0].differ(s, attrs[1])}
	x.possible = s.possible()
	differing := x.differing(outcomes)
	for _, b := range outcomes[0] {
		if b.when = s.and(b.when, differing); b.when == no {
			continue
		}
		for _, a := range outcomes[1] {
			x.pair(b, a)
		}
	}
	if s.full {
		d.giveUp(g, "the attributes depend on each other in too many ways")
	}
}

// giveUp notes that a group was not compared completely.
func (d *differ) giveUp(g *group, why string) {
	r := ranges(g.cells)
	more := ""
	if len(r) > 1 {
		more = fmt.Sprintf(" and %d more", len(r)-1)
	}
	d.undecided = append(d.undecided, fmt.Sprintf("%s%s: %s", r[0], more, why))
}

// add puts a class on the list, or its prefixes into the one that says the same already.
func (d *differ) add(c Class, g *group) {
	key := fmt.Sprintf("%p %p %d %p %p %d %q", c.Before.Policy, c.Before.Term, c.Before.Decision,
		c.After.Policy, c.After.Term, c.After.Decision, c.Conditions)
	for _, ch := range c.Changes {
		key += fmt.Sprint(ch.Attribute, ch.Added, ch.Removed)
	}
	p, ok := d.merged[key]
	if !ok {
		p = &pending{class: c}
		d.merged[key] = p
		d.pending = append(d.pending, p)
	}
	p.cells = append(p.cells, g.cells...)
}

func (d *differ) difference() Difference {
	out := Difference{Undecided: d.undecided}
	for _, p := range d.pending {
		r := ranges(p.cells)
		p.class.Prefixes = r[:min(len(r), maxRanges)]
		p.class.More = len(r) - len(p.class.Prefixes)
		out.Classes = append(out.Classes, p.class)
	}
	slices.SortStableFunc(out.Classes, func(a, b Class) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}
