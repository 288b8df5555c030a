package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Foretold wants no router that keeps the oldest of equal eBGP paths to have such paths of which it uses one, or of which it tells one that is not like
// the rest to a neighbour to whom it matters: which one that is depends on what came first, so that nothing said of the fabric need hold on another day.
// Where it has is Unknown.
func Foretold() Check {
	return Check{Name: "foretold", judge: judgeForetold}
}

func judgeForetold(f *fabric.Fabric, s *observe.Snapshot) []Finding {
	const want = "which of equal paths a router uses does not depend on which came first"
	var out []Finding
	for _, n := range f.Nodes {
		t := s.Tables[n.Name]
		if !n.Oldest || t == nil {
			continue
		}
		count := 0
		var first observe.Entry
		for _, e := range t.RIB {
			if depends(f, s, n, e) {
				if count++; count == 1 {
					first = e
				}
			}
		}
		if count > 0 {
			out = append(out, Finding{Status: Unknown, Node: n.Name, Prefix: first.Prefix.String(), Want: want,
				Got: fmt.Sprintf("%d prefixes have equal paths of which it keeps the oldest: bgp bestpath compare-routerid would make it tell by their router ids", count)})
		}
	}
	if len(out) == 0 {
		return ok("no router has to choose between equal paths", want)
	}
	return out
}

// depends reports whether what a router does with a prefix depends on which of its paths came first.
func depends(f *fabric.Fabric, s *observe.Snapshot, n *fabric.Node, e observe.Entry) bool {
	if len(e.Paths) == 0 || e.Paths[0].Peer == "" || !e.Paths[0].Route.External {
		return false
	}
	a := e.Paths[0].Route
	return slices.ContainsFunc(e.Paths[1:], func(p observe.Path) bool {
		b := p.Route
		alike := slices.Equal(a.ASPath, b.ASPath) && slices.Equal(a.Communities, b.Communities) && a.MED == b.MED
		return p.Peer != "" && tied(a, b) && (!p.Active || !alike && heard(f, s, n, b))
	})
}

// tied reports whether two paths of a prefix, the first of them an eBGP path, equal each other in all but age and names.
func tied(a, b policy.Route) bool {
	sameAS := len(a.ASPath) > 0 && len(b.ASPath) > 0 && a.ASPath[0] == b.ASPath[0]
	return b.External && a.LocalPref == b.LocalPref && len(a.ASPath) == len(b.ASPath) && a.Origin == b.Origin && (!sameAS || a.MED == b.MED)
}

// heard reports whether it matters to a neighbour whether a router tells it of its best path or of another one: it uses what it is told, or would.
func heard(f *fabric.Fabric, s *observe.Snapshot, node *fabric.Node, other policy.Route) bool {
	fam := fabric.FamilyOf(other.Prefix.Addr())
	for _, x := range f.SessionsOf(node.Name) {
		uses := best(s.Tables[x.Peer], other.Prefix)
		if uses != nil && uses.Peer == node.Name {
			return true
		}
		told, ok := tells(f, x, fam, other)
		if ok && (uses == nil || uses.Peer != "" && (told.LocalPref > uses.Route.LocalPref || told.LocalPref == uses.Route.LocalPref && len(told.ASPath) <= len(uses.Route.ASPath))) {
			return true
		}
	}
	return false
}

// best returns the first of the paths that a router uses; nil if there is none.
func best(t *observe.Table, p netip.Prefix) *observe.Path {
	if t == nil {
		return nil
	}
	e, _ := t.Entry(p)
	if i := slices.IndexFunc(e.Paths, func(x observe.Path) bool { return x.Active }); i >= 0 {
		return &e.Paths[i]
	}
	return nil
}

// tells returns what the neighbour of a session makes of a route, and whether it takes it.
func tells(f *fabric.Fabric, x *fabric.Session, fam fabric.Family, r policy.Route) (policy.Route, bool) {
	out := policy.Apply(x.Out[fam], r, policy.Env{Direction: policy.Export, Peer: x.Remote[fam]})
	if out.Decision != policy.Accept {
		return r, false
	}
	r = out.Route
	r.Neighbor, r.External = x.Local[fam], x.External()
	if r.External {
		r.ASPath, r.LocalPref = append([]uint32{x.LocalAS}, r.ASPath...), 100
	}
	for _, y := range f.SessionsOf(x.Peer) {
		if y.Peer == x.Node && !slices.Contains(r.ASPath, y.LocalAS) {
			in := policy.Apply(y.In[fam], r, policy.Env{Direction: policy.Import, Peer: y.Remote[fam]})
			return in.Route, in.Decision == policy.Accept
		}
	}
	return r, false
}
