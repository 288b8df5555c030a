package fabric

import "slices"

// find returns the node that a word names and that is of a role.
func (b *builder) find(w word, role Role, what string) *Node {
	n := b.f.Node(w.text)
	if n == nil {
		b.problems.Addf(w.pos, "%s: no %s named %q%s", what, role, w.text, b.hint(w.text, "node"))
	} else if n.Role != role {
		b.problems.Addf(w.pos, "%s: %s is a %s, not a %s", what, w.text, n.Role, role)
		return nil
	}
	return n
}

// hint returns the nearest name of some kinds.
func (b *builder) hint(word string, kinds ...string) string {
	if len(b.problems) > 100 {
		return "" // enough to do already
	}
	return nearest(word, func(yield func(string) bool) {
		for text, n := range b.names {
			if slices.Contains(kinds, n.kind) && !yield(text) {
				return
			}
		}
	})
}

// choose returns the nodes that selectors mean, in fabric order; a selector that means none is a problem.
func (b *builder) choose(words []word, what string) []*Node {
	if len(words) == 1 {
		return b.selector(words[0], what)
	}
	if len(words) == 0 || !b.spend(len(b.f.Nodes), words[0].pos) {
		return nil
	}
	in := map[*Node]bool{}
	for _, w := range words {
		for _, n := range b.selector(w, what) {
			in[n] = true
		}
	}
	var out []*Node
	for _, n := range b.f.Nodes {
		if in[n] {
			out = append(out, n)
		}
	}
	return out
}

// selector returns the nodes that one selector means.
func (b *builder) selector(w word, what string) []*Node {
	if nodes := b.selected[w.text]; len(nodes) > 0 {
		if !b.spend(len(nodes), w.pos) {
			return nil
		}
		return nodes
	}
	if _, named := b.names[w.text]; !named {
		b.problems.Addf(w.pos, "%s: no node, tier or colo named %q%s", what, w.text, b.hint(w.text, "selector", "node", "tier", "colo"))
		return nil
	}
	var nodes []*Node
	if n := b.f.Node(w.text); n != nil {
		nodes = []*Node{n}
	} else if b.spend(len(b.f.Nodes), w.pos) {
		nodes = b.f.Select(w.text)
	} else {
		return nil
	}
	if b.selected[w.text] = nodes; len(nodes) == 0 {
		b.problems.Addf(w.pos, "%s: %q means no node", what, w.text)
	}
	return nodes
}

// routers returns the routers that selectors mean; anything else among them is a problem.
func (b *builder) routers(words []word, what string) []*Node {
	var out []*Node
	for _, n := range b.choose(words, what) {
		if n.Role == Router {
			out = append(out, n)
		} else {
			b.problems.Addf(words[0].pos, "%s: %s is a %s, not a router", what, n.Name, n.Role)
			return nil
		}
	}
	return out
}
