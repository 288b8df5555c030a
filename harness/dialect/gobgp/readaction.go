package gobgp

import (
	"math"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

var flows = map[string]policy.Flow{"": policy.NextTerm, "none": policy.NextTerm, "accept-route": policy.AcceptRoute, "reject-route": policy.RejectRoute}

// actions reads what a statement does, in the order in which GoBGP does it.
func (r *reader) actions(n *node, t *policy.Term) {
	m := r.mapping(n, "route-disposition", "bgp-actions")
	flow, ok := flows[r.word(m["route-disposition"])]
	if !ok {
		r.refuse(m["route-disposition"], "route-disposition %q: want accept-route, reject-route or none", m["route-disposition"].Value)
	}
	t.Flow = flow
	b := r.mapping(m["bgp-actions"], "set-community", "set-large-community", "set-med", "set-local-pref", "set-as-path-prepend",
		"set-next-hop", "set-route-origin")
	r.setCommunity(b["set-community"], "set-community-method", policy.Standard, t)
	r.setCommunity(b["set-large-community"], "set-large-community-method", policy.Large, t)
	if x := b["set-med"]; x != nil {
		if text := r.word(x); text != "" && (text[0] == '+' || text[0] == '-') {
			r.addf(x, "set-med %s: GoBGP leaves the metric alone where a sum leaves 32 bits, which is not modelled", text)
		} else {
			t.Then = append(t.Then, &policy.SetNumber{Field: policy.MED, Value: r.number(x, 0)})
		}
	}
	if x := b["set-local-pref"]; x != nil {
		t.Then = append(t.Then, &policy.SetNumber{Field: policy.LocalPref, Value: r.number(x, 1)})
	}
	r.prepend(b["set-as-path-prepend"], t)
	r.setNextHop(b["set-next-hop"], t)
	if x := b["set-route-origin"]; x != nil {
		t.Then = append(t.Then, &policy.SetOrigin{Origin: r.origin(x)})
	}
}

func (r *reader) setNextHop(x *node, t *policy.Term) {
	if x == nil {
		return
	}
	switch word := r.word(x); word {
	case "self":
		if !r.exported {
			r.addf(x, "set-next-hop self in an import policy is not modelled")
		}
		t.Then = append(t.Then, &policy.SetNextHop{Kind: policy.NextHopSelf})
	case "peer-address":
		t.Then = append(t.Then, &policy.SetNextHop{Kind: policy.NextHopPeer})
	default:
		a, err := netip.ParseAddr(word)
		if err != nil {
			r.addf(x, "set-next-hop %q is not modelled: want an address, self or peer-address", word)
		}
		t.Then = append(t.Then, &policy.SetNextHop{Addr: a})
	}
}

func (r *reader) origin(x *node) policy.Origin {
	word := r.word(x)
	for _, o := range []policy.Origin{policy.IGP, policy.EGP, policy.Incomplete} {
		if o.String() == word {
			return o
		}
	}
	r.refuse(x, "origin %q: want igp, egp or incomplete", word)
	return policy.IGP
}

func (r *reader) setCommunity(x *node, method string, kind policy.CommunityKind, t *policy.Term) {
	if x == nil {
		return
	}
	m := r.mapping(x)
	option := r.word(m["options"])
	read := r.added
	if option == "remove" {
		read = r.pattern
	}
	var members []policy.CommunityPattern
	for _, e := range r.items(r.mapping(m[method])["communities-list"]) {
		members = append(members, read(e, kind))
	}
	if len(members) == 0 && kind == policy.Large {
		return // GoBGP drops the action, even one that would remove all
	}
	d := policy.NewCommunityDef(method, members, false)
	switch option {
	case "add":
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityAdd, Def: d})
	case "remove":
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityDelete, Def: d})
	case "replace": // of this kind alone
		every, err := textRegex("")
		if err != nil {
			r.addf(x, "%s", err)
		}
		all := policy.NewCommunityDef("all", []policy.CommunityPattern{{Literal: policy.Community{Kind: kind}, Regex: every}}, false)
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityDelete, Def: all}, &policy.SetCommunity{Op: policy.CommunityAdd, Def: d})
	default:
		r.refuse(x, "options %q: want add, remove or replace", option)
	}
	if slices.ContainsFunc(members, enforced) && option != "remove" {
		r.hint(x, place.Note, "not-enforced", "it adds a community that keeps routes from neighbours, which GoBGP itself does not heed: reject them in export policies")
	}
}

// enforced reports whether the routers of others keep routes of this community to themselves. GoBGP does not.
func enforced(p policy.CommunityPattern) bool {
	return slices.Contains([]policy.Community{policy.NoExport, policy.NoAdvertise, policy.NoExportSubconfed}, p.Literal)
}

func (r *reader) prepend(x *node, t *policy.Term) {
	if x == nil {
		return
	}
	m := r.mapping(x)
	if m["repeat-n"] == nil || m["as"] == nil {
		r.refuse(x, "set-as-path-prepend: give both repeat-n and as")
		return
	}
	count := int(r.number(m["repeat-n"], 1))
	if count > math.MaxUint8 {
		r.refuse(m["repeat-n"], "repeat-n %d: at most 255", count)
		return
	}
	last := r.word(m["as"]) == "last-as"
	var asn uint32
	if !last {
		asn = r.number(m["as"], 1)
	}
	switch {
	case r.exported && (last || asn != r.asn):
		r.addf(x, "set-as-path-prepend in an export policy puts the AS in front of the own AS, which is modelled for the as of global.config alone")
	case last:
		t.Then = append(t.Then, &policy.Expand{Count: count})
	default:
		t.Then = append(t.Then, &policy.Prepend{ASNs: slices.Repeat([]uint32{asn}, count)})
	}
}
