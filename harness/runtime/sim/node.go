package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
)

// node is a router, server or host. Columns are indexed by prefix number.
type node struct {
	*fabric.Node
	sim    *Sim
	down   bool
	links  []*adjacency // in fabric order
	remote map[netip.Addr]*adjacency
	local  map[netip.Addr]bool // its own addresses, those of its link ends included

	own        []*own              // lists of its own routes
	aggregates []int32             // prefixes of its own aggregate routes
	peers      []*peer             // ordered by name
	groups     [2][]*group         // update groups by family
	watched    map[int32]bool      // prefixes that conditions of its policies ask for
	recursive  map[netip.Addr]bool // next hops that it has looked up in its table

	best  []active
	told  []active // what BGP passes on, where that is not always the best
	apart bool     // it has own routes that BGP does not know of
	flaps []uint16 // changes of best since Settle began

	awake     bool
	inbox     []*message
	marked    []bool  // prefixes to decide again
	dirty     []int32 // the same as a list, in order of marking
	reimport  bool    // run every Adj-RIB-In through the import policy again
	reexport  bool    // run every prefix through the export policy again
	reresolve bool    // a next hop may have become reachable or unreachable
}

// active is the route that a node uses for a prefix; the zero value means none.
type active struct {
	attrs *attrs
	own   *own  // set if the route is the node's own
	from  *peer // set if it was learned
}

// link joins two nodes.
type link struct {
	ends [2]*node
	down bool
}

func (l *link) up() bool { return !l.down && !l.ends[0].down && !l.ends[1].down }

// adjacency is a link as one of its ends sees it.
type adjacency struct {
	*link
	node   *node         // at the far end
	remote [2]netip.Addr // the far end's address on the link, by family
}

// addLink joins the nodes that l names.
func (s *Sim) addLink(l *fabric.Link) {
	a, b := s.byName[l.From], s.byName[l.To]
	if a == nil || b == nil || a == b {
		s.problems.Addf(l.Pos, "link %s – %s: want two nodes of the fabric", l.From, l.To)
		return
	}
	k := &link{ends: [2]*node{a, b}}
	s.links = append(s.links, k)
	for i, n := range k.ends {
		adj := &adjacency{link: k, node: k.ends[1-i]}
		for f := range fabric.Families {
			adj.remote[f] = l.Addrs[f][1-i]
			if adj.remote[f].IsValid() {
				n.remote[adj.remote[f]] = adj
			}
			n.local[l.Addrs[f][i]] = true
		}
		n.links = append(n.links, adj)
	}
}

// neighbours returns the nodes that up links lead to, each once.
func (n *node) neighbours() []*node {
	var out []*node
	for _, l := range n.links {
		if l.up() && !slices.Contains(out, l.node) {
			out = append(out, l.node)
		}
	}
	return out
}

// linkedTo returns the links between two nodes.
func (n *node) linkedTo(to *node) []*adjacency {
	var out []*adjacency
	for _, l := range n.links {
		if l.node == to {
			out = append(out, l)
		}
	}
	return out
}

// mark has the prefix decided again.
func (n *node) mark(id int32) {
	if !at(n.marked, id) {
		put(&n.marked, id, true)
		n.dirty = append(n.dirty, id)
	}
}

// markAll has every prefix decided again.
func (n *node) markAll() {
	for id := range n.sim.prefixes.list {
		n.mark(int32(id))
	}
}

// exists reports whether the table has an active route to exactly p.
func (n *node) exists(p netip.Prefix) bool {
	id, ok := n.sim.prefixes.ids[p.Masked()]
	return ok && at(n.best, id).attrs != nil
}

// connected reports whether joins by up links lead from n to m.
func (n *node) connected(m *node) bool {
	seen := map[*node]bool{n: true}
	for todo := []*node{n}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == m {
			return true
		}
		for _, x := range todo[0].neighbours() {
			if !seen[x] && x.Role == fabric.Router {
				seen[x] = true
				todo = append(todo, x)
			}
		}
	}
	return false
}
