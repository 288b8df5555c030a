package policy

// maxNodes is how large the decision diagrams of one comparison may grow.
const maxNodes = 1 << 20

// ref names a Boolean function in a bdd. Equal functions have equal refs.
type ref int32

const (
	no  ref = iota // false for all
	yes            // true for all
)

// bdd is a store of reduced ordered binary decision diagrams (Bryant, "Graph-Based Algorithms for
// Boolean Function Manipulation", 1986) over variables 0, 1, 2, ... with later variables nearer to the root, so that
// a chain whose every term asks something new adds a node a term.
// Once full, its results mean nothing: ask full before believing them.
type bdd struct {
	nodes  []bddNode
	unique map[bddNode]ref
	cache  map[[3]ref]ref
	limit  int // of nodes
	full   bool
}

// bddNode is "if variable then hi else lo".
type bddNode struct {
	variable int32 // -1 for the two constants
	lo, hi   ref
}

func newBDD() *bdd {
	leaf := bddNode{variable: -1}
	return &bdd{nodes: []bddNode{leaf, leaf}, unique: map[bddNode]ref{}, cache: map[[3]ref]ref{}, limit: maxNodes}
}

// literal returns the function that is the variable itself.
func (b *bdd) literal(variable int) ref { return b.node(int32(variable), no, yes) }

func (b *bdd) node(variable int32, lo, hi ref) ref {
	if lo == hi {
		return lo
	}
	n := bddNode{variable, lo, hi}
	if r, ok := b.unique[n]; ok {
		return r
	}
	if len(b.nodes) >= b.limit {
		b.full = true
		return no
	}
	r := ref(len(b.nodes))
	b.nodes = append(b.nodes, n)
	b.unique[n] = r
	return r
}

// ite returns "if f then g else h".
func (b *bdd) ite(f, g, h ref) ref {
	switch {
	case f == yes || g == h:
		return g
	case f == no:
		return h
	case g == yes && h == no:
		return f
	}
	key := [3]ref{f, g, h}
	if r, ok := b.cache[key]; ok {
		return r
	}
	top := max(b.nodes[f].variable, b.nodes[g].variable, b.nodes[h].variable)
	f0, f1 := b.cofactors(f, top)
	g0, g1 := b.cofactors(g, top)
	h0, h1 := b.cofactors(h, top)
	r := b.node(top, b.ite(f0, g0, h0), b.ite(f1, g1, h1))
	if !b.full {
		b.cache[key] = r
	}
	return r
}

// cofactors returns f with the variable set to false and to true. No variable of f is
// after it.
func (b *bdd) cofactors(f ref, variable int32) (lo, hi ref) {
	if n := b.nodes[f]; n.variable == variable {
		return n.lo, n.hi
	}
	return f, f
}

func (b *bdd) not(f ref) ref        { return b.ite(f, no, yes) }
func (b *bdd) and(f, g ref) ref     { return b.ite(f, g, no) }
func (b *bdd) or(f, g ref) ref      { return b.ite(f, yes, g) }
func (b *bdd) without(f, g ref) ref { return b.ite(g, no, f) } // f and not g
func (b *bdd) xor(f, g ref) ref     { return b.ite(f, b.not(g), g) }

// atMostOne returns that no two of the variables hold, which are given in order.
func (b *bdd) atMostOne(variables []int) ref {
	none, most := yes, yes
	for _, i := range variables {
		v := b.literal(i)
		most = b.ite(v, none, most)
		none = b.without(none, v)
	}
	return most
}

// cube is a conjunction: the value of each variable that it speaks of.
type cube map[int]bool

// pick returns values that make f true, which must not be no; prefer says which value to try first.
func (b *bdd) pick(f ref, prefer func(variable int) bool) cube {
	c := cube{}
	for f > yes {
		n := b.nodes[f]
		value := prefer(int(n.variable))
		if (value && n.hi == no) || (!value && n.lo == no) {
			value = !value
		}
		c[int(n.variable)] = value
		f = n.lo
		if value {
			f = n.hi
		}
	}
	return c
}

// cover returns cubes, none of them superfluous, that together hold all of lower and nothing outside
// upper (Minato, "Fast Generation of Irredundant Sum-of-Products Forms from Binary Decision Diagrams",
// SASIMI 1992). It returns false if that takes more than a few thousand steps or nodes.
func (b *bdd) cover(lower, upper ref) ([]cube, bool) {
	if b.full {
		return nil, false
	}
	budget := 2000
	b.limit = min(maxNodes, len(b.nodes)+20_000)
	cubes, _, ok := b.coverWithin(lower, upper, &budget)
	ok = ok && !b.full
	b.limit, b.full = maxNodes, false // what was computed before is still right
	return cubes, ok
}

func (b *bdd) coverWithin(lower, upper ref, budget *int) (cubes []cube, union ref, ok bool) {
	if lower == no {
		return nil, no, true
	}
	if upper == yes {
		return []cube{{}}, yes, true
	}
	if *budget--; *budget < 0 || b.full {
		return nil, no, false
	}
	top := max(b.nodes[lower].variable, b.nodes[upper].variable)
	l0, l1 := b.cofactors(lower, top)
	u0, u1 := b.cofactors(upper, top)
	c0, f0, ok0 := b.coverWithin(b.without(l0, u1), u0, budget)
	c1, f1, ok1 := b.coverWithin(b.without(l1, u0), u1, budget)
	both, f, ok2 := b.coverWithin(b.or(b.without(l0, f0), b.without(l1, f1)), b.and(u0, u1), budget)
	for _, c := range c0 {
		c[int(top)] = false
	}
	for _, c := range c1 {
		c[int(top)] = true
	}
	return append(append(both, c1...), c0...), b.or(f, b.node(top, f0, f1)), ok0 && ok1 && ok2
}
