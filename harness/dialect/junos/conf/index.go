package conf

import (
	"slices"
	"strings"
)

// linear is up to how many children are searched one by one.
const linear = 8

// index finds one of many children at once.
type index struct {
	exact  map[string]*item   // by all words
	slot   map[string]*item   // by slot, see item.slot
	prefix map[string][]*item // by first words, of whole statements; may hold some that have left. Nil until asked for
}

func key(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words, "\x00")
}

// indexed returns the index of the children of it.
func (it *item) indexed() *index {
	if it.index == nil {
		it.index = &index{exact: make(map[string]*item, 2*it.n), slot: map[string]*item{}}
		for c := it.first; c != nil; c = c.next {
			it.index.add(it, c)
		}
	}
	return it.index
}

func (x *index) add(it, c *item) {
	x.exact[key(c.words)] = c
	if s := it.slot(c.words); s != "" {
		x.slot[s] = c
	}
	if x.prefix != nil {
		x.addPrefixes(c)
	}
}

func (x *index) addPrefixes(c *item) {
	for n := 1; n < len(c.words); n++ {
		k := key(c.words[:n])
		x.prefix[k] = append(x.prefix[k], c)
	}
}

func (x *index) remove(it, c *item) {
	delete(x.exact, key(c.words))
	if s := it.slot(c.words); x.slot[s] == c {
		delete(x.slot, s)
	}
}

// below returns the whole statements below it that are or begin with these words.
func (it *item) below(words []string) []*item {
	if c := it.child(words...); c != nil {
		return []*item{c}
	}
	var found []*item
	if it.n <= linear {
		for c := it.first; c != nil; c = c.next {
			if len(c.words) > len(words) && slices.Equal(c.words[:len(words)], words) {
				found = append(found, c)
			}
		}
		return found
	}
	x := it.indexed()
	if x.prefix == nil {
		x.prefix = map[string][]*item{}
		for c := it.first; c != nil; c = c.next {
			x.addPrefixes(c)
		}
	}
	k := key(words)
	seen := map[*item]bool{}
	for _, c := range x.prefix[k] {
		if c.parent == it && !seen[c] {
			seen[c] = true
			found = append(found, c)
		}
	}
	x.prefix[k] = found
	return found
}
