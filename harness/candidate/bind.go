package candidate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// bind gives every session of f its chains, from the texts that its node runs. Sessions of equal binding share
// their chains.
func bind(f *fabric.Fabric, running func(node string) map[string]*Config) error {
	type key struct {
		b *fabric.Binding
		c *Config
		t *Session

		v6, external bool // of the session, where they matter
	}
	type chains struct{ in, out policy.Chain }
	done, said := map[key]chains{}, map[string]bool{}
	paths := balancing{}
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
			if c.Opaque && f.Node(s.Node).Opaque() {
				continue
			}
			t := c.session(b, s.Remote[fam], fam)
			for _, p := range t.problems() {
				if !said[p.Error()] {
					said[p.Error()] = true // once for all sessions
					problems = append(problems, p)
				}
			}
			if err := t.agree(b, s, fam); err != nil && !said[err.Error()] {
				said[err.Error()] = true // once for both families
				problems.Add(b.Pos, err)
			}
			paths.see(s, fam, b, t)
			k := key{b: b, c: c, t: t}
			if c.bound != nil {
				k.v6, k.external = fam == fabric.V6, s.External()
			}
			got, ok := done[k]
			if !ok {
				var err error
				got.in, got.out, err = c.chains(b, t, k.v6, k.external)
				problems.Add(b.Pos, err)
				done[k] = got
			}
			s.In[fam], s.Out[fam] = got.in, got.out
			s.SendsAll[fam] = c.SendsAll
			if t != nil {
				s.Limit[fam] = t.Limit[fam]
			}
			if c.PrependsAhead && s.External() && len(t.problems()) == 0 {
				problems.Add(b.Pos, ahead(got.out, s))
			}
			if c.ImportsOwn {
				problems.Add(b.Pos, ownThrough(got.in, f, s, fam))
			}
		}
	}
	give(f, running)
	problems = append(problems, paths.settle(f)...)
	return problems.Err()
}

// give puts the configurations that native routers run into the fabric.
func give(f *fabric.Fabric, running func(node string) map[string]*Config) {
	f.Texts = map[string]string{}
	for _, n := range f.Nodes {
		if c := running(n.Name)[n.Config]; c != nil {
			f.Texts[n.Name] = c.Whole
		}
	}
}

// problems returns that for which the session cannot be judged; none if the text says nothing of it.
func (t *Session) problems() place.Problems {
	if t == nil {
		return nil
	}
	return t.Problems
}

// chains returns the chains of the binding: those it names, or those of what the text says of the session.
func (c *Config) chains(b *fabric.Binding, s *Session, v6, external bool) (in, out policy.Chain, err error) {
	if b.In == "" && b.Out == "" {
		if s != nil {
			return s.In, s.Out, nil
		}
		return nil, nil, nil // agree has refused it
	}
	if c.bound != nil {
		in, out, err = c.bound(b.In, b.Out, v6, external)
		return in, out, err
	}
	var problems place.Problems
	in, err = c.named(policy.Import, b.File, b.In)
	problems.Add(b.Pos, err)
	out, err = c.named(policy.Export, b.File, b.Out)
	problems.Add(b.Pos, err)
	return in, out, problems.Err()
}

// named returns the chain that an expression of fabric.yaml means in a text.
func (c *Config) named(dir policy.Direction, file, expression string) (policy.Chain, error) {
	if expression == "" {
		return nil, nil
	}
	chain, err := c.chain(dir, expression)
	var where place.Problems
	switch {
	case errors.As(err, &where) && where[0].Pos.File != "": // what keeps a policy from being read stands in the text
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %s", file, err) // the place is that of the binding
	}
	return chain, nil
}

// agree refuses a text that describes another session than the fabric's, or none if t is nil: it would not come up as the fabric says.
func (t *Session) agree(b *fabric.Binding, s *fabric.Session, fam fabric.Family) error {
	switch {
	case t == nil && b.Group != "":
		return fmt.Errorf("%s: no BGP group %q in %s: mend the name, or add the group to the text", s.Node, b.Group, b.File)
	case t == nil && b.Neighbor != "":
		return fmt.Errorf("%s: no BGP neighbour %q in %s: mend the name, or add the neighbour to the text", s.Node, b.Neighbor, b.File)
	case t == nil && b.In == "" && b.Out == "":
		return fmt.Errorf("%s: no BGP neighbour %s in %s: name a group, or in and out", s.Node, s.Remote[fam], b.File)
	case t == nil:
		return nil
	case b.Group != "" && t.Group != b.Group:
		return place.Problem{Pos: t.Pos, Text: fmt.Sprintf("%s toward %s: the text has neighbor %s in group %s, the fabric in group %s",
			s.Node, s.Peer, s.Remote[fam], t.Group, b.Group)}
	}
	var problems place.Problems
	if len(t.Problems) > 0 { // bind has told them
		return nil
	}
	differ := func(what string, text, want any) {
		problems.Addf(t.Pos, "%s toward %s: the text says %s %v, the fabric %v: closlab cannot judge a session that would not come up",
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
