package candidate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// bind gives every session of f its chains, from the texts that its node runs. Sessions of equal binding share
// their chains.
func bind(f *fabric.Fabric, running func(node string) map[string]*junos.Config) error {
	type key struct {
		b *fabric.Binding
		c *junos.Config
		n *junos.Neighbor // where the text says something of this neighbour alone
	}
	type chains struct{ in, out policy.Chain }
	done := map[key]chains{}
	var problems place.Problems
	for _, s := range f.Sessions {
		for _, fam := range fabric.Families {
			b := s.Binding[fam]
			if b == nil {
				continue
			}
			c := running(s.Node)[b.File]
			if c == nil {
				problems.Addf(b.Pos, "%s: no such file in the policy folder: mend the name or add the file", b.File)
				continue
			}
			k := key{b, c, neighbor(c, b.Group, s.Remote[fam])}
			got, ok := done[k]
			if !ok {
				var err error
				got.in, got.out, err = chainsOf(b, c, k.n, s, fam)
				problems.Add(b.Pos, err)
				done[k] = got
			}
			s.In[fam], s.Out[fam] = got.in, got.out
		}
	}
	return problems.Err()
}

// chainsOf finds the chains that a binding means in a text: those it names, or those of the neighbour or group.
func chainsOf(b *fabric.Binding, c *junos.Config, n *junos.Neighbor, s *fabric.Session, fam fabric.Family) (in, out policy.Chain, err error) {
	g := group(c, b.Group)
	switch {
	case b.In != "" || b.Out != "":
		var problems place.Problems
		in, err = named(c, b.In)
		problems.Add(b.Pos, err)
		out, err = named(c, b.Out)
		problems.Add(b.Pos, err)
		return in, out, problems.Err()
	case n != nil:
		return n.Import, n.Export, agree(n.Pos, n.Settings, s, fam)
	case g != nil:
		return g.Import, g.Export, agree(g.Pos, g.Settings, s, fam)
	case b.Group != "":
		return nil, nil, fmt.Errorf("%s: no BGP group %q in %s: mend the name, or add the group to the text", s.Node, b.Group, b.File)
	}
	return nil, nil, fmt.Errorf("%s: no BGP neighbour %s in %s: name a group, or in and out", s.Node, s.Remote[fam], b.File)
}

func named(c *junos.Config, expression string) (policy.Chain, error) {
	if expression == "" {
		return nil, nil
	}
	return c.Chain(expression)
}

// agree refuses a text that describes another session than the fabric's: it would not come up as the fabric says.
func agree(pos place.Pos, t junos.Settings, s *fabric.Session, fam fabric.Family) error {
	var problems place.Problems
	differ := func(what string, text, want any) {
		problems.Addf(pos, "%s toward %s: the text says %s %v, the fabric %v: closlab cannot judge a session that would not come up",
			s.Node, s.Peer, what, text, want)
	}
	if t.PeerAS != 0 && t.PeerAS != s.PeerAS {
		differ("peer-as", t.PeerAS, s.PeerAS)
	}
	if t.LocalAS != 0 && t.LocalAS != s.LocalAS {
		differ("local-as", t.LocalAS, s.LocalAS)
	}
	if t.Type != "" && (t.Type == "external") != s.External() {
		differ("type", t.Type, map[bool]string{true: "external", false: "internal"}[s.External()])
	}
	if len(t.Families) > 0 && !slices.Contains(t.Families, fam.String()+" unicast") {
		differ("family", strings.Join(t.Families, ", "), fam.String()+" unicast")
	}
	return problems.Err()
}

func group(c *junos.Config, name string) *junos.Group {
	i := slices.IndexFunc(c.Groups, func(g junos.Group) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Groups[i]
}

// neighbor returns what the text says of that address, in the group or, if none is named, in any.
func neighbor(c *junos.Config, groupName string, addr netip.Addr) *junos.Neighbor {
	for i := range c.Groups {
		g := &c.Groups[i]
		if groupName != "" && g.Name != groupName {
			continue
		}
		for j := range g.Neighbors {
			if g.Neighbors[j].Addr == addr {
				return &g.Neighbors[j]
			}
		}
	}
	return nil
}
