package gate

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/observe"
)

// reasons returns the terms behind a broken finding: those that took the route to its prefix away from its node, found by
// going back along the sessions that the route used to come over.
func (t *tracer) reasons(f check.Finding) []check.Reason {
	prefix, ok := destination(f)
	if !ok {
		return t.all(func(netip.Prefix) bool { return true })
	}
	if c := t.trace(f.Node, prefix, map[string]bool{}); c != nil {
		return c.Because
	}
	for _, c := range t.causes {
		for _, p := range c.Prefixes {
			if p == prefix {
				return c.Because
			}
		}
	}
	return t.all(func(p netip.Prefix) bool { return p.Addr().Is6() == prefix.Addr().Is6() })
}

// all returns the reasons of every harmful cause with a prefix that concerns the finding or, if there is none, of every such
// cause: for findings about no single prefix, such as load.
func (t *tracer) all(concerns func(netip.Prefix) bool) []check.Reason {
	var harmful, any []check.Reason
	for _, c := range t.causes {
		if !slices.ContainsFunc(c.Prefixes, concerns) {
			continue
		}
		any = append(any, c.Because...)
		if c.Effect != Altered {
			harmful = append(harmful, c.Because...)
		}
	}
	if len(harmful) == 0 {
		return any
	}
	return harmful
}

// trace finds the cause for which node lost its way to dest.
func (t *tracer) trace(node string, dest netip.Prefix, seen map[string]bool) *Cause {
	if seen[node] {
		return nil
	}
	seen[node] = true
	table := t.was.Tables[node]
	if table == nil {
		return nil
	}
	entry, ok := longest(table, dest)
	if !ok {
		return nil
	}
	for _, p := range entry.Paths {
		if !p.Active || p.Peer == "" {
			continue
		}
		if c := t.direct(p.Peer, node, entry.Prefix, Withdrawn); c != nil {
			return c
		}
		if c := t.trace(p.Peer, entry.Prefix, seen); c != nil {
			return c
		}
	}
	return nil
}

// longest returns the entry with the longest prefix that holds dest.
func longest(t *observe.Table, dest netip.Prefix) (observe.Entry, bool) {
	for bits := dest.Bits(); bits >= 0; bits-- {
		p, _ := dest.Addr().Prefix(bits)
		if e, ok := t.Entry(p); ok && len(e.Paths) > 0 && e.Paths[0].Active {
			return e, true
		}
	}
	return observe.Entry{}, false
}
