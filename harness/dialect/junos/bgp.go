package junos

import (
	"net/netip"
	"slices"
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
// of the group, which replaces that of protocols bgp; they are never merged, but a Limit that is not said again stays. The Settings of a Group and a
// Neighbor are complete: what they do not say themselves is inherited.
type Settings struct {
	Type            string // "internal", "external", or "" if not said
	Import, Export  policy.Chain
	PeerAS, LocalAS uint32
	Families        []string // as in "inet unicast" or "evpn signaling"; empty if not said, then the session's own family
	Limits          [2]Limit // of IPv4 and of IPv6 unicast
	Multipath       bool
	MultipleAS      bool // multipath across neighbor ASs

	// for which a session with these settings cannot be judged, those of what it runs included: if there is any, the chains mean nothing
	Problems place.Problems

	level *level
}

// level is what is wrong with the statements of protocols bgp, a group or a neighbor.
type level struct {
	problems place.Problems // what is not modelled
	refused  place.Problems // what keeps Junos from taking the configuration as a whole
	above    *level         // whose statements it inherits
}

// Problems returns why sessions cannot be judged, each once, in order of appearance.
func (c *Config) Problems() place.Problems {
	out := c.Everywhere
	for _, g := range c.Groups {
		out = append(slices.Clip(out), g.Problems...)
		for _, n := range g.Neighbors {
			out = append(out, n.Problems...)
		}
	}
	return once(out)
}

// once returns the problems, each once.
func once(ps place.Problems) place.Problems {
	seen := map[place.Problem]bool{}
	return slices.DeleteFunc(slices.Clone(ps), func(p place.Problem) bool {
		defer func() { seen[p] = true }()
		return seen[p]
	})
}

// foreign says that no session with these settings carries a route of the model.
func (s Settings) foreign() bool {
	return len(s.Families) > 0 && !slices.Contains(s.Families, "inet unicast") && !slices.Contains(s.Families, "inet6 unicast")
}

// idle are the statements of protocols bgp that concern the session, its transport, or other routes than the model's.
var idle = map[string]bool{
	"accept-prefix-sid": true, "advertise-from-main-vpn-tables": true, "advertise-prefix-sid": true,
	"allow": true, "apply-macro": true, "authentication-algorithm": true, "authentication-key": true, "authentication-key-chain": true,
	"bfd-liveness-detection": true, "bgp-error-tolerance": true, "bmp": true, "cluster": true, "connect-retry-interval": true, "damping": true,
	"description": true, "egress-te": true, "egress-te-backup-paths": true, "egress-te-node-segment": true, "egress-te-sid-stats": true,
	"forwarding-context": true, "graceful-restart": true, "hold-time": true,
	"idle-after-switch-over": true, "include-mp-next-hop": true, "keep": true, "local-address": true, "local-interface": true,
	"log-updown": true, "minimum-hold-time": true, "mtu-discovery": true, "mvpn-iana-rt-import": true,
	"no-aggregator-id": true, "out-delay": true, "output-queue-priority": true, "passive": true,
	"precision-timers": true, "receive-buffer": true, "rfc6514-compliant-safi129": true, "rfc8950-compliant": true, "rib-sharding": true,
	"send-buffer": true, "snmp-options": true, "source-packet-routing": true,
	"stale-labels-holddown-period": true, "tcp-aggressive-transmission": true, "tcp-connect-port": true,
	"tcp-mss": true, "traceoptions": true, "traffic-statistics-labeled-path": true, "ttl": true, "update-threading": true,
	"vpn-apply-export": true,
}

func (r *reader) bgp(n *conf.Node) {
	r.where = "protocols bgp"
	global := r.settings(n, r.general(), "group")
	groups := children(n.Child("group"))
	if len(groups) == 0 {
		r.judge(n.Pos, &global)
	}
	for _, g := range groups {
		r.where = "group " + g.Word
		group := Group{Name: g.Word, Pos: g.Pos, Settings: r.settings(g, global, "neighbor")}
		for _, x := range children(g.Child("neighbor")) {
			r.where = "group " + g.Word + " neighbor " + x.Word
			addr, err := netip.ParseAddr(x.Word)
			if err != nil {
				r.refused.Addf(x.Pos, "%s", r.here("a neighbor is named by its address"))
			}
			s := r.settings(x, group.Settings, "")
			r.judge(x.Pos, &s)
			group.Neighbors = append(group.Neighbors, Neighbor{addr, x.Pos, s})
		}
		r.where = "group " + g.Word
		group.settleFamilies()
		r.judge(g.Pos, &group.Settings)
		r.cfg.Groups = append(r.cfg.Groups, group)
	}
	if !global.foreign() {
		r.cfg.Everywhere = global.level.all()
	}
	r.where = ""
}

// settleFamilies gives a group that says nothing of families those of its neighbors, if all of them are foreign.
func (g *Group) settleFamilies() {
	if len(g.Families) > 0 || slices.ContainsFunc(g.Neighbors, func(n Neighbor) bool { return !n.foreign() }) {
		return
	}
	for _, n := range g.Neighbors {
		g.Families = append(g.Families, n.Families...)
	}
	slices.Sort(g.Families)
	g.Families = slices.Compact(g.Families)
}

// judge gives a session its problems, unless it can carry none of the model's routes.
func (r *reader) judge(pos place.Pos, s *Settings) {
	if s.foreign() {
		r.pass(pos, "carries only "+strings.Join(s.Families, " and ")+", which closlab does not model")
		return
	}
	s.Problems = s.level.all()
	for l := s.level; l != nil; l = l.above {
		r.refused = append(r.refused, l.refused...)
		l.refused = nil // told
	}
}

// all returns the problems of the level, and as many of those above, which many share, as a person wants to read.
func (l *level) all() place.Problems {
	if l == nil {
		return nil
	}
	above := l.above.all()
	return slices.Concat(above[:min(len(above), 20)], l.problems)
}

// settings reads the statements of n over those it inherits, except for the one that holds the level below.
func (r *reader) settings(n *conf.Node, s Settings, below string) Settings {
	problems, refused := r.ps, r.refused
	r.ps, r.refused = nil, nil
	for _, c := range n.Children {
		switch {
		case c.Word == below && below != "":
		case c.Word == "import":
			s.Import = r.chain(c)
			r.refuseConditions(c.Pos, s.Import)
		case c.Word == "export":
			s.Export = r.chain(c)
		case c.Word == "type":
			s.Type = r.word(c)
			if s.Type != "internal" && s.Type != "external" {
				r.refuse(c.Pos, "type %s: want internal or external", s.Type)
			}
		case c.Word == "peer-as":
			s.PeerAS = r.asNumber(c)
		case c.Word == "local-as":
			s.LocalAS = r.localAS(c)
		case c.Word == "family":
			s.Families = r.families(c)
			for i, l := range r.limits(c) {
				if l.Routes > 0 { // a family without one may have that of the level above: then too many are Unknown, not Pass
					s.Limits[i] = l
				}
			}
		case c.Word == "multipath":
			s.Multipath, s.MultipleAS = true, false
			r.multipath(c, &s)
		case c.Word == "multihop" && c.Child("no-nexthop-change") != nil:
			r.problem(c.Pos, "multihop no-nexthop-change is not modelled and could change routes")
		case idle[c.Word], c.Word == "multihop":
			r.pass(c.Pos, c.Word)
		default:
			r.problem(c.Pos, "%s is not modelled and could change routes: remove it or keep it out of the lab's copy", c.Word)
		}
	}
	s.level = &level{problems: r.ps, refused: r.refused, above: s.level}
	r.ps, r.refused = problems, refused
	return s
}

// multipath reads what stands behind multipath. How next hops are kept together changes no route.
func (r *reader) multipath(n *conf.Node, s *Settings) {
	for _, x := range n.Children {
		switch x.Word {
		case "multiple-as":
			s.MultipleAS = true
		case "list-nexthop", "pause-computation-during-churn":
			r.pass(x.Pos, "multipath "+x.Word)
		default:
			r.problem(x.Pos, "multipath %s is not modelled", x.Word)
		}
	}
}

// refuseConditions refuses `from condition` in an import chain: routers take a condition as true everywhere but in an export
// policy of BGP, whatever the table holds (measured on routers, github.com/batfish/lab-validation, juniper_from_condition).
func (r *reader) refuseConditions(pos place.Pos, es []policy.Expr) {
	for _, e := range es {
		if e.Policy != nil && r.cfg.readings[key{"policy-statement", e.Policy.Name}].conditional {
			r.problem(pos, "import: policy %s, or one that it calls, matches a condition, which routers take as true on import: leave it out", e.Policy.Name)
		}
		r.refuseConditions(pos, e.Args)
	}
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
	as, err := parseAS(text)
	if text != "" && (err != nil || as == 0) {
		r.refuse(n.Pos, "%s %s: want an AS number", n.Word, text)
	}
	return as
}
