package frr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// setters translate set lines, by kind. They return the actions, and change the state where they give a number.
var setters = map[string]func(*context, *state) []policy.Action{
	"as-path prepend":             prepend,
	"comm-list":                   func(x *context, _ *state) []policy.Action { return x.delete(communityList) },
	"community":                   func(x *context, _ *state) []policy.Action { return x.setCommunities(policy.Standard) },
	"extcommunity none":           func(*context, *state) []policy.Action { return clear(policy.Extended) },
	"extcommunity rt":             func(x *context, _ *state) []policy.Action { return x.addExtended("rt") },
	"extcommunity soo":            func(x *context, _ *state) []policy.Action { return x.addExtended("soo") },
	"ip next-hop":                 ipNextHop,
	"ipv6 next-hop global":        func(x *context, s *state) []policy.Action { return x.nextHopIs(true, s) },
	"ipv6 next-hop peer-address":  func(x *context, s *state) []policy.Action { return x.nextHopPeer(true, s) },
	"large-comm-list":             func(x *context, _ *state) []policy.Action { return x.delete(largeList) },
	"large-community":             func(x *context, _ *state) []policy.Action { return x.setCommunities(policy.Large) },
	"local-preference":            func(x *context, s *state) []policy.Action { return x.number(policy.LocalPref, &s.localPref) },
	"metric":                      func(x *context, s *state) []policy.Action { return x.number(policy.MED, &s.metric) },
	"origin":                      setOrigin,
	"tag":                         setTag,
	"distance":                    ofThisRouter,
	"weight":                      ofThisRouter,
	"table":                       ofThisRouter,
	"ipv6 next-hop prefer-global": noEffect,
	"aggregator":                  noEffect,
	"atomic-aggregate":            noEffect,
	"src":                         noEffect,
}

// refusedSets are the set lines that the model cannot say, and why.
var refusedSets = map[string]string{
	"as-path exclude": "taking AS numbers out is not modelled", "as-path replace": "replacing AS numbers is not modelled",
	"evpn": "EVPN is not modelled", "extcommunity bandwidth": "link bandwidth is not modelled", "extcommunity nt": "node targets are not modelled",
	"ipv4 vpn": "VPNs are not modelled", "ipv6 vpn": "VPNs are not modelled", "vpnv4": "VPNs are not modelled", "vpnv6": "VPNs are not modelled",
	"ipv6 next-hop local": "link-local next hops are not modelled", "l3vpn": "VPNs are not modelled", "label-index": "labels are not modelled",
	"originator-id": "changing it is not modelled", "sr-te": "segment routing is not modelled", "extended-comm-list": "taking extended communities off is not modelled",
	"forwarding-address": "bgpd does not know it", "metric-type": "bgpd does not know it", "max-metric": "it is not modelled", "min-metric": "it is not modelled",
	"aigp-metric": "AIGP is not modelled",
}

// setKinds are all kinds of set lines, those of more words first.
var setKinds = kinds(setters, refusedSets)

// bare are the set lines with nothing behind them.
var bare = []string{"extcommunity none", "ipv6 next-hop peer-address", "ipv6 next-hop prefer-global", "atomic-aggregate"}

// set translates the clause.
func (x *context) set(s *state) []policy.Action {
	if why, ok := refusedSets[x.kind]; ok {
		x.problem("%s", why)
		return nil
	}
	if len(x.args) > 0 && slices.Contains(bare, x.kind) {
		x.problem("nothing stands behind it")
		return nil
	}
	return setters[x.kind](x, s)
}

// noEffect is for what changes no route of the model.
func noEffect(*context, *state) []policy.Action { return nil }

// ofThisRouter is for what only this router goes by when it chooses a route: on export it has no effect.
func ofThisRouter(x *context, _ *state) []policy.Action {
	if x.use.Direction == policy.Import {
		x.problem("it changes which route this router chooses, which is not modelled")
	}
	return nil
}

// number sets a number, or computes with it: a route without one counts as one with 0.
func (x *context) number(f policy.Field, p *presence) []policy.Action {
	text, arith := x.arg(), policy.Set
	switch {
	case strings.HasPrefix(text, "+"):
		text, arith = text[1:], policy.Add
	case strings.HasPrefix(text, "-"):
		text, arith = text[1:], policy.Sub
	}
	n, err := strconv.ParseUint(text, 10, 32)
	switch {
	case err != nil:
		x.problem("want a number from 0 to 4294967295, with + or - in front to compute; round trip times are not modelled")
		return nil
	case arith == policy.Set:
	case *p == unsure:
		x.problem("some routes have none here, and bgpd counts from 0 for them: set it to a number first")
	case *p == absent && arith == policy.Sub:
		arith, n = policy.Set, 0
	case *p == absent:
		arith = policy.Set
	}
	*p = present
	return []policy.Action{&policy.SetNumber{Field: f, Arith: arith, Value: uint32(n)}}
}

func setTag(x *context, _ *state) []policy.Action {
	n, err := strconv.ParseUint(x.arg(), 10, 32)
	if err != nil || n == 0 {
		x.problem("want a number from 1 to 4294967295")
		return nil
	}
	return []policy.Action{&policy.SetNumber{Field: policy.Tag, Value: uint32(n)}}
}

func setOrigin(x *context, _ *state) []policy.Action {
	if ms := x.origin(); ms != nil {
		return []policy.Action{&policy.SetOrigin{Origin: ms[0].(*policy.MatchOrigin).AnyOf[0]}}
	}
	return nil
}

// prepend puts AS numbers in front of the path, before bgpd puts its own there.
func prepend(x *context, _ *state) []policy.Action {
	if len(x.args) == 2 && x.args[0] == "last-as" {
		n, err := strconv.Atoi(x.args[1])
		if err != nil || n < 1 || n > 10 {
			x.problem("want a number from 1 to 10")
			return nil
		}
		return []policy.Action{&policy.Expand{Count: n}}
	}
	var asns []uint32
	for _, w := range x.args {
		n, ok := asNumber(w)
		if !ok {
			x.problem("%s: want an AS number", w)
			return nil
		}
		asns = append(asns, n)
	}
	if len(asns) == 0 {
		x.problem("want AS numbers")
		return nil
	}
	return []policy.Action{&policy.Prepend{ASNs: asns}}
}

// clear takes all communities of the kind off.
func clear(kind policy.CommunityKind) []policy.Action {
	return []policy.Action{&policy.SetCommunity{Op: policy.CommunityDelete, Def: every(kind)}}
}

// setCommunities replaces the communities of the kind; with additive, it adds to them.
func (x *context) setCommunities(kind policy.CommunityKind) []policy.Action {
	if len(x.args) == 1 && x.args[0] == "none" {
		return clear(kind)
	}
	words := slices.DeleteFunc(slices.Clone(x.args), func(w string) bool { return w == "additive" })
	var cs []policy.Community
	for _, w := range words {
		c, err := readCommunity(kind, w)
		if err != nil {
			x.problem("%s", err)
			return nil
		}
		cs = append(cs, c)
	}
	if len(cs) == 0 {
		x.problem("want communities")
		return nil
	}
	add := &policy.SetCommunity{Op: policy.CommunityAdd, Def: policy.NewCommunityDef(strings.Join(words, " "), literals(cs), false)}
	if len(words) < len(x.args) {
		return []policy.Action{add}
	}
	return append(clear(kind), add)
}

// addExtended adds route targets or sites of origin: bgpd always adds them.
func (x *context) addExtended(name string) []policy.Action {
	var cs []policy.Community
	for _, w := range x.args {
		c, err := readCommunity(policy.Extended, name+" "+w)
		if err != nil {
			x.problem("%s", err)
			return nil
		}
		cs = append(cs, c)
	}
	if len(cs) == 0 {
		x.problem("want communities")
		return nil
	}
	return []policy.Action{&policy.SetCommunity{Op: policy.CommunityAdd, Def: policy.NewCommunityDef(name+" "+strings.Join(x.args, " "), literals(cs), false)}}
}

// delete takes off what a list permits. A list that is not defined takes nothing off.
func (x *context) delete(kind string) []policy.Action {
	if len(x.args) != 2 || x.args[1] != "delete" {
		x.problem("want the name of a list, and then delete")
		return nil
	}
	l := x.lookup(kind, x.args[0], x.pos)
	if l == nil {
		return nil
	}
	def, err := l.deletes()
	if err != nil {
		x.problem("%s", err)
		return nil
	}
	return []policy.Action{&policy.SetCommunity{Op: policy.CommunityDelete, Def: def}}
}
