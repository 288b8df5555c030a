package proof_test

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// What is read back runs inside of what a router does before and behind its policies. The frames say that in the model's own words, so that
// Diff compares what a router does with a route, and nothing is taken from it.

// does is a policy of one term that does something to every route and goes on.
func does(name string, actions ...policy.Action) *policy.Policy {
	return &policy.Policy{Name: name, Terms: []*policy.Term{{Name: "ALL", Then: actions}}}
}

// rejects is a policy of one term that rejects what matches.
func rejects(name string, from ...policy.Match) *policy.Policy {
	return &policy.Policy{Name: name, Terms: []*policy.Term{{Name: "OTHERS", From: from, Flow: policy.RejectRoute}}}
}

// only is a policy that rejects what does not match.
func only(name string, m policy.Match) *policy.Policy {
	p := rejects(name)
	p.Terms = append([]*policy.Term{{Name: "THESE", From: []policy.Match{m}, Flow: policy.NextPolicy}}, p.Terms...)
	return p
}

// each is a policy of terms that go on.
func each(name string, terms ...*policy.Term) *policy.Policy {
	return &policy.Policy{Name: name, Terms: terms}
}

// inside is a policy that accepts what the chain accepts, once it went through the policies behind, and rejects the rest.
func inside(name string, c policy.Chain, behind ...*policy.Policy) *policy.Policy {
	p := &policy.Policy{Name: name, Terms: []*policy.Term{
		{Name: "RUN", From: []policy.Match{&policy.MatchPolicy{Chain: c}}, Skip: 1},
		{Name: "REJECTED", Flow: policy.RejectRoute}}}
	for _, b := range behind {
		p.Terms = append(p.Terms, b.Terms...)
	}
	p.Terms = append(p.Terms, &policy.Term{Name: "ACCEPTED", Flow: policy.AcceptRoute})
	return p
}

func community(c policy.Community) *policy.CommunityDef {
	return policy.NewCommunityDef(c.String(), []policy.CommunityPattern{{Literal: c}}, false)
}

func carries(c policy.Community) policy.Match {
	return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{community(c)}}
}

func lacks(c policy.Community) policy.Match {
	d := *community(c)
	d.Invert = true
	return &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{&d}}
}

func adds(c policy.Community) policy.Action {
	return &policy.SetCommunity{Op: policy.CommunityAdd, Def: community(c)}
}

func takes(c policy.Community) policy.Action {
	return &policy.SetCommunity{Op: policy.CommunityDelete, Def: community(c)}
}

// unmarked takes off all marks of the compilers': large communities of AS 4294967295, which no route of the model's has.
var unmarked = does("NO-MARKS", &policy.SetCommunity{Op: policy.CommunityDelete, Def: policy.NewCommunityDef("MARKS", []policy.CommunityPattern{{
	Literal: policy.Community{Kind: policy.Large},
	Regex:   random.Regex("4294967295:.*", policy.Seq(policy.Text(fmt.Sprint(uint32(math.MaxUint32), ":")), policy.Repeat(policy.AnySymbol(), 0, -1)))}}, false)})

var everywhere = random.Nets("0.0.0.0/0", "::/0")

// domain is the routes that a session's policy can meet: those of its family and its peer.
func domain(s routemap.Session, dir policy.Direction) policy.Chain {
	peer := []netip.Prefix{netip.PrefixFrom(s.Peer, s.Peer.BitLen())}
	c := policy.Calls(only("FAMILY", &policy.MatchFamily{V6: s.V6}), only("PEER", &policy.MatchAddr{Field: policy.ToNeighbor, AnyOf: peer}), unmarked)
	external := s.LocalAS != s.PeerAS
	if dir == policy.Export {
		learned := &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: everywhere}
		return append(c, policy.Calls(only("PROTOCOL", &policy.MatchProtocol{AnyOf: []policy.Protocol{policy.BGP, policy.Static, policy.Direct, policy.Local, policy.Aggregate}}),
			each("LEARNED", &policy.Term{Name: "LEARNED", From: []policy.Match{learned}, Flow: policy.NextPolicy},
				&policy.Term{Name: "EXTERNAL", From: []policy.Match{&policy.MatchRouteType{External: true}}, Flow: policy.RejectRoute}))...)
	}
	c = append(c, policy.Calls(only("TYPE", &policy.MatchRouteType{External: external}), only("FROM", &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: peer}))...)
	if external {
		c = append(c, policy.Calls(does("LOCAL-PREFERENCE", &policy.SetNumber{Field: policy.LocalPref, Value: 100}))...)
	}
	return c
}

// keeping returns the communities by which a router keeps routes from the session's peer.
func keeping(s routemap.Session) []policy.Community {
	switch {
	case s.SendsAll:
		return nil
	case s.LocalAS != s.PeerAS:
		return []policy.Community{policy.NoAdvertise, policy.NoExport, policy.NoExportSubconfed}
	}
	return []policy.Community{policy.NoAdvertise}
}

// heldBack returns the chain as a router runs it on export: what carried a keeping community before and still does is rejected. There is one policy
// for each set of them that a route can carry before, so that nothing need be noted on the route.
func heldBack(c policy.Chain, keeping []policy.Community) policy.Chain {
	var out policy.Chain
	for set := range 1 << len(keeping) {
		var this []policy.Match
		behind := each("STILL")
		for i, k := range keeping {
			if set>>i&1 == 0 {
				this = append(this, lacks(k))
				continue
			}
			this = append(this, carries(k))
			behind.Terms = append(behind.Terms, rejects("STILL", carries(k)).Terms...)
		}
		p := inside(fmt.Sprint("HELD-BACK-", set), c, behind)
		p.Terms = append([]*policy.Term{{Name: "THIS", From: this, Skip: 1}, {Name: "ANOTHER", Flow: policy.NextPolicy}}, p.Terms...)
		out = append(out, policy.Expr{Policy: p})
	}
	return out
}
