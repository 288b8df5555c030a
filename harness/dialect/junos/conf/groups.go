package conf

import (
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// maxWork bounds what the inheritance of groups may cost: a group of thousands of statements can be
// inherited in thousands of places.
const maxWork = maxStatements

// builder turns items into nodes and inherits configuration groups on the way.
type builder struct {
	root     *Node
	groups   *item
	wild     map[*item][]*item // the wildcards below an item of a group
	seq      int
	work     int
	problems place.Problems
}

// source is a place in a configuration group that corresponds to the node being built.
type source struct {
	group string
	at    *item
}

// build adds to n, whose path is given, what it holds (nil if n is inherited as a whole) and what the sources add to it.
func (b *builder) build(n *Node, path []string, it *item, sources []source) {
	sources = b.sources(path, it, sources)
	shape := it
	switch {
	case b.work > maxWork: // said by tooMuch
		return
	case it == nil && len(sources) == 0:
		return
	case it == nil:
		shape = sources[0].at
	}
	if shape.whole {
		b.statements(n, shape, it, sources)
		return
	}
	for c := range it.active() {
		b.child(n, path, c, c, sources)
	}
	for _, s := range sources {
		for c := range s.at.active() {
			if b.work > maxWork {
				return
			}
			if !wildcard(c.word()) && n.Child(c.word()) == nil && !(shape.holdsOne() && n.hasValue() && !qualifiers[c.word()]) {
				b.child(n, path, nil, c, sources)
			}
		}
	}
}

func (n *Node) hasValue() bool {
	return slices.ContainsFunc(n.Children, func(c *Node) bool { return !qualifiers[c.Word] })
}

// child adds the word of c below n, with what own holds and what the sources hold for that word.
func (b *builder) child(n *Node, path []string, own, c *item, sources []source) {
	var below []source
	for _, s := range sources {
		if b.work++; b.work > maxWork {
			b.tooMuch(c.pos)
			return
		}
		for _, m := range b.matching(s.at, c.word()) {
			below = append(below, source{s.group, m})
		}
	}
	node := n.add(c.word(), c.pos)
	b.seq++
	node.seq = b.seq
	b.build(node, append(path, c.word()), own, below)
}

// statements adds whole statements: own ones, then those of the sources for which there is room.
func (b *builder) statements(n *Node, shape, it *item, sources []source) {
	room := &item{words: shape.words, whole: true}
	for c := range it.active() {
		b.statement(n, c)
		if len(sources) > 0 {
			room.insert(&item{words: c.words}, room.last)
		}
	}
	for _, s := range sources {
		for c := range s.at.active() {
			if b.work++; b.work > maxWork {
				b.tooMuch(c.pos)
				return
			}
			switch {
			case !s.at.whole || wildcard(c.word()):
				b.problems.Addf(c.pos, "a wildcard for match conditions, actions or policies is not supported: name them")
			case room.child(c.words...) == nil && room.rival(c.words) == nil:
				room.insert(&item{words: c.words}, room.last)
				b.statement(n, c)
			}
		}
	}
}

func (b *builder) statement(n *Node, c *item) {
	for _, w := range c.words {
		n = n.add(w, c.pos)
	}
	b.seq++
	n.seq = b.seq
}

// active yields the children of it that are active and no statements about groups. It may be nil.
func (it *item) active() func(yield func(*item) bool) {
	return func(yield func(*item) bool) {
		if it == nil {
			return
		}
		for c := it.first; c != nil; c = c.next {
			switch w := c.word(); {
			case c.inactive, c.tag == "delete:", w == "apply-groups", w == "apply-groups-except":
			case w == "groups" && it.parent == nil:
			default:
				if !yield(c) {
					return
				}
			}
		}
	}
}

// sources adds the groups applied at it, which go before those that it inherits from above, and those that these groups apply
// themselves, which go last; and drops the excepted ones.
func (b *builder) sources(path []string, it *item, above []source) []source {
	var all []source
	for _, name := range applied(it, "apply-groups") {
		all = b.apply(all, name, path)
	}
	all = append(all, above...)
	for i := 0; i < len(all); i++ {
		for _, name := range applied(all[i].at, "apply-groups") {
			for _, s := range b.apply(nil, name, path) {
				if b.work += len(all); b.work > maxWork {
					b.tooMuch(name.pos)
					return nil
				}
				if !slices.Contains(all, s) {
					all = append(all, s)
				}
			}
		}
	}
	for _, e := range applied(it, "apply-groups-except") {
		all = slices.DeleteFunc(slices.Clone(all), func(s source) bool { return e.words[len(e.words)-1] == s.group })
	}
	return all
}

// applied returns the names behind apply-groups or apply-groups-except at it.
func applied(it *item, keyword string) []*item {
	if it == nil {
		return nil
	}
	var names []*item
	if it.whole {
		for c := it.first; c != nil; c = c.next {
			if c.word() == keyword && len(c.words) == 2 && !c.inactive {
				names = append(names, c)
			}
		}
		return names
	}
	if list := it.child(keyword); list != nil && !list.inactive {
		for c := range list.active() {
			names = append(names, c)
		}
	}
	return names
}

// roles are configuration groups that hold for one of several routing engines or cluster members, and need not be there. What
// a cluster means by ${node} is each of its members.
var roles = map[string][]string{"re0": {"re0"}, "re1": {"re1"}, "node0": {"node0"}, "node1": {"node1"}, "${node}": {"node0", "node1"}, "junos-defaults": nil}

// apply adds the places in a group that correspond to the path.
func (b *builder) apply(to []source, name *item, path []string) []source {
	group := name.words[len(name.words)-1]
	groups, role := roles[group]
	if !role {
		groups = []string{group}
	}
	for _, group := range groups {
		root := b.group(group)
		if root == nil && !role {
			b.problems.Addf(name.pos, "apply-groups %s: there is no configuration group %q", group, group)
		}
		if root == nil || b.groups.inactive || root.inactive {
			continue
		}
		at := []*item{root}
		for _, word := range path {
			var next []*item
			for _, a := range at {
				next = append(next, b.matching(a, word)...)
			}
			at = next
		}
		for _, a := range at {
			to = append(to, source{group, a})
		}
	}
	return to
}

// group returns the configuration group of that name, or nil.
func (b *builder) group(name string) *item {
	if b.groups == nil {
		return nil
	}
	return b.groups.child(name)
}

// matching returns the child of a group's item for a word, then those whose wildcard matches it.
func (b *builder) matching(it *item, word string) []*item {
	var found []*item
	if c := it.child(word); c != nil && !c.inactive {
		found = append(found, c)
	}
	wild, known := b.wild[it]
	if !known {
		for c := range it.active() {
			if wildcard(c.word()) {
				wild = append(wild, c)
			}
		}
		b.wild[it] = wild
	}
	b.work += len(wild)
	for _, c := range wild {
		if b.work <= maxWork && b.match(c, word) {
			found = append(found, c)
		}
	}
	return found
}

func wildcard(word string) bool {
	return strings.HasPrefix(word, "<") && strings.HasSuffix(word, ">")
}

// match reports whether the wildcard c matches a name: * ? and sets in brackets (CLI User Guide,
// "Use Wildcards with Configuration Groups").
func (b *builder) match(c *item, name string) bool {
	pattern := strings.Trim(c.word(), "<>")
	flat := strings.NewReplacer("/", "\x01", "[!", "[^")
	ok, err := path.Match(flat.Replace(pattern), strings.ReplaceAll(name, "/", "\x01"))
	if err != nil {
		b.problems.Addf(c.pos, "malformed wildcard %s", c.word())
	}
	return ok
}

func (b *builder) tooMuch(pos place.Pos) {
	if b.work < 2*maxWork {
		b.work = 2 * maxWork
		b.problems.Addf(pos, "configuration groups expand to more than this program reads: apply them deeper or to less")
	}
}
