package routemap

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// actions returns the set commands that do the actions, as groups in order: an entry has one command of a kind.
func (g *generator) actions(then []policy.Action) [][]string {
	var out [][]string
	taken := map[string]bool{}
	add := func(group ...string) {
		fits := len(out) > 0
		for _, s := range group {
			fits = fits && !taken[attribute(s)]
		}
		if !fits {
			out = append(out, nil)
			clear(taken)
		}
		for _, s := range group {
			taken[attribute(s)] = true
		}
		out[len(out)-1] = append(out[len(out)-1], group...)
	}
	for _, a := range then {
		switch a := a.(type) {
		case *policy.SetNumber:
			if s := g.setNumber(a); s != "" {
				add(s)
			}
		case *policy.SetOrigin:
			add("origin " + a.Origin.String())
		case *policy.SetNextHop:
			if s := g.nextHop(a); s != "" {
				add(s)
			}
		case *policy.SetCommunity:
			for _, group := range g.change(a) {
				add(group...)
			}
		case *policy.Prepend:
			add("as-path prepend " + strings.Trim(fmt.Sprint(a.ASNs), "[]"))
		case *policy.Expand:
			for left := a.Count; left > 0; left -= mostLastAS {
				add(fmt.Sprintf("as-path prepend last-as %d", min(left, mostLastAS)))
			}
		default:
			g.refuse("it has nothing like %q", a)
		}
	}
	return out
}

// mostLastAS is how often FRR repeats an AS at once.
const mostLastAS = 10

// attribute returns what a set command changes: its kind, with all that changes communities of one kind as one.
func attribute(set string) string {
	word, _, _ := strings.Cut(set, " ")
	switch word {
	case "comm-list":
		return "community"
	case "large-comm-list":
		return "large-community"
	}
	return word
}

// setNumber writes a change of local preference or metric.
func (g *generator) setNumber(a *policy.SetNumber) string {
	name := map[policy.Field]string{policy.LocalPref: "local-preference", policy.MED: "metric"}[a.Field]
	switch {
	case name == "":
		g.refuse("it has no %s", a.Field)
	case a.Arith == policy.Set:
		return fmt.Sprintf("%s %d", name, a.Value)
	case a.Field == policy.MED && g.dir == policy.Export && g.session.external():
		g.refuse("it drops the metric of learned routes before an export policy runs over eBGP: %q cannot be computed", a)
	case a.Value == 0:
		return "" // what stays as it is
	default:
		return fmt.Sprintf("%s %s%d", name, map[policy.Arith]string{policy.Add: "+", policy.Sub: "-"}[a.Arith], a.Value)
	}
	return ""
}

// nextHop writes a change of the next hop. For FRR, peer-address is the neighbour on import and itself on export.
func (g *generator) nextHop(a *policy.SetNextHop) string {
	switch {
	case a.Kind == policy.At && a.Addr.Is6() != g.session.V6:
		g.refuse("next-hop %s is of the other address family", a.Addr)
	case a.Kind == policy.At && g.selfSet:
		g.refuse("%q behind a term that has set next-hop self: bgpd sends its own address, whatever follows", a)
	case a.Kind == policy.At && g.session.V6:
		return "ipv6 next-hop global " + a.Addr.String()
	case a.Kind == policy.At && a.Addr != (netip.Addr{}):
		return "ip next-hop " + a.Addr.String()
	case a.Kind == policy.NextHopSelf && g.dir == policy.Export, a.Kind == policy.NextHopPeer && g.dir == policy.Import:
		g.selfSet = a.Kind == policy.NextHopSelf
		return g.ip() + " next-hop peer-address"
	default:
		g.refuse("%q has no meaning in an %s policy, or it cannot be done", a, g.dir)
	}
	return ""
}
