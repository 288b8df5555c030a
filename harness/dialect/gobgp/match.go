package gobgp

import (
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// truth is what is known of a match when it is translated.
type truth uint8

const (
	sometimes truth = iota // a test of GoBGP decides
	always
	never
	several // statements decide
)

func known(holds bool) truth {
	if holds {
		return always
	}
	return never
}

// together returns the test that holds where all matches do.
func (g *generator) together(from []policy.Match) (test, truth) {
	var on test
	out := sometimes
	for _, m := range from {
		u, t := g.plain(m)
		switch {
		case t == never && out != several:
			return test{}, never
		case t == several, t == sometimes && !on.join(u):
			out = several
		}
	}
	return on, out
}

// match sends the routes that the match does not hold for to fail.
func (g *generator) match(m policy.Match, depth uint32, fail label) {
	t, truth := g.plain(m)
	switch truth {
	case always:
		return
	case never:
		g.always(fail, nil)
		return
	case sometimes:
		if inverse, ok := t.inverse(); ok {
			g.jump(inverse, nil, fail)
			return
		}
		g.anyOf(fail, t)
		return
	}
	switch m := m.(type) {
	case *policy.MatchPrefix:
		g.longest(m, fail)
	case *policy.MatchCommunity:
		g.communities(m, fail)
	case *policy.MatchNumber:
		g.number(m, fail)
	case *policy.MatchProtocol:
		g.protocols(m, fail)
	case *policy.MatchOrigin:
		var ts []test
		for _, o := range m.AnyOf {
			ts = append(ts, test{origin: origin(o)})
		}
		g.anyOf(fail, ts...)
	case *policy.MatchRouteType: // what is not external
		ok := g.newLabel()
		g.jump(test{routeType: api.Conditions_ROUTE_TYPE_LOCAL}, nil, ok)
		g.jump(test{routeType: api.Conditions_ROUTE_TYPE_EXTERNAL}, nil, fail)
		g.place(ok)
	case *policy.MatchAddr: // learned, from whomever
		g.jump(test{routeType: api.Conditions_ROUTE_TYPE_LOCAL}, nil, fail)
	case *policy.MatchPolicy:
		ok := g.newLabel()
		g.chain(m.Chain, depth+1, ok, fail)
		g.place(ok)
	}
}

// anyOf sends the routes that pass none of the tests to fail.
func (g *generator) anyOf(fail label, tests ...test) {
	ok := g.newLabel()
	for _, t := range tests {
		g.jump(t, nil, ok)
	}
	g.always(fail, nil)
	g.place(ok)
}

// plain returns the match as one test, if GoBGP has one, or what is known of it.
func (g *generator) plain(m policy.Match) (test, truth) {
	switch m := m.(type) {
	case *policy.MatchFamily:
		return test{}, known(m.V6 == g.session.V6)
	case *policy.MatchPrefix:
		return g.plainPrefix(m)
	case *policy.MatchCommunity:
		return g.plainCommunity(m)
	case *policy.MatchASPath:
		return g.path(m)
	case *policy.MatchProtocol:
		if g.dir == policy.Import {
			return test{}, known(slices.Contains(m.AnyOf, policy.BGP))
		}
		return test{}, several
	case *policy.MatchRouteType:
		switch {
		case g.dir == policy.Import:
			return test{}, known(m.External == g.session.external())
		case m.External:
			return test{routeType: api.Conditions_ROUTE_TYPE_EXTERNAL}, sometimes
		}
		return test{}, several
	case *policy.MatchOrigin:
		if len(m.AnyOf) == 1 {
			return test{origin: origin(m.AnyOf[0])}, sometimes
		}
		return test{}, several
	case *policy.MatchNumber:
		return g.plainNumber(m)
	case *policy.MatchAddr:
		return g.address(m)
	case *policy.MatchPolicy:
		return test{}, several
	}
	g.refuse("it has nothing like %q", m)
	return test{}, never
}

func origin(o policy.Origin) api.OriginType {
	return [...]api.OriginType{api.OriginType_ORIGIN_TYPE_IGP, api.OriginType_ORIGIN_TYPE_EGP, api.OriginType_ORIGIN_TYPE_INCOMPLETE}[o]
}

func (g *generator) path(m *policy.MatchASPath) (test, truth) {
	var before []uint32
	if g.dir == policy.Export && g.session.external() {
		before = []uint32{g.session.LocalAS}
	}
	var list []string
	for _, d := range m.AnyOf {
		for _, r := range d.AnyOf {
			text, err := pathRegex(r, before...)
			if err != nil {
				g.refuse("as-path %s: %s", d.Name, err)
				return test{}, never
			}
			list = append(list, text)
		}
	}
	if len(list) == 0 {
		return test{}, never
	}
	return test{path: &api.MatchSet{Type: api.MatchSet_TYPE_ANY, Name: g.named(api.DefinedType_DEFINED_TYPE_AS_PATH, list)}}, sometimes
}

// address translates what is asked of the neighbour, which the session decides, and of next hops, of which GoBGP takes
// single addresses.
func (g *generator) address(m *policy.MatchAddr) (test, truth) {
	if m.Field == policy.ToNeighbor || m.Field == policy.FromNeighbor && g.dir == policy.Import {
		return test{}, known(slices.ContainsFunc(m.AnyOf, func(p netip.Prefix) bool { return p.Contains(g.session.Peer) }))
	}
	switch {
	case m.Field == policy.FromNeighbor && everywhere(m.AnyOf):
		return test{}, several
	case m.Field == policy.FromNeighbor:
		g.refuse("an export policy cannot ask who a route was learned from: mark it with a community on import instead")
	case g.dir == policy.Export:
		g.refuse("an export policy cannot ask for next hops: it takes that of another route when one is replaced")
	case g.nextHopSet:
		g.refuse("%s cannot be asked for after a term has set the next hop to self or peer-address", m)
	}
	var hosts []string
	for _, p := range m.AnyOf {
		if !p.IsSingleIP() {
			g.refuse("next hops can be asked for as single addresses only, not %s", p)
		}
		hosts = append(hosts, p.Addr().String())
	}
	if len(hosts) == 0 {
		return test{}, never
	}
	return test{nextHops: hosts}, sometimes
}

// everywhere reports whether all addresses of both families are in the prefixes.
func everywhere(ps []netip.Prefix) bool {
	return slices.Contains(ps, netip.PrefixFrom(netip.IPv4Unspecified(), 0)) && slices.Contains(ps, netip.PrefixFrom(netip.IPv6Unspecified(), 0))
}

// protocols sends routes of other protocols to fail. Routes without a mark of a protocol are BGP's.
func (g *generator) protocols(m *policy.MatchProtocol, fail label) {
	ok := g.newLabel()
	if slices.Contains(m.AnyOf, policy.BGP) {
		g.jump(test{without: []string{protocolMarks}}, nil, ok)
	}
	var own []string
	for _, p := range m.AnyOf {
		if p != policy.BGP {
			own = append(own, exactly(OwnRoute(p)))
		}
	}
	if len(own) > 0 {
		g.jump(test{without: own}, nil, fail)
	} else {
		g.always(fail, nil)
	}
	g.place(ok)
}
