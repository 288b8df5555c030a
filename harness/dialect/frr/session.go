package frr

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Session is what router bgp says of one unicast family of a neighbor or a peer-group.
type Session struct {
	Name      string     // the address, interface or peer-group
	Addr      netip.Addr // of a neighbor that is named by its address; else invalid
	Group     string     // the peer-group that it is or is in; "" for none
	Pos       place.Pos
	V6        bool
	External  bool
	PeerAS    uint32 // 0 if not said
	LocalAS   uint32
	Multipath string       // what the text says of equal paths, in its own words
	SameAS    bool         // of these, the router balances over those of one neighbouring AS only
	MaxPaths  int          // and over so many at most; 0 if the text does not say
	MostTaken int          // routes beyond which bgpd ends the session (maximum-prefix); 0 for none
	MostSent  bool         // of these, those that its policies reject count, too (force)
	In, Out   policy.Chain // with all that FRR does beside the route-maps

	// what is wrong or not modelled in what the text says of it and in what it runs: if there is any, In and Out mean nothing
	Problems place.Problems
}

// Problems returns what is wrong or not modelled in any of the sessions, each once, in order of appearance.
func (c *Config) Problems() place.Problems {
	var out place.Problems
	seen := map[place.Problem]bool{}
	for _, s := range c.Sessions {
		for _, p := range s.Problems {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// sessions makes the sessions of all peers.
func (c *Config) sessions() {
	b := c.bgp
	if b == nil {
		return
	}
	for _, p := range b.peers {
		asn, external, ok := b.remote(p, c.ASN)
		if !ok && p.isGroup {
			continue
		}
		for f := ipv4Unicast; f <= ipv6Unicast; f++ {
			if !p.carries(f) {
				continue
			}
			s := &Session{Name: p.name, Addr: p.addr(), Pos: p.pos, V6: f == ipv6Unicast, External: external, PeerAS: asn, LocalAS: c.ASN}
			if p.group != nil {
				s.Group = p.group.name
			} else if p.isGroup {
				s.Group = p.name
			}
			s.Multipath, s.SameAS, s.MaxPaths = fmt.Sprint(b.relaxed, " ", b.families[f].maximumPaths), !b.relaxed, b.families[f].maxPaths[external]
			x := &sessionReader{cfg: c, peer: p, family: f, session: s}
			x.problems = append(some(b.problems), some(b.families[f].problems)...)
			if ok {
				x.read()
				x.nextHops()
			} else {
				x.problem(p.pos, "say remote-as, of it or of its peer-group: internal, external or an AS number")
			}
			s.Problems = x.problems
			c.Sessions = append(c.Sessions, s)
		}
	}
	c.warnOfPaths()
}

// some returns as many of the problems that all sessions share as a person wants to read.
func some(all place.Problems) place.Problems { return slices.Clone(all[:min(len(all), 20)]) }

// Session returns what the text says of a family of the neighbor with that address, or else of the peer-group that listens for it; nil if
// nothing.
func (c *Config) Session(addr netip.Addr, v6 bool) *Session {
	i := slices.IndexFunc(c.Sessions, func(s *Session) bool { return s.Addr == addr && s.V6 == v6 })
	if group := c.Listens(addr); i < 0 && group != "" {
		i = slices.IndexFunc(c.Sessions, func(s *Session) bool { return s.Name == group && s.V6 == v6 })
	}
	if i < 0 {
		return nil
	}
	return c.Sessions[i]
}

// Listens returns the peer-group with a `bgp listen range` that has the address: of several the first by name, however long the ranges are
// (bgpd/bgpd.c, peer_group_lookup_dynamic_neighbor); "" if there is none.
func (c *Config) Listens(addr netip.Addr) string {
	group := ""
	for _, l := range c.listenRanges() {
		if l.prefix.Contains(addr) && (group == "" || l.group < group) {
			group = l.group
		}
	}
	return group
}

func (c *Config) listenRanges() []listenRange {
	if c.bgp == nil {
		return nil
	}
	return c.bgp.listen
}

// warnOfPaths warns where the router uses one path and somebody may expect several.
func (c *Config) warnOfPaths() {
	ases := map[uint32]bool{}
	for _, s := range c.Sessions {
		if s.External && s.Group != s.Name {
			ases[s.PeerAS] = true
		}
	}
	if c.bgp != nil && !c.bgp.relaxed && len(ases) > 1 {
		c.hint(c.bgp.pos, place.Warning, "multipath", "without bgp bestpath as-path multipath-relax bgpd does not balance over paths through different ASs")
	}
}

// remote returns the AS that a peer is in, 0 if that is not said, and whether the session is external. What is said of the members of
// a group holds for a group that does not say it.
func (b *bgp) remote(p *peer, own uint32) (asn uint32, external, ok bool) {
	l, ok := p.get(noFamily, "remote-as")
	if !ok && p.isGroup {
		if b.member == nil {
			b.member = map[*peer]*peer{}
			for _, q := range slices.Backward(b.peers) { // the first stays
				if _, said := q.said[setting{noFamily, "remote-as"}]; said && q.group != nil {
					b.member[q.group] = q
				}
			}
		}
		if q := b.member[p]; q != nil {
			_, external, ok = b.remote(q, own)
			return 0, external, ok
		}
	}
	switch text := l.word(1); {
	case !ok || l.no:
		return 0, false, false
	case text == "internal":
		return own, false, true
	case text == "external":
		return 0, true, true
	default:
		n, ok := asNumber(text)
		return n, n != own, ok
	}
}

// NewSession returns a session of a neighbor that the text does not name, with the route-maps of these names ("" for none).
func (c *Config) NewSession(in, out string, v6, external bool) (*Session, error) {
	s := &Session{V6: v6, External: external}
	p := &peer{name: "", said: map[setting]line{}}
	f := ipv4Unicast
	if v6 {
		f = ipv6Unicast
	}
	for dir, name := range map[string]string{"in": in, "out": out} {
		if name == "" {
			name = acceptAll
		}
		if name != acceptAll && c.maps[name] == nil {
			return nil, fmt.Errorf("no route-map %s: mend the name, or add it to the text", name)
		}
		p.said[setting{f, "route-map " + dir}] = line{words: []string{"route-map", name, dir}}
	}
	x := &sessionReader{cfg: c, peer: p, family: f, session: s}
	x.problems = append(x.problems, c.global...)
	x.chains()
	return s, x.problems.Err()
}

// order returns the settings in order of place.
func order(said map[setting]line) []setting {
	var out []setting
	for s := range said {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b setting) int {
		return cmp.Or(cmp.Compare(said[a].pos.Line, said[b].pos.Line), cmp.Compare(a.family, b.family), cmp.Compare(a.what, b.what))
	})
	return out
}
