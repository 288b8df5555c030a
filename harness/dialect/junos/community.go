package junos

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// community is a definition of communities. A member that is an expression may stand for communities of several kinds,
// which are patterns of their own in the model.
type community struct {
	name    string
	members [][]policy.CommunityPattern // of each member, alternatives
	invert  bool
}

// maxAlternatives is how many definitions of the model one definition may become in from.
const maxAlternatives = 27

// community reads `community NAME { members [ ... ]; invert-match; }`.
func (r *reader) community(n *conf.Node) *community {
	c := &community{name: n.Word}
	for _, s := range n.Leaves() {
		switch {
		case len(s.Words) == 2 && s.Words[0] == "members":
			m, err := communityMember(s.Words[1])
			if err != nil {
				r.problem(s.Pos, "%s", err)
				continue
			}
			if why := loose(m[0]); why != "" {
				r.hint(s.Pos, place.Note, "unanchored", "%s %s", s.Words[1], why)
			}
			c.members = append(c.members, m)
		case len(s.Words) == 1 && s.Words[0] == "invert-match":
			c.invert = true
		case s.Words[0] == "dynamic-db": // said already
		default:
			r.problem(s.Pos, "%q is not understood: want members or invert-match", strings.Join(s.Words, " "))
		}
	}
	if len(c.members) == 0 && n.Child("members") == nil {
		r.problem(n.Pos, "no members: name at least one")
	}
	return c
}

// fromCommunity reads community in from: a route must have a community for each member of one of the definitions.
func (r *reader) fromCommunity(ss []conf.Statement) policy.Match {
	m := &policy.MatchCommunity{}
	for _, s := range ss {
		name, ok := r.value(s)
		if !ok {
			continue
		}
		c, ok := lookup(r, s.Pos, "community", name, r.communities)
		if !ok {
			continue
		}
		ways := c.ways()
		if c.invert && len(ways) > 1 || len(ways) > maxAlternatives {
			r.problem(s.Pos, "community %s: expressions that match communities of every kind are not modelled beside invert-match or each other: "+
				"begin them with ^ and an AS number", name)
		}
		for _, members := range ways[:min(len(ways), maxAlternatives)] {
			m.AnyOf = append(m.AnyOf, policy.NewCommunityDef(c.name, members, c.invert))
		}
	}
	return m
}

// ways returns every way to choose one alternative for each member.
func (c *community) ways() [][]policy.CommunityPattern {
	ways := [][]policy.CommunityPattern{nil}
	for _, alternatives := range c.members {
		var longer [][]policy.CommunityPattern
		for _, w := range ways {
			for _, a := range alternatives {
				longer = append(longer, append(slices.Clip(w), a))
			}
		}
		if ways = longer; len(ways) > maxAlternatives {
			return ways
		}
	}
	return ways
}

// setCommunity reads community add, delete and set, also spelled + - =. What is added or set are the plain members; Junos
// refuses to commit a definition that has none. A delete takes what any member covers.
func (r *reader) setCommunity(s conf.Statement) policy.Action {
	ops := map[string]policy.CommunityOp{
		"add": policy.CommunityAdd, "+": policy.CommunityAdd,
		"delete": policy.CommunityDelete, "-": policy.CommunityDelete,
		"set": policy.CommunitySetTo, "=": policy.CommunitySetTo,
	}
	if len(s.Words) != 3 {
		r.problem(s.Pos, "%q is not understood: want community add, delete or set and a name", strings.Join(s.Words, " "))
		return nil
	}
	op, ok := ops[s.Words[1]]
	if !ok {
		r.problem(s.Pos, "community %s: want add, delete or set", s.Words[1])
		return nil
	}
	c, ok := lookup(r, s.Pos, "community", s.Words[2], r.communities)
	if !ok {
		return nil
	}
	if c.invert {
		r.problem(s.Pos, "community %s is defined with invert-match, which makes sense only in from", c.name)
	}
	var members []policy.CommunityPattern
	for _, alternatives := range c.members {
		switch expression := alternatives[0].Regex != nil; {
		case op == policy.CommunityDelete || !expression:
			members = append(members, alternatives...)
		default:
			r.hint(s.Pos, place.Warning, "wildcard-added", "%s: the expression %s of community %s is left out: only plain members can be added",
				strings.Join(s.Words, " "), alternatives[0], c.name)
		}
	}
	if len(members) == 0 && len(c.members) > 0 {
		r.problem(s.Pos, "community %s has only expressions, which cannot be added or set: use a definition with plain members", c.name)
	}
	return &policy.SetCommunity{Op: op, Def: policy.NewCommunityDef(c.name, members, false)}
}
