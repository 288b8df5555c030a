package labtest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// owners returns the nodes that addresses belong to.
func owners(f *fabric.Fabric) map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for _, n := range f.Nodes {
		for _, a := range n.Addrs {
			out[a] = n.Name
		}
	}
	for _, l := range f.Links {
		for _, ends := range l.Addrs {
			out[ends[0]], out[ends[1]] = l.From, l.To
		}
	}
	return out
}

// group is prefixes by what is told of them, in order of first mention.
type group struct {
	texts    []string
	prefixes map[string][]string
}

func (g *group) add(p netip.Prefix, text string) {
	if g.prefixes == nil {
		g.prefixes = map[string][]string{}
	}
	if g.prefixes[text] == nil {
		g.texts = append(g.texts, text)
	}
	g.prefixes[text] = append(g.prefixes[text], p.String())
}

func (l *teller) group(place string, g group) {
	for _, text := range g.texts {
		l.add(place, strings.TrimSpace(strings.Join(g.prefixes[text], " ")+text))
	}
}

// table tells a routing table with its forwarding table.
func (l *teller) table(node string, t *observe.Table) {
	forwards := map[netip.Prefix]string{}
	for _, x := range t.FIB {
		forwards[x.Prefix] = " to " + strings.Join(x.Hops, " ")
		if x.Drop {
			forwards[x.Prefix] = " discarded"
		} else if slices.Equal(x.Hops, []string{node}) {
			forwards[x.Prefix] = " here"
		}
	}
	var g group
	for _, e := range t.RIB {
		text := cmp.Or(forwards[e.Prefix], " not forwarded")
		delete(forwards, e.Prefix)
		var others []string
		for i, p := range e.Paths {
			switch {
			case i == 0:
				text += ", best " + l.path(p)
			case p.Active:
				others = append(others, ", equal "+l.path(p))
			default:
				others = append(others, ", other "+l.path(p))
			}
		}
		slices.Sort(others) // among those that are not the best there is no order
		g.add(e.Prefix, text+strings.Join(others, ""))
	}
	for _, x := range t.FIB {
		if text, left := forwards[x.Prefix]; left {
			g.add(x.Prefix, text+", without a route")
		}
	}
	l.group("table "+node, g)
}

func (l *teller) path(p observe.Path) string {
	from := p.Peer
	if from == "" {
		return p.Route.Protocol.String() + l.attributes(p.Route, l.owner[p.Route.NextHop])
	}
	return from + l.attributes(p.Route, from)
}

// attributes tells what is unusual about a route; that its next hop is the node given is usual.
func (l *teller) attributes(r policy.Route, usual string) string {
	var out strings.Builder
	add := func(unusual bool, name string, value any) {
		if unusual {
			fmt.Fprintf(&out, " %s %s", name, strings.Trim(fmt.Sprint(value), "[]"))
		}
	}
	add(len(r.ASPath) > 0, "as-path", r.ASPath)
	add(r.Origin != policy.IGP, "origin", r.Origin)
	add(r.LocalPref != 100 && r.LocalPref != 0, "local-preference", r.LocalPref)
	add(r.MED != 0, "metric", r.MED)
	add(r.Tag != 0, "tag", r.Tag)
	add(r.NextHop.IsValid() && l.owner[r.NextHop] != usual, "next-hop", l.name(r.NextHop))
	add(len(r.Communities) > 0, "communities", r.Communities)
	return out.String()
}

// name returns the name of the node that an address belongs to, or else the address.
func (l *teller) name(a netip.Addr) string { return cmp.Or(l.owner[a], a.String()) }
