package frr

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// chains makes the session's chains: what FRR does before the route-map, the filters, the route-map, and what it does afterwards.
func (x *sessionReader) chains() {
	in, _ := x.routeMap(policy.Import, "in")
	out, pos := x.routeMap(policy.Export, "out")
	x.session.In = append(policy.Calls(x.filters(policy.Import, "in")...), amended(in, x.afterImport()))
	before := append([]*policy.Policy{x.beforeExport()}, x.filters(policy.Export, "out")...)
	x.session.Out = append(policy.Calls(before...), amended(out, x.afterExport()))
	if !x.session.External && x.cfg.bgp != nil && !x.cfg.bgp.allowOutbound && x.cfg.bgp.reflects(x.family) && changes(out) {
		x.problem(pos, "route-map %s out sets attributes, which bgpd does not do for routes that it reflects: say bgp route-reflector allow-outbound-policy", out.Name)
	}
}

// nextHops refuses what route-maps and the session do to next hops together and the model has no word for.
func (x *sessionReader) nextHops() {
	if x.session.V6 && x.session.Addr.Is4() && (setsNextHop(x.session.In) || setsNextHop(x.session.Out)) {
		x.problem(x.peer.pos, "its IPv6 routes go over IPv4, where bgpd overrules the next hops of route-maps: it is not modelled")
	}
	l, ok := x.peer.get(x.family, "next-hop-self")
	if !ok || l.no || x.session.External {
		return
	}
	for _, p := range x.session.Out.Policies() {
		for _, t := range p.Terms {
			if slices.ContainsFunc(t.From, func(m policy.Match) bool { a, ok := m.(*policy.MatchAddr); return ok && a.Field == policy.OfNextHop }) {
				x.problem(l.pos, "next-hop-self, and entry %s of %s asks for the next hop that it had: it is not modelled", t.Label(), p.Name)
			}
		}
	}
	names := x.cfg.settingNextHops(x.family)
	for _, name := range names[:min(len(names), 3)] {
		x.problem(l.pos, "next-hop-self, which bgpd does not do for routes whose next hop route-map %s in has set: it is not modelled", name)
	}
}

// settingNextHops returns the route-maps in of all neighbors that set next hops.
func (c *Config) settingNextHops(f family) []string {
	x := &c.bgp.families[f]
	if x.setting == nil {
		x.setting = []string{}
		for _, p := range c.bgp.peers {
			in, ok := p.get(f, "route-map in")
			if ok && !slices.Contains(x.setting, in.word(1)) && c.maps[in.word(1)].setsNextHop() {
				x.setting = append(x.setting, in.word(1))
			}
		}
	}
	return x.setting
}

func setsNextHop(c policy.Chain) bool {
	for _, p := range c.Policies() {
		for _, t := range p.Terms {
			if slices.ContainsFunc(t.Then, func(a policy.Action) bool {
				s, ok := a.(*policy.SetNextHop)
				return ok && t.Name != "next-hop-self" && s != nil
			}) {
				return true
			}
		}
	}
	return false
}

// setsNextHop reports whether an entry of the route-map has a set line for next hops.
func (m *routeMap) setsNextHop() bool {
	return m != nil && slices.ContainsFunc(m.entries, func(e *routeMapEntry) bool {
		return slices.ContainsFunc(e.sets, func(c clause) bool { return strings.Contains(c.kind, "next-hop") })
	})
}

// amended returns the expression of a policy and the terms that what it accepts goes through.
func amended(p *policy.Policy, after []*policy.Term) policy.Expr {
	if len(after) == 0 {
		return policy.Expr{Policy: p}
	}
	then := &policy.Policy{Name: "FRR", Pos: p.Pos, Terms: append(after, &policy.Term{Name: "rest", Pos: p.Pos, Flow: policy.AcceptRoute})}
	return policy.Expr{Op: policy.Amend, Args: []policy.Expr{{Policy: p}, {Policy: then}}}
}

// reflects reports whether some neighbor is a client of the router.
func (b *bgp) reflects(f family) bool {
	x := &b.families[f]
	if x.reflects == nil {
		some := slices.ContainsFunc(b.peers, func(p *peer) bool { return p.on(f, "route-reflector-client") })
		x.reflects = &some
	}
	return *x.reflects
}

// changes reports whether the policy, or one that it calls, has actions.
func changes(p *policy.Policy) bool {
	for _, q := range policy.Calls(p).Policies() {
		for _, t := range q.Terms {
			if len(t.Then) > 0 {
				return true
			}
		}
	}
	return false
}

func carries(c policy.Community, name string) []policy.Match {
	return []policy.Match{&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{policy.NewCommunityDef(name, literals([]policy.Community{c}), false)}}}
}

// afterImport is what bgpd does with routes of eBGP peers behind the route-map (bgpd/bgp_route.c, bgp_update): BLACKHOLE stays in the AS
// (RFC 7999), GRACEFUL_SHUTDOWN is the last choice (RFC 8326). A text that speaks of neither is taken to see neither.
func (x *sessionReader) afterImport() []*policy.Term {
	var out []*policy.Term
	when := func(c policy.Community, name string, a policy.Action) {
		if x.session.External && x.cfg.mentions[c] {
			out = append(out, &policy.Term{Name: name, Pos: x.peer.pos, From: carries(c, name), Then: []policy.Action{a}})
		}
	}
	when(policy.Blackhole, "blackhole", &policy.SetCommunity{Op: policy.CommunityAdd,
		Def: policy.NewCommunityDef("no-export", literals([]policy.Community{policy.NoExport}), false)})
	when(policy.GracefulShutdown, "graceful-shutdown", &policy.SetNumber{Field: policy.LocalPref})
	return out
}

// beforeExport is what bgpd asks before all filters (subgroup_announce_check): is the route in BGP, and do its communities let it go? What a
// route-map out takes off or puts on comes too late for that.
func (x *sessionReader) beforeExport() *policy.Policy {
	pos := x.peer.pos
	reject := func(c policy.Community, name string) *policy.Term {
		return &policy.Term{Name: name, Pos: pos, From: carries(c, name), Flow: policy.RejectRoute}
	}
	p := &policy.Policy{Name: "FRR", Pos: pos, Terms: slices.Clone(x.shared())}
	p.Terms = append(p.Terms, reject(policy.NoAdvertise, "no-advertise"))
	if x.session.External {
		p.Terms = append(p.Terms, reject(policy.NoExport, "no-export"), reject(policy.NoExportSubconfed, "local-AS"))
	}
	if l, ok := x.peer.get(x.family, "next-hop-self"); ok && !l.no && !x.session.External {
		t := &policy.Term{Name: "next-hop-self", Pos: l.pos, Then: []policy.Action{&policy.SetNextHop{Kind: policy.NextHopSelf}}}
		if l.word(1) == "" { // without force, reflected routes keep theirs
			t.From = []policy.Match{&policy.MatchRouteType{External: true}}
		}
		p.Terms = append(p.Terms, t)
	}
	return p
}

// shared returns originations, which are the same for all sessions of a family over eBGP, and for all over iBGP.
func (x *sessionReader) shared() []*policy.Term {
	k := originKey{x.session.V6, x.session.External}
	o, ok := x.cfg.origins[k]
	if !ok {
		before := len(x.problems)
		o.terms = x.originations()
		o.problems = slices.Clone(x.problems[before:])
		x.problems = x.problems[:before]
		x.cfg.origins[k] = o
	}
	x.problems = append(x.problems, o.problems...)
	return o.terms
}

// originKey is what originations depend on.
type originKey struct{ v6, external bool }

// ownRoutes are the terms for the router's own routes.
type ownRoutes struct {
	terms    []*policy.Term
	problems place.Problems
}

// originations are the terms that keep back the router's own routes which neither network nor redistribute brings into BGP, and make the
// others what bgpd makes of them. Routes of protocol BGP are there already, by a network statement of the fabric's.
func (x *sessionReader) originations() []*policy.Term {
	pos := x.peer.pos
	if x.cfg.bgp != nil {
		pos = x.cfg.bgp.pos
	}
	inBGP := &policy.Term{Name: "in BGP", Pos: pos, From: []policy.Match{&policy.MatchProtocol{AnyOf: []policy.Protocol{policy.BGP}}}}
	terms := []*policy.Term{inBGP}
	if b := x.cfg.bgp; b != nil {
		f := &b.families[x.family]
		networks := f.networks.all()
		if slices.ContainsFunc(networks, func(o origination) bool { return o.routeMap != "" }) { // which own routes of BGP go through, too
			learned := &policy.MatchAddr{Field: policy.FromNeighbor, AnyOf: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
			terms = []*policy.Term{{Name: "learned", Pos: pos, From: []policy.Match{learned}}}
		}
		for _, o := range networks {
			one := policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.Exactly(o.prefix)}, nil)
			terms = append(terms, x.origination(o, "network "+o.prefix.String(), one, policy.IGP)...)
		}
		for _, o := range f.redistribute.all() {
			p, ok := map[string]policy.Protocol{"connected": policy.Direct, "static": policy.Static, "local": policy.Local}[o.protocol]
			if ok {
				terms = append(terms, x.origination(o, "redistribute "+o.protocol, &policy.MatchProtocol{AnyOf: []policy.Protocol{p}}, policy.Incomplete)...)
			}
		}
		if terms[0] != inBGP {
			terms = append(terms, inBGP)
		}
	}
	terms = append(terms, &policy.Term{Name: "not in BGP", Pos: pos, Flow: policy.RejectRoute})
	for i, t := range terms[:len(terms)-1] {
		if t.Flow == policy.NextTerm && t.Skip == 0 { // what is in BGP goes on behind the last of them
			t.Skip = len(terms) - 1 - i
		}
	}
	return terms
}

// origination writes one network or redistribute line; a route-map can change the routes or keep them out.
func (x *sessionReader) origination(o origination, name string, from policy.Match, origin policy.Origin) []*policy.Term {
	begin := &policy.Term{Name: name, Pos: o.pos, From: []policy.Match{from}, Then: []policy.Action{&policy.SetOrigin{Origin: origin}}}
	if o.routeMap == "" {
		return []*policy.Term{begin}
	}
	use := Use{Direction: policy.Export, V6: x.session.V6, External: x.session.External, Own: true, Connected: o.protocol == "connected"}
	t := x.cfg.translator(use)
	p := t.policy(o.routeMap, o.pos, use.entering())
	x.problems = append(x.problems, t.problems...)
	begin.Skip = 1
	return []*policy.Term{
		begin,
		{Name: name + " no match", Pos: o.pos, Skip: 2},
		{Name: name + " route-map " + o.routeMap, Pos: o.pos, From: []policy.Match{&policy.MatchPolicy{Chain: policy.Calls(p)}}},
		{Name: name + " denied", Pos: o.pos, Flow: policy.RejectRoute},
	}
}

// afterExport takes off the communities that the neighbor is not sent. Without a word of send-community it is sent all of them.
func (x *sessionReader) afterExport() []*policy.Term {
	var out []*policy.Term
	for kind, name := range [...]string{policy.Standard: "standard", policy.Extended: "extended", policy.Large: "large"} {
		if l, ok := x.peer.get(x.family, "send-community "+name); ok && l.no {
			out = append(out, &policy.Term{Name: l.text(), Pos: l.pos, Then: clear(policy.CommunityKind(kind))})
		}
	}
	return out
}
