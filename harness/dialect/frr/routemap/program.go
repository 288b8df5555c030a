package routemap

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// Program is the route-maps of one router. It is never changed once compiled.
type Program struct {
	lists *lists
	maps  []routeMap
	bound map[binding]string    // name by session and direction
	spare map[netip.Addr]string // the as-path list that keeps routes from a neighbour's AS, by neighbour; eBGP only
}

type binding struct {
	peer netip.Addr
	dir  policy.Direction
}

// routeMap is a route-map and its entries as commands.
type routeMap struct {
	dir   policy.Direction
	name  string
	lines []string
}

// bind gives the session the route-map that was written. Equal ones are shared.
func (p *Program) bind(peer netip.Addr, dir policy.Direction, g *generator) {
	const here = "\x02" // for the name in the text
	text := g.lines(here)
	for _, m := range p.maps {
		if m.dir == dir && strings.ReplaceAll(strings.Join(m.lines, "\n"), m.name, here) == strings.Join(text, "\n") {
			p.bound[binding{peer, dir}] = m.name
			return
		}
	}
	m := routeMap{dir: dir, name: fmt.Sprintf("%s%d.%s", dir, len(p.maps)+1, generation)}
	for _, line := range text {
		m.lines = append(m.lines, strings.ReplaceAll(line, here, m.name))
	}
	p.maps = append(p.maps, m)
	p.bound[binding{peer, dir}] = m.name
}

// number puts the generation into a line.
func number(line string, n int) string { return strings.ReplaceAll(line, generation, fmt.Sprint(n)) }

// Lines returns the commands that define all lists and route-maps, from the top of the configuration, as the n-th
// generation: no name in them is that of another generation.
func (p *Program) Lines(n int) []string {
	var out []string
	for _, l := range p.lists.defined {
		for _, line := range l.lines() {
			out = append(out, number(line, n))
		}
	}
	for _, m := range p.maps {
		for _, line := range m.lines {
			out = append(out, number(line, n))
		}
	}
	return out
}

// Attach returns the commands of an address family that take the n-th generation into use for a neighbour, in place of another one; none
// if there is no such session.
func (p *Program) Attach(peer netip.Addr, n int) []string {
	in, out, list := p.bound[binding{peer, policy.Import}], p.bound[binding{peer, policy.Export}], p.spare[peer]
	if in == "" {
		return nil
	}
	who := "neighbor " + peer.String()
	lines := []string{who + " route-map " + in + " in", who + " route-map " + out + " out"}
	if list != "" {
		lines = append(lines, who+" filter-list "+list+" out")
	}
	for i := range lines {
		lines[i] = number(lines[i], n)
	}
	return lines
}

// Peers returns the neighbours of all sessions.
func (p *Program) Peers() []netip.Addr {
	var out []netip.Addr
	for b := range p.bound {
		if b.dir == policy.Import {
			out = append(out, b.peer)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// Remove returns the commands that remove the n-th generation.
func (p *Program) Remove(n int) []string {
	var out []string
	for _, m := range p.maps {
		out = append(out, number("no route-map "+m.name, n))
	}
	for _, l := range p.lists.defined {
		out = append(out, number("no "+l.command+" "+l.name, n))
	}
	return out
}
