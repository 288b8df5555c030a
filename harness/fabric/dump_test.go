package fabric_test

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
)

// dump writes a fabric as text that a person can check.
func dump(f *fabric.Fabric) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("fabric %s, offered load %g", f.Name, f.Offered)
	for _, n := range f.Nodes {
		line("\n%s %s of tier %s%s", n.Role, n.Name, n.Tier, traits(n))
		if n.Role == fabric.Router {
			line("  router id %s", n.RouterID)
		}
		line("  address %s", pair(n.Addrs))
		for _, r := range n.Routes {
			line("  route %s", own(r))
		}
		for _, s := range f.SessionsOf(n.Name) {
			line("  session AS%d %s -> AS%d %s at %s%s%s", s.LocalAS, pair(s.Local), s.PeerAS, pair(s.Remote), s.Peer,
				binding(fabric.V4, s), binding(fabric.V6, s))
		}
	}
	line("")
	for _, c := range f.Colos {
		line("colo %s of site %q: leaves %v, servers %v, capacity %g, blocks %v", c.Name, c.Site, c.Leaves, c.Servers, c.Capacity, c.Blocks)
	}
	for _, s := range f.Services {
		line("service %s: %s at %s, colos %v", s.Name, s.VIP, s.Prefix, s.Colos)
	}
	for _, g := range f.Prefixes {
		line("prefixes %s:%s", g.Name, owned(g))
	}
	for _, l := range f.Links {
		line("link %s %s -- %s %s", l.From, pair([2]netip.Addr{l.Addrs[0][0], l.Addrs[1][0]}), l.To, pair([2]netip.Addr{l.Addrs[0][1], l.Addrs[1][1]}))
	}
	for _, i := range f.Invariants {
		line("invariant %s at %s:%s", i.Name, i.Pos, wanted(i))
	}
	return b.String()
}

func pair(a [2]netip.Addr) string {
	var s []string
	for _, x := range a {
		if x.IsValid() {
			s = append(s, x.String())
		}
	}
	return strings.Join(append(s, "none")[:max(len(s), 1)], " ")
}

func traits(n *fabric.Node) string {
	var b strings.Builder
	if n.Role == fabric.Router {
		fmt.Fprintf(&b, ", AS%d", n.ASN)
	}
	for _, t := range []struct {
		on   bool
		text string
	}{{n.External, "external"}, {n.Reflects, "reflects"}, {n.Engine != "", n.Engine}, {n.Colo != "", "colo " + n.Colo}} {
		if t.on {
			b.WriteString(", " + t.text)
		}
	}
	return b.String()
}

func own(r fabric.Route) string {
	s := fmt.Sprintf("%s %s", r.Prefix, r.Protocol)
	if r.Drop {
		s += " discard"
	}
	if len(r.Via) > 0 {
		s += fmt.Sprintf(" via %v", r.Via)
	}
	if len(r.Communities) > 0 {
		s += fmt.Sprintf(" communities %v", r.Communities)
	}
	if r.Tag != 0 {
		s += fmt.Sprintf(" tag %d", r.Tag)
	}
	return s
}

func binding(fam fabric.Family, s *fabric.Session) string {
	b := s.Binding[fam]
	if b == nil {
		return ""
	}
	return fmt.Sprintf("\n    %s by %s group %q in %q out %q", fam, b.File, b.Group, b.In, b.Out)
}

func owned(g *fabric.PrefixGroup) string {
	var s string
	for _, p := range g.Prefixes {
		s += " " + p.String()
		if who := g.Owner[p]; who != "" {
			s += " (" + who + ")"
		}
	}
	return s
}

func wanted(i *fabric.Invariant) string {
	switch {
	case i.Sessions != nil:
		return fmt.Sprintf(" sessions %+v", *i.Sessions)
	case i.Reach != nil:
		return fmt.Sprintf(" reach %+v", *i.Reach)
	case i.Present != nil:
		return fmt.Sprintf(" present %+v", *i.Present)
	case i.Only != nil:
		return fmt.Sprintf(" only %+v", *i.Only)
	case i.Load != nil:
		return fmt.Sprintf(" load %+v", *i.Load)
	}
	return fmt.Sprintf(" spread %+v", *i.Spread)
}
