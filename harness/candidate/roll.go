package candidate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// roll decides which nodes change in which order, and binds the fabric that comes of it.
func (b *Base) roll(c *Candidate, n *fabric.Notes) error {
	uses := map[string]bool{}
	for _, s := range b.Fabric.Sessions {
		for _, bind := range s.Binding {
			if bind != nil && slices.Contains(c.Files, bind.File) {
				uses[s.Node] = true
			}
		}
	}
	if len(uses) == 0 && len(c.Files) > 0 {
		return place.Problem{Pos: place.Pos{File: c.Path}, Text: fmt.Sprintf("no router of %s runs %s", b.Fabric.Name, strings.Join(c.Files, ", "))}
	}
	for _, node := range b.Fabric.Nodes {
		if uses[node.Name] {
			c.Order = append(c.Order, node.Name)
		}
	}
	if err := c.note(b.Fabric, n); err != nil {
		return err
	}
	if err := b.sameSessions(c); err != nil {
		return err
	}
	c.After = b.Fabric.OnImages(c.images()).Clone()
	return bind(c.After, func(node string) map[string]*Config {
		if slices.Contains(c.Order, node) {
			return c.Configs
		}
		return b.Configs
	})
}

// sameSessions refuses a candidate that makes other sessions, and one with a file that no changing node runs.
func (b *Base) sameSessions(c *Candidate) error {
	runs, problems := b.last(c, c.Configs)
	for _, name := range c.Files {
		if !runs[name] {
			problems.Addf(place.Pos{File: c.Path}, "%s changes, but on no router that it is for: leave it out, or name its routers", name)
		}
	}
	return problems.Err()
}

// last returns which of the candidate's files changing nodes run, and what keeps their sessions from lasting with these texts.
func (b *Base) last(c *Candidate, configs map[string]*Config) (runs map[string]bool, problems place.Problems) {
	runs = map[string]bool{}
	for _, s := range b.Fabric.Sessions {
		for _, fam := range fabric.Families {
			bind := s.Binding[fam]
			if bind == nil || !slices.Contains(c.Files, bind.File) || !slices.Contains(c.Order, s.Node) {
				continue
			}
			runs[bind.File] = true
			addr := s.Remote[fam]
			problems.Add(bind.Pos, lasting(b.Configs[bind.File].session(bind, addr, fam), configs[bind.File].session(bind, addr, fam), s))
		}
	}
	return runs, problems
}

// lasting refuses what a candidate does to the session itself: closlab judges what is sent over it.
func lasting(was, is *Session, s *fabric.Session) error {
	if was == nil || is == nil {
		return nil
	}
	var problems place.Problems
	gone := func(what string, gone bool) {
		if gone {
			problems.Addf(is.Pos, "%s toward %s: the text no longer has %s (baseline: %s): closlab cannot judge whether the session comes up", s.Node, s.Peer, what, was.Pos)
		}
	}
	gone("its neighbor statement", was.Addr.IsValid() && !is.Addr.IsValid())
	gone("type", was.Type != "" && is.Type == "")
	gone("peer-as", was.PeerAS != 0 && is.PeerAS == 0)
	gone("local-as", was.LocalAS != 0 && is.LocalAS == 0)
	if was.Multipath != is.Multipath {
		problems.Addf(is.Pos, "group %s: a change of multipath is not modelled: judge it apart", is.Group)
	}
	return problems.Err()
}
