package fabric

import (
	"net/netip"
	"slices"
)

// Node returns the node of that name, or nil.
func (f *Fabric) Node(name string) *Node {
	if f.byName == nil {
		f.byName = make(map[string]*Node, len(f.Nodes))
		for _, n := range f.Nodes {
			f.byName[n.Name] = n
		}
	}
	return f.byName[name]
}

// Select returns the nodes a selector means, in fabric order: the name of a node, a tier or a colo (its servers),
// or "routers" (ours, not external ones), "servers", "hosts", "all". No node means the selector is unknown.
func (f *Fabric) Select(selector string) []*Node {
	var out []*Node
	for _, n := range f.Nodes {
		switch {
		case n.Name == selector, n.Tier == selector, n.Role == Server && n.Colo == selector,
			selector == "routers" && n.Role == Router && !n.External,
			selector == "all" && !n.External:
			out = append(out, n)
		}
	}
	return out
}

// SelectAll returns the nodes that any of the selectors means, in fabric order, each once.
func (f *Fabric) SelectAll(selectors []string) []*Node {
	var out []*Node
	for _, n := range f.Nodes {
		if slices.ContainsFunc(selectors, func(s string) bool { return slices.Contains(f.Select(s), n) }) {
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

// Colo returns the colo of that name, or nil.
func (f *Fabric) Colo(name string) *Colo {
	i := slices.IndexFunc(f.Colos, func(c *Colo) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return f.Colos[i]
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
