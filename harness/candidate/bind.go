package candidate

import (
	"errors"
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
	done, said := map[key]chains{}, map[string]bool{}
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
			e := endOf(c, b, s.Remote[fam])
			if err := e.agree(b, s, fam); err != nil && !said[err.Error()] {
				said[err.Error()] = true // once for both families
				problems.Add(b.Pos, err)
			}
			k := key{b, c, e.neighbor}
			got, ok := done[k]
			if !ok {
				var err error
				got.in, got.out, err = e.chains(b, c)
				problems.Add(b.Pos, err)
				done[k] = got
			}
			s.In[fam], s.Out[fam] = got.in, got.out
		}
	}
	return problems.Err()
}

// end is what a text says of one end of a session: in a neighbor statement, in its group, or nowhere.
type end struct {
	group    *junos.Group    // of the neighbour, or the one that the binding names; may be nil
	neighbor *junos.Neighbor // may be nil
}

// endOf looks for the neighbour of that address in all groups: a router runs it where it stands, whatever the binding says.
func endOf(c *junos.Config, b *fabric.Binding, addr netip.Addr) end {
	var e end
	for i := range c.Groups {
		g := &c.Groups[i]
		at := slices.IndexFunc(g.Neighbors, func(n junos.Neighbor) bool { return n.Addr == addr })
		if at >= 0 {
			return end{g, &g.Neighbors[at]}
		}
		if b.Group != "" && g.Name == b.Group {
			e.group = g
		}
	}
	return e
}

// settings returns what the text says of the session, and where; nil if nothing.
func (e end) settings() (*junos.Settings, place.Pos) {
	switch {
	case e.neighbor != nil:
		return &e.neighbor.Settings, e.neighbor.Pos
	case e.group != nil:
		return &e.group.Settings, e.group.Pos
	}
	return nil, place.Pos{}
}

// chains returns the chains of the binding: those it names, or those of the neighbour or group.
func (e end) chains(b *fabric.Binding, c *junos.Config) (in, out policy.Chain, err error) {
	if b.In == "" && b.Out == "" {
		if t, _ := e.settings(); t != nil {
			return t.Import, t.Export, nil
		}
		return nil, nil, nil // agree has refused it
	}
	var problems place.Problems
	in, err = named(c.ImportChain, b.File, b.In)
	problems.Add(b.Pos, err)
	out, err = named(c.Chain, b.File, b.Out)
	problems.Add(b.Pos, err)
	return in, out, problems.Err()
}

// named returns the chain that an expression of fabric.yaml means in a text.
func named(chain func(...string) (policy.Chain, error), file, expression string) (policy.Chain, error) {
	if expression == "" {
		return nil, nil
	}
	c, err := chain(expression)
	var where place.Problems
	switch {
	case errors.As(err, &where) && where[0].Pos.File != "": // what keeps a policy from being read stands in the text
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %s", file, err) // the place is that of the binding
	}
	return c, nil
}

// agree refuses a text that describes another session than the fabric's: it would not come up as the fabric says.
func (e end) agree(b *fabric.Binding, s *fabric.Session, fam fabric.Family) error {
	t, pos := e.settings()
	switch {
	case t == nil && b.Group != "":
		return fmt.Errorf("%s: no BGP group %q in %s: mend the name, or add the group to the text", s.Node, b.Group, b.File)
	case t == nil && b.In == "" && b.Out == "":
		return fmt.Errorf("%s: no BGP neighbour %s in %s: name a group, or in and out", s.Node, s.Remote[fam], b.File)
	case t == nil:
		return nil
	case b.Group != "" && e.group.Name != b.Group:
		return place.Problem{Pos: pos, Text: fmt.Sprintf("%s toward %s: the text has neighbor %s in group %s, the fabric in group %s",
			s.Node, s.Peer, s.Remote[fam], e.group.Name, b.Group)}
	}
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
