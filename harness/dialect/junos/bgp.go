package junos

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Group is a group of protocols bgp.
type Group struct {
	Name string
	Pos  place.Pos
	Settings
	Neighbors []Neighbor // in order of appearance
}

// Neighbor is a neighbor of a group.
type Neighbor struct {
	Addr netip.Addr
	Pos  place.Pos
	Settings
}

// Settings are what a neighbor, its group or protocols bgp can say. A statement of the neighbor replaces that
// of the group, which replaces that of protocols bgp; they are never merged. The Settings of a Group and a
// Neighbor are complete: what they do not say themselves is inherited.
type Settings struct {
	Type            string // "internal", "external", or "" if not said
	Import, Export  policy.Chain
	PeerAS, LocalAS uint32
	Families        []string // as in "inet unicast"; empty if not said, then the session's own family
	Multipath       bool
	MultipleAS      bool // multipath across neighbor ASs
}

// idle are the statements of protocols bgp that concern the session or its transport, not the routes.
var idle = map[string]bool{
	"allow": true, "apply-macro": true, "authentication-algorithm": true, "authentication-key": true, "authentication-key-chain": true,
	"bfd-liveness-detection": true, "bgp-error-tolerance": true, "bmp": true, "cluster": true, "connect-retry-interval": true, "damping": true,
	"description": true, "graceful-restart": true, "hold-time": true, "idle-after-switch-over": true, "keep": true,
	"local-address": true, "local-interface": true, "log-updown": true, "minimum-hold-time": true, "mtu-discovery": true,
	"multihop": true, "out-delay": true, "passive": true, "precision-timers": true, "receive-buffer": true, "rib-sharding": true,
	"send-buffer": true, "tcp-aggressive-transmission": true, "tcp-mss": true, "traceoptions": true, "ttl": true, "update-threading": true,
}

// idleFamily are the statements of a family that do not choose or change routes.
var idleFamily = map[string]bool{
	"accepted-prefix-limit": true, "prefix-limit": true, "graceful-restart": true, "extended-nexthop": true, "no-aggregator-id": true,
}

func (r *reader) bgp(n *conf.Node) {
	r.where = "protocols bgp"
	global := r.settings(n, Settings{}, "group")
	for _, g := range children(n.Child("group")) {
		r.where = "group " + g.Word
		group := Group{Name: g.Word, Pos: g.Pos, Settings: r.settings(g, global, "neighbor")}
		for _, x := range children(g.Child("neighbor")) {
			r.where = "group " + g.Word + " neighbor " + x.Word
			addr, err := netip.ParseAddr(x.Word)
			if err != nil {
				r.problem(x.Pos, "a neighbor is named by its address")
			}
			group.Neighbors = append(group.Neighbors, Neighbor{addr, x.Pos, r.settings(x, group.Settings, "")})
		}
		r.cfg.Groups = append(r.cfg.Groups, group)
	}
	r.where = ""
}

// settings reads the statements of n over those it inherits, except for the one that holds the level below.
func (r *reader) settings(n *conf.Node, s Settings, below string) Settings {
	for _, c := range n.Children {
		switch {
		case c.Word == below && below != "":
		case c.Word == "import":
			s.Import = r.chain(c)
		case c.Word == "export":
			s.Export = r.chain(c)
		case c.Word == "type":
			s.Type = r.word(c)
			if s.Type != "internal" && s.Type != "external" {
				r.problem(c.Pos, "type %s: want internal or external", s.Type)
			}
		case c.Word == "peer-as":
			s.PeerAS = r.asNumber(c)
		case c.Word == "local-as":
			s.LocalAS = r.asNumber(c)
		case c.Word == "family":
			s.Families = r.families(c)
		case c.Word == "multipath":
			s.Multipath = true
			for _, x := range c.Children {
				if s.MultipleAS = x.Word == "multiple-as"; !s.MultipleAS {
					r.problem(x.Pos, "multipath %s is not modelled", x.Word)
				}
			}
		case idle[c.Word]:
			r.pass(c.Pos, c.Word)
		default:
			r.problem(c.Pos, "%s is not modelled and could change routes: remove it or keep it out of the lab's copy", c.Word)
		}
	}
	return s
}

// chain reads an import or export statement.
func (r *reader) chain(n *conf.Node) policy.Chain {
	chain := policy.Chain{}
	for _, s := range n.Leaves() {
		chain = append(chain, r.expressions(s.Pos, strings.Join(s.Words, " "))...)
	}
	return chain
}

// word returns the one word below n.
func (r *reader) word(n *conf.Node) string {
	if len(n.Children) != 1 || len(n.Children[0].Children) > 0 {
		r.problem(n.Pos, "%s: want one value and nothing behind it", n.Word)
		return ""
	}
	return n.Children[0].Word
}

func (r *reader) asNumber(n *conf.Node) uint32 {
	text := r.word(n)
	as, err := strconv.ParseUint(text, 10, 32)
	if text != "" && (err != nil || as == 0) {
		r.problem(n.Pos, "%s %s: want a plain AS number", n.Word, text)
	}
	return uint32(as)
}

// families reads `family inet { unicast; }`. Families other than IPv4 and IPv6 unicast carry none of the
// model's routes and are passed over.
func (r *reader) families(n *conf.Node) []string {
	var out []string
	for _, s := range n.Leaves() {
		w := s.Words
		switch {
		case len(w) < 2 || w[1] != "unicast" && w[1] != "any" || w[0] != "inet" && w[0] != "inet6":
			r.pass(s.Pos, "family "+strings.Join(w, " "))
			continue
		case len(w) > 2 && idleFamily[w[2]]:
			r.pass(s.Pos, "family "+strings.Join(w, " "))
		case len(w) > 2:
			r.problem(s.Pos, "family %s is not modelled and could change routes", strings.Join(w, " "))
		}
		if name := w[0] + " unicast"; len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	return out
}
