package ere

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

// graph is a deterministic automaton whose edges read a symbol of a range: an AS number, or a byte. State 0 is the start; a symbol
// without an edge fails.
type graph struct {
	accept []bool
	edges  [][]edge
}

type edge struct {
	lo, hi uint32
	to     int
}

// regex returns the language of the graph.
func (g *graph) regex(text string) (*policy.Regex, error) {
	n, err := g.minimal().node()
	if err != nil {
		return nil, err
	}
	return policy.Compile(text, n)
}

// minimal returns the graph with equal states joined (Moore, 1956) and those left out from which nothing is accepted.
func (g *graph) minimal() *graph {
	class := make([]int, len(g.accept))
	for i, a := range g.accept {
		if a {
			class[i] = 1
		}
	}
	alive := g.alive()
	for count := 0; ; {
		ids := map[string]int{}
		next := make([]int, len(class))
		for i := range class {
			key := fmt.Sprint(class[i], joined(g.edges[i], class, alive))
			if _, ok := ids[key]; !ok {
				ids[key] = len(ids)
			}
			next[i] = ids[key]
		}
		class = next
		if len(ids) == count {
			break
		}
		count = len(ids)
	}
	order := map[int]int{class[0]: 0}
	out := &graph{}
	for todo := []int{0}; len(todo) > 0; todo = todo[1:] {
		i := todo[0]
		es := joined(g.edges[i], class, alive)
		for k, e := range es {
			if _, ok := order[e.to]; !ok {
				order[e.to] = len(order)
				todo = append(todo, slices.Index(class, e.to))
			}
			es[k].to = order[e.to]
		}
		out.accept, out.edges = append(out.accept, g.accept[i]), append(out.edges, es)
	}
	return out
}

// alive returns the states from which an accepting one can be reached.
func (g *graph) alive() []bool {
	out := slices.Clone(g.accept)
	for changed := true; changed; {
		changed = false
		for i, es := range g.edges {
			if !out[i] && slices.ContainsFunc(es, func(e edge) bool { return out[e.to] }) {
				out[i], changed = true, true
			}
		}
	}
	return out
}

// joined returns the edges to living states, by class, ascending, as few as they can be.
func joined(es []edge, class []int, alive []bool) []edge {
	var out []edge
	for _, e := range es {
		if !alive[e.to] {
			continue
		}
		e.to = class[e.to]
		if n := len(out) - 1; n >= 0 && out[n].to == e.to && out[n].hi+1 == e.lo {
			out[n].hi = e.hi
			continue
		}
		out = append(out, e)
	}
	return out
}

// sized is an expression and how many symbols it has.
type sized struct {
	node policy.Node
	size int
}

// node returns the language as an expression: states are taken out one by one, those with the fewest paths through them
// first (Brzozowski and McCluskey, 1963).
func (g *graph) node() (policy.Node, error) {
	n := len(g.accept)
	start, final := n, n+1
	paths := make([]map[int]sized, n+2)
	for i := range paths {
		paths[i] = map[int]sized{}
	}
	paths[start][0] = sized{policy.Seq(), 0}
	for i, es := range g.edges {
		for _, e := range es {
			symbol := policy.Symbol(e.lo, e.hi)
			if e.lo == 0 && e.hi == math.MaxUint32 {
				symbol = policy.AnySymbol()
			}
			either(paths[i], e.to, sized{symbol, 1})
		}
		if g.accept[i] {
			paths[i][final] = sized{policy.Seq(), 0}
		}
	}
	left := map[int]bool{}
	for i := range n {
		left[i] = true
	}
	for len(left) > 0 {
		out := cheapest(paths, left)
		delete(left, out)
		if err := remove(paths, out); err != nil {
			return policy.Node{}, err
		}
	}
	if p, ok := paths[start][final]; ok {
		return p.node, nil
	}
	return policy.Alt(), nil
}

func either(to map[int]sized, i int, p sized) {
	if old, ok := to[i]; ok {
		p = sized{policy.Alt(old.node, p.node), old.size + p.size}
	}
	to[i] = p
}

// cheapest returns the state with the fewest paths through it.
func cheapest(paths []map[int]sized, left map[int]bool) int {
	in := map[int]int{}
	for _, to := range paths {
		for t := range to {
			in[t]++
		}
	}
	states := slices.Sorted(maps.Keys(left))
	return slices.MinFunc(states, func(a, b int) int { return cmp.Compare(in[a]*len(paths[a]), in[b]*len(paths[b])) })
}

// remove replaces the paths through a state by direct ones.
func remove(paths []map[int]sized, out int) error {
	loop, loops := paths[out][out]
	delete(paths[out], out)
	for i, to := range paths {
		first, ok := to[out]
		if !ok || i == out {
			continue
		}
		delete(to, out)
		for _, j := range slices.Sorted(maps.Keys(paths[out])) {
			second := paths[out][j]
			p := sized{policy.Seq(first.node, second.node), first.size + second.size}
			if loops {
				p = sized{policy.Seq(first.node, policy.Repeat(loop.node, 0, -1), second.node), p.size + loop.size}
			}
			if p.size > policy.MaxStates {
				return errors.New("too many cases")
			}
			either(to, j, p)
		}
	}
	paths[out] = map[int]sized{}
	return nil
}
