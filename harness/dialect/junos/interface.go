package junos

import (
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// fromInterface reads interface in a term. The model knows no interfaces, but the direct and local routes of one are those
// of the addresses that the same text gives it; so the condition can be read if nothing else can be meant: beside
// `protocol direct` or `local`, and for a loopback interface, from which no other route is learned.
func (r *reader) fromInterface(ss []conf.Statement, protocols []conf.Statement) policy.Match {
	own := len(protocols) > 0
	for _, p := range protocols {
		own = own && len(p.Words) == 2 && (p.Words[1] == "direct" || p.Words[1] == "local")
	}
	var direct, local []policy.PrefixRange
	for _, s := range ss {
		name, ok := r.value(s)
		if !ok {
			continue
		}
		if !own && !strings.HasPrefix(name, "lo0.") {
			r.problem(s.Pos, "from interface %s is not modelled but beside protocol direct: closlab does not know which routes come over it", name)
			continue
		}
		addresses := r.addresses(name)
		if len(addresses) == 0 {
			r.problem(s.Pos, "from interface %s: its addresses are not in this text, which could tell what matches: add them under interfaces", name)
		}
		for _, a := range addresses {
			direct = append(direct, policy.Exactly(a))
			local = append(local, policy.Exactly(netip.PrefixFrom(a.Addr(), a.Addr().BitLen())))
		}
	}
	if len(direct) == 0 {
		return nil
	}
	var names []string
	for _, s := range ss {
		names = append(names, strings.Join(s.Words, " "))
	}
	p := &policy.Policy{Name: strings.Join(names, " or "), Pos: ss[0].Pos}
	add := func(name string, from policy.Protocol, prefixes []policy.PrefixRange) {
		p.Terms = append(p.Terms, &policy.Term{Name: name, Pos: ss[0].Pos, Flow: policy.AcceptRoute, From: []policy.Match{
			&policy.MatchProtocol{AnyOf: []policy.Protocol{from}}, policy.NewMatchPrefix([]string{p.Name}, prefixes, nil)}})
	}
	add("direct", policy.Direct, direct)
	add("local", policy.Local, local)
	p.Terms = append(p.Terms, &policy.Term{Name: "neither", Pos: ss[0].Pos, Flow: policy.RejectRoute})
	return &policy.MatchPolicy{Chain: policy.Calls(p)}
}

// addresses returns the addresses of a logical interface such as lo0.0, with their lengths.
func (r *reader) addresses(name string) []netip.Prefix {
	device, unit, _ := strings.Cut(name, ".")
	var out []netip.Prefix
	for _, family := range []string{"inet", "inet6"} {
		for _, n := range children(r.root.Get("interfaces", device, "unit", unit, "family", family, "address")) {
			if p, err := netip.ParsePrefix(n.Word); err == nil {
				out = append(out, p)
			}
		}
	}
	return out
}
