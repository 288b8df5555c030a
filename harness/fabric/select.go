package fabric

import (
	"maps"
	"net/netip"
	"slices"
)

// Node returns the node of that name, or nil. A fabric made by hand, without Parse, is searched.
func (f *Fabric) Node(name string) *Node {
	if f.byName != nil {
		return f.byName[name]
	}
	i := slices.IndexFunc(f.Nodes, func(n *Node) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return f.Nodes[i]
}

// is reports whether a selector means the node.
func (n *Node) is(selector string) bool {
	switch selector {
	case n.Name, n.Tier:
		return true
	case "all":
		return !n.External
	case "routers":
		return n.Role == Router && !n.External
	}
	return n.Role == Server && n.Colo == selector
}

// Select returns the nodes that any of the selectors means, in fabric order, each once. A selector is the name of a
// node, a tier, a colo (its servers) or a prefix group (what owns its members), or "routers" (ours, not external ones),
// "servers", "hosts", "all" (all of ours). No node means the selectors are unknown.
func (f *Fabric) Select(selectors ...string) []*Node {
	var out []*Node
	for _, g := range f.Prefixes {
		if slices.Contains(selectors, g.Name) {
			selectors = slices.AppendSeq(slices.Clone(selectors), maps.Values(g.Owner))
		}
	}
	for _, n := range f.Nodes {
		if slices.ContainsFunc(selectors, n.is) {
			out = append(out, n)
		}
	}
	return out
}

// PrefixesOf returns the prefixes that names mean: prefix groups, or prefixes themselves.
func (f *Fabric) PrefixesOf(names []string) []netip.Prefix {
	var out []netip.Prefix
	for _, name := range names {
		if p, err := netip.ParsePrefix(name); err == nil {
			out = append(out, p)
		}
		for _, g := range f.Prefixes {
			if g.Name == name {
				out = append(out, g.Prefixes...)
			}
		}
	}
	return out
}

// SessionsOf returns the ends of sessions at a node, in fabric order.
func (f *Fabric) SessionsOf(node string) []*Session {
	var out []*Session
	for _, s := range f.Sessions {
		if s.Node == node {
			out = append(out, s)
		}
	}
	return out
}

// Service returns the service of that name, or nil.
func (f *Fabric) Service(name string) *Service {
	i := slices.IndexFunc(f.Services, func(s *Service) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return f.Services[i]
}

// Clone returns a copy whose sessions can be given other policies without touching f.
func (f *Fabric) Clone() *Fabric {
	g := *f
	g.Sessions = make([]*Session, len(f.Sessions))
	for i, s := range f.Sessions {
		c := *s
		g.Sessions[i] = &c
	}
	return &g
}

// RunOn has the routers run these engines, in turn.
func (f *Fabric) RunOn(engines ...string) {
	next := 0
	for _, n := range f.Nodes {
		if n.Role == Router {
			n.Engine = engines[next%len(engines)]
			next++
		}
	}
}
