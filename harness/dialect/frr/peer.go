package frr

import (
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// peer is a neighbor or a peer-group. What a member says replaces what its group says.
type peer struct {
	name    string // an address, an interface, or a group's name
	pos     place.Pos
	isGroup bool
	group   *peer
	active  [2]bool // where nothing is said
	said    map[setting]line
}

// setting names something that a neighbor line says: "route-map in" of a family, "remote-as" of none.
type setting struct {
	family family
	what   string
}

// get returns what the peer, or else its group, says.
func (p *peer) get(f family, what string) (line, bool) {
	if l, ok := p.said[setting{f, what}]; ok || p.group == nil {
		return l, ok
	}
	return p.group.get(f, what)
}

// on reports whether the setting is said and not taken back.
func (p *peer) on(f family, what string) bool {
	l, ok := p.get(f, what)
	return ok && !l.no
}

// settings returns all that the peer or its group says, in no order.
func (p *peer) settings() map[setting]line {
	out := map[setting]line{}
	if p.group != nil {
		out = p.group.settings()
	}
	for s, l := range p.said {
		out[s] = l
	}
	return out
}

// carries reports whether the session carries the family.
func (p *peer) carries(f family) bool {
	if l, ok := p.get(f, "activate"); ok {
		return !l.no
	}
	return p.active[f]
}

func (p *peer) addr() netip.Addr {
	a, _ := netip.ParseAddr(p.name)
	return a
}

// directed are the neighbor commands that say in or out behind a name.
var directed = map[string]bool{"route-map": true, "prefix-list": true, "filter-list": true, "distribute-list": true}

// ofFamily are the neighbor commands that belong to a family: outside of one they are about IPv4 unicast.
var ofFamily = map[string]bool{"activate": true, "route-map": true, "prefix-list": true, "filter-list": true, "distribute-list": true,
	"send-community": true, "next-hop-self": true, "route-reflector-client": true, "route-server-client": true, "allowas-in": true, "as-override": true,
	"default-originate": true, "maximum-prefix": true, "maximum-prefix-out": true, "remove-private-AS": true, "soft-reconfiguration": true,
	"unsuppress-map": true, "advertise-map": true, "attribute-unchanged": true, "weight": true, "nexthop-local": true, "addpath-tx-all-paths": true,
	"addpath-tx-bestpath-per-AS": true, "disable-addpath-rx": true, "soo": true, "accept-own": true, "dampening": true, "addpath-rx-paths-limit": true,
	"addpath-tx-best-selected": true}

// neighbor reads a `neighbor …` line.
func (r *reader) neighbor(l line, f family) {
	b := r.cfg.bgp
	name, words := l.word(1), l.from(2)
	if len(words) == 0 {
		if l.no {
			b.drop(name)
			return
		}
		b.problems.Addf(l.pos, "unknown: %s", shown(l.text()))
		return
	}
	p := b.peer(name, l.pos)
	if words[0] == "interface" && f == noFamily { // neighbor IFACE interface [v6only] peer-group|remote-as …
		words = words[1:]
		if len(words) > 0 && words[0] == "v6only" {
			words = words[1:]
		}
		if len(words) == 0 {
			return
		}
	}
	what := words[0]
	switch {
	case what == "peer-group" && len(words) == 1:
		p.isGroup = !l.no
		if l.no {
			b.drop(name)
		}
		return
	case what == "peer-group" && l.no:
		p.group = nil
		return
	case what == "peer-group":
		p.group = b.peer(words[1], l.pos)
		p.group.isGroup = true
		return
	case directed[what] && len(words) == 3:
		what += " " + words[2]
	case what == "capability" && len(words) > 1:
		what += " " + words[1]
	case what == "send-community":
		b.sendCommunity(p, f, l, words[1:])
		return
	}
	if ofFamily[words[0]] && f == noFamily {
		f = ipv4Unicast
	}
	l.words = words
	p.say(setting{f, what}, l, what == "activate")
}

// say records what a peer says. What it takes back, its group says again; a family that is not active by default can be left out for good, and so
// can communities, which are sent by default, and which a member that sends them leaves to its group (bgpd/bgpd.c, peer_af_flag_modify).
func (p *peer) say(s setting, l line, forGood bool) {
	if l.no && !forGood {
		delete(p.said, s)
		return
	}
	p.said[s] = l
}

// sendCommunity reads which kinds of communities the neighbor gets; without a word, standard ones.
func (b *bgp) sendCommunity(p *peer, f family, l line, words []string) {
	if f == noFamily {
		f = ipv4Unicast
	}
	kinds := map[string][]string{"": {"standard"}, "both": {"standard", "extended"}, "all": {"standard", "extended", "large"},
		"standard": {"standard"}, "extended": {"extended"}, "large": {"large"}}[strings.Join(words, " ")]
	if kinds == nil {
		b.problems.Addf(l.pos, "unknown: %s", shown(l.text()))
	}
	for _, k := range kinds {
		if s := (setting{f, "send-community " + k}); l.no {
			p.said[s] = l
		} else {
			delete(p.said, s)
		}
	}
}

// peer returns the peer of that name, made if it is new.
func (b *bgp) peer(name string, pos place.Pos) *peer {
	p := b.byName[name]
	if p == nil {
		p = &peer{name: name, pos: pos, active: b.active, said: map[setting]line{}}
		b.byName[name] = p
		b.peers = append(b.peers, p)
	}
	return p
}

// drop takes a peer away.
func (b *bgp) drop(name string) {
	delete(b.byName, name)
	for i, p := range b.peers {
		if p.name == name {
			b.peers = append(b.peers[:i:i], b.peers[i+1:]...)
			break
		}
	}
}
