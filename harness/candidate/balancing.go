package candidate

import (
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// balancing is what the texts that govern a router's sessions say of equal paths, by the router's name.
type balancing map[string][]balanced

// balanced is one session of them.
type balanced struct {
	*Balances
	fam      fabric.Family
	external bool
	peerAS   uint32
	pos      place.Pos
}

// see takes note of a session whose own statement governs it.
func (x balancing) see(s *fabric.Session, fam fabric.Family, b *fabric.Binding, t *Session) {
	if t != nil && t.Balances != nil && b.In == "" && b.Out == "" {
		x[s.Node] = append(x[s.Node], balanced{t.Balances, fam, s.External(), s.PeerAS, t.Pos})
	}
}

// settle has the fabric's routers balance as their texts say: over all equal paths, over those of one AS, or over none. A fabric that was drawn
// from the texts does so already.
func (x balancing) settle(f *fabric.Fabric) place.Problems {
	var problems place.Problems
	for i := range f.Nodes {
		n := f.Nodes[i]
		if said := x[n.Name]; len(said) > 0 && !f.Explicit {
			n.Paths = paths(n.Name, said, &problems)
		}
	}
	return problems
}

// paths returns over which paths a router balances.
func paths(node string, said []balanced, problems *place.Problems) fabric.Multipath {
	out, one, several := fabric.AnyAS, false, false
	for _, b := range said {
		alike := func(o balanced) bool { return o.fam == b.fam && o.external == b.external }
		switch n := count(said, alike); {
		case n < 2:
		case b.Most == 1:
			one = true
		default:
			several = true
			if b.Most > 1 && b.Most < n {
				problems.Addf(b.pos, "%s: maximum-paths %d with %d neighbors: which of the paths are used is not modelled", node, b.Most, n)
			}
		}
		if b.SameAS && b.external && slices.ContainsFunc(said, func(o balanced) bool { return alike(o) && o.peerAS != b.peerAS }) {
			out = fabric.OneAS
		}
	}
	switch {
	case one && several:
		problems.Addf(said[0].pos, "%s: maximum-paths 1 for some routes and more for others is not modelled", node)
	case one:
		return fabric.OnePath
	}
	return out
}

func count(said []balanced, is func(balanced) bool) int {
	n := 0
	for _, b := range said {
		if is(b) {
			n++
		}
	}
	return n
}
