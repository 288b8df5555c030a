package routemap

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// widest is how many values a range may have.
const widest = 256

// steps writes entries that send the routes which a condition holds for to pass, and the others to fail.
type steps func(pass, fail label)

// conditions divides matches, none of them a subroutine, into those that one entry can hold together and those that need entries of their own.
// Never says that no route meets them all.
func (g *generator) conditions(from []policy.Match) (match []string, several []steps, never bool) {
	kinds := map[string]bool{}
	for _, m := range from {
		alternatives, known, own := g.alternatives(m)
		kind := ""
		if len(alternatives) == 1 {
			kind = kindOf(alternatives[0])
		}
		switch {
		case known == yes:
		case known == no:
			return nil, nil, true
		case own != nil:
			several = append(several, own)
		case kind != "" && !kinds[kind]:
			kinds[kind] = true
			match = append(match, alternatives[0])
		default:
			several = append(several, g.anyOf(alternatives))
		}
	}
	return match, several, false
}

// kindOf returns what an entry can have one of: "community", "ip address", "ip next-hop".
func kindOf(match string) string {
	f := strings.Fields(match)
	if f[0] == "ip" || f[0] == "ipv6" {
		return f[0] + " " + f[1]
	}
	return f[0]
}

// anyOf takes routes that meet one of the conditions.
func (g *generator) anyOf(matches []string) steps {
	return func(pass, fail label) {
		for _, m := range matches {
			g.jump(m, pass)
		}
		g.always(fail)
	}
}

// truth is what is known of a match when it is translated.
type truth uint8

const (
	open truth = iota
	yes
	no
)

func known(holds bool) truth {
	if holds {
		return yes
	}
	return no
}

// alternatives returns conditions of FRR's of which one must hold, what is known, or steps of its own.
func (g *generator) alternatives(m policy.Match) ([]string, truth, steps) {
	switch m := m.(type) {
	case *policy.MatchFamily:
		return nil, known(m.V6 == g.session.V6), nil
	case *policy.MatchPrefix:
		return g.prefixes(m)
	case *policy.MatchCommunity:
		return g.communities(m)
	case *policy.MatchASPath:
		return g.paths(m)
	case *policy.MatchProtocol:
		return g.protocols(m)
	case *policy.MatchRouteType:
		return g.routeType(m)
	case *policy.MatchNumber:
		return g.number(m)
	case *policy.MatchOrigin:
		var out []string
		for _, o := range m.AnyOf {
			out = append(out, "origin "+o.String())
		}
		return out, truthOf(out), nil
	case *policy.MatchAddr:
		return g.address(m)
	}
	g.refuse("it has nothing like %q", m)
	return nil, no, nil
}

// truthOf is what is known of alternatives: that none holds if there is none.
func truthOf(alternatives []string) truth {
	if len(alternatives) == 0 {
		return no
	}
	return open
}

// protocols asks for the protocol of a route: on import it is BGP; own routes of others have marks on export.
func (g *generator) protocols(m *policy.MatchProtocol) ([]string, truth, steps) {
	bgp := slices.Contains(m.AnyOf, policy.BGP)
	if g.dir == policy.Import {
		return nil, known(bgp), nil
	}
	var own [][]policy.Community
	for _, p := range m.AnyOf {
		if p != policy.BGP {
			own = append(own, one(mark(ofProtocol, uint32(p))))
		}
	}
	var out []string
	if len(own) > 0 {
		out = []string{"large-community " + g.largeRows("", own...)}
	}
	if !bgp {
		return out, truthOf(out), nil
	}
	return nil, open, func(pass, fail label) {
		for _, x := range out {
			g.jump(x, pass)
		}
		g.jump("large-community "+g.largeRegex("OWN-ROUTES", allow(marks(ofProtocol))), fail)
		g.always(pass)
	}
}

// routeType asks whether a route came over eBGP.
func (g *generator) routeType(m *policy.MatchRouteType) ([]string, truth, steps) {
	if g.dir == policy.Import {
		return nil, known(m.External == g.session.external()), nil
	}
	external := "large-community " + g.largeStandard("EXTERNAL", mark(ofExternal, 0))
	if m.External {
		return []string{external}, open, nil
	}
	return nil, open, func(pass, fail label) {
		g.jump(external, fail)
		g.always(pass)
	}
}

// number asks for local preference or metric, value by value.
func (g *generator) number(m *policy.MatchNumber) ([]string, truth, steps) {
	name := map[policy.Field]string{policy.LocalPref: "local-preference", policy.MED: "metric"}[m.Field]
	switch {
	case name == "":
		g.refuse("it has no %s", m.Field)
		return nil, no, nil
	case m.Field == policy.MED && g.dir == policy.Export && g.session.external():
		g.refuse("it drops the metric of learned routes before an export policy runs over eBGP")
		return nil, no, nil
	case m.Min == 0 && m.Max == ^uint32(0):
		return nil, yes, nil
	case m.Min > m.Max:
		return nil, no, nil
	case m.Field == policy.MED && m.Min == 0:
		g.refuse("metric 0 cannot be asked for: bgpd 8.4 drops the condition")
		return nil, no, nil
	case m.Max-m.Min >= widest:
		g.refuse("a range of more than %d values cannot be asked for: %s", widest, m)
		return nil, no, nil
	}
	var out []string
	for n := uint64(m.Min); n <= uint64(m.Max); n++ {
		out = append(out, fmt.Sprintf("%s %d", name, n))
	}
	return out, open, nil
}

// address asks for the neighbour, which the session decides, or for the next hop.
func (g *generator) address(m *policy.MatchAddr) ([]string, truth, steps) {
	if m.Field == policy.ToNeighbor || m.Field == policy.FromNeighbor && g.dir == policy.Import {
		return nil, known(slices.ContainsFunc(m.AnyOf, func(p netip.Prefix) bool { return p.Contains(g.session.Peer) })), nil
	}
	if g.dir == policy.Export {
		g.refuse("an export policy cannot ask for %s: mark the route with a community on import instead", m)
		return nil, no, nil
	}
	var rows []row
	for _, p := range m.AnyOf {
		if p.Addr().Is6() == g.session.V6 {
			rows = append(rows, row{text: g.rangeText(policy.OrLonger(p))})
		}
	}
	if len(rows) == 0 {
		return nil, no, nil
	}
	return []string{g.ip() + " next-hop prefix-list " + g.prefixList("", rows)}, open, nil
}

// ip is FRR's word for the family.
func (g *generator) ip() string {
	if g.session.V6 {
		return "ipv6"
	}
	return "ip"
}
