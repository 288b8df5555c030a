package gobgp

import (
	"math"
	"net/netip"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/policy"
)

// actions reads what a statement does, in the order in which GoBGP does it.
func (r *reader) actions(n *yaml.Node, t *policy.Term) {
	m := r.mapping(n, "route-disposition", "bgp-actions")
	flow, ok := flows[word(m["route-disposition"])]
	if !ok {
		r.addf(m["route-disposition"], "route-disposition %q: want accept-route, reject-route or none", word(m["route-disposition"]))
	}
	t.Flow = flow
	b := r.mapping(m["bgp-actions"], "set-community", "set-large-community", "set-med", "set-local-pref", "set-as-path-prepend",
		"set-next-hop", "set-route-origin")
	r.setCommunity(b["set-community"], "set-community-method", policy.Standard, t)
	r.setCommunity(b["set-large-community"], "set-large-community-method", policy.Large, t)
	if x := b["set-med"]; x != nil {
		if x.Value != "" && (x.Value[0] == '+' || x.Value[0] == '-') {
			r.addf(x, "set-med %s: GoBGP leaves the metric alone where a sum leaves 32 bits, which is not modelled", x.Value)
		} else {
			t.Then = append(t.Then, &policy.SetNumber{Field: policy.MED, Value: r.number(x, 0)})
		}
	}
	if x := b["set-local-pref"]; x != nil {
		t.Then = append(t.Then, &policy.SetNumber{Field: policy.LocalPref, Value: r.number(x, 1)})
	}
	r.prepend(b["set-as-path-prepend"], t)
	switch x := b["set-next-hop"]; word(x) {
	case "":
	case "self":
		t.Then = append(t.Then, &policy.SetNextHop{Kind: policy.NextHopSelf})
	case "peer-address":
		t.Then = append(t.Then, &policy.SetNextHop{Kind: policy.NextHopPeer})
	default:
		a, err := netip.ParseAddr(x.Value)
		if err != nil {
			r.addf(x, "set-next-hop %q is not modelled: want an address, self or peer-address", x.Value)
		}
		t.Then = append(t.Then, &policy.SetNextHop{Addr: a})
	}
	if x := b["set-route-origin"]; x != nil {
		t.Then = append(t.Then, &policy.SetOrigin{Origin: r.origin(x)})
	}
}

func (r *reader) setCommunity(x *yaml.Node, method string, kind policy.CommunityKind, t *policy.Term) {
	if x == nil {
		return
	}
	m := r.mapping(x, "options", method)
	var members []policy.CommunityPattern
	for _, e := range r.items(r.mapping(m[method], "communities-list")["communities-list"]) {
		members = append(members, r.pattern(e, kind))
	}
	d := policy.NewCommunityDef(method, members, false)
	if word(m["options"]) != "remove" && slices.ContainsFunc(members, func(p policy.CommunityPattern) bool { return p.Regex != nil }) {
		r.addf(x, "%s: a regular expression can only be removed", method)
	}
	switch word(m["options"]) {
	case "add":
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityAdd, Def: d})
	case "remove":
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityDelete, Def: d})
	case "replace": // of this kind alone
		every := r.pattern(&yaml.Node{Value: ".*", Line: x.Line}, kind)
		all := policy.NewCommunityDef("all", []policy.CommunityPattern{every}, false)
		t.Then = append(t.Then, &policy.SetCommunity{Op: policy.CommunityDelete, Def: all}, &policy.SetCommunity{Op: policy.CommunityAdd, Def: d})
	default:
		r.addf(x, "options %q: want add, remove or replace", word(m["options"]))
	}
}

func (r *reader) prepend(x *yaml.Node, t *policy.Term) {
	if x == nil {
		return
	}
	if r.isExport {
		r.addf(x, "set-as-path-prepend in an export policy puts the AS in front of the own AS, which is not modelled")
	}
	m := r.mapping(x, "repeat-n", "as")
	if m["repeat-n"] == nil || m["as"] == nil {
		r.addf(x, "set-as-path-prepend: give both repeat-n and as")
		return
	}
	count := int(r.number(m["repeat-n"], 1))
	if count > math.MaxUint8 {
		r.addf(m["repeat-n"], "repeat-n %d: at most 255", count)
		return
	}
	if m["as"].Value == "last-as" {
		t.Then = append(t.Then, &policy.Expand{Count: count})
		return
	}
	t.Then = append(t.Then, &policy.Prepend{ASNs: slices.Repeat([]uint32{r.number(m["as"], 1)}, count)})
}
