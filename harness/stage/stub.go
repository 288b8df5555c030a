package stage

import (
	"fmt"
	"math"

	"github.com/closlab/closlab/harness/policy"
)

// wellKnown are the communities with which BGP keeps a route from neighbours unless the export policy itself put them on it.
var wellKnown = [...]policy.Community{policy.NoExport, policy.NoAdvertise, policy.NoExportSubconfed}

// private is the last AS number for private use (RFC 6996); its large communities are taken for the stage.
const private = math.MaxUint32 - 1

// mark stands for the i-th well-known community while a route is in its stub.
func mark(i int) policy.Community {
	return policy.Community{Kind: policy.Large, A: private, C: uint32(i)}
}

// disguise returns communities with marks for the well-known ones.
func disguise(cs policy.Communities) policy.Communities {
	for i, c := range wellKnown {
		if cs.Has(c) {
			cs = cs.Without(func(x policy.Community) bool { return x == c }).With(mark(i))
		}
	}
	return cs
}

// restore is the export policy of every stub: it undoes disguise and decides nothing.
var restore = func() *policy.Policy {
	p := &policy.Policy{Name: "stub"}
	for i, c := range wellKnown {
		was, is := only(mark(i)), only(c)
		p.Terms = append(p.Terms, &policy.Term{Name: c.String(), From: []policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{was}}},
			Then: []policy.Action{&policy.SetCommunity{Op: policy.CommunityAdd, Def: is}, &policy.SetCommunity{Op: policy.CommunityDelete, Def: was}}})
	}
	return p
}()

// only returns the definition of one community.
func only(c policy.Community) *policy.CommunityDef {
	return policy.NewCommunityDef(fmt.Sprint(c), []policy.CommunityPattern{{Literal: c}}, false)
}
