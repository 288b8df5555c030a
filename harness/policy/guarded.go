package policy

// guarded is a value that depends on the route: of its branches, exactly one holds for any route.
type guarded[T comparable] []branch[T]

type branch[T comparable] struct {
	when  ref
	value T
}

// always returns the value that is the same for all routes.
func always[T comparable](v T) guarded[T] { return guarded[T]{{yes, v}} }

// change returns g with f applied for the routes in under.
func (g guarded[T]) change(b *bdd, under ref, f func(T) T) guarded[T] {
	if under == no {
		return g
	}
	var out guarded[T]
	for _, br := range g {
		out = out.add(b, b.without(br.when, under), br.value)
	}
	for _, br := range g {
		if in := b.and(br.when, under); in != no {
			out = out.add(b, in, f(br.value))
		}
	}
	return out
}

func (g guarded[T]) add(b *bdd, when ref, v T) guarded[T] {
	if when == no {
		return g
	}
	for i := range g {
		if g[i].value == v {
			g[i].when = b.or(g[i].when, when)
			return g
		}
	}
	return append(g, branch[T]{when, v})
}

// holds returns the routes whose value satisfies the predicate.
func (g guarded[T]) holds(b *bdd, predicate func(T) ref) ref {
	out := no
	for _, br := range g {
		out = b.or(out, b.and(br.when, predicate(br.value)))
	}
	return out
}

// differ returns the routes for which g and h are different; unequal says for which routes
// two values are.
func (g guarded[T]) differ(b *bdd, h guarded[T], unequal func(x, y T) ref) ref {
	out := no
	for _, x := range g {
		for _, y := range h {
			if x.value == y.value {
				continue
			}
			if both := b.and(x.when, y.when); both != no {
				out = b.or(out, b.and(both, unequal(x.value, y.value)))
			}
		}
	}
	return out
}
