package gobgp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Neighbor is what a configuration says of a neighbour, with what its group says, or of all neighbours of a group.
type Neighbor struct {
	Addr            netip.Addr // not valid for a group, nor for what holds of all neighbours where none is named
	Interface       string     // of a neighbour that goes by it instead of an address; else ""
	Group           string     // "" for none
	Pos             place.Pos
	PeerAS, LocalAS uint32   // 0 if not said
	Families        []string // as GoBGP names them; empty if not said, then that of the address
	Paths           string   // what it says of best and equal paths, in its own words

	Problems place.Problems // for which the session cannot be judged
}

// What the parts of a neighbour and a peer group, and of their config, are to closlab: what is neither read nor on a list of idle
// ones could change routes.
var (
	idleParts = []string{"state", "timers", "transport", "error-handling", "logging-options", "ebgp-multihop", "route-reflector",
		"graceful-restart", "use-multiple-paths", "ttl-security", "bfd"}
	readSettings = []string{"neighbor-address", "neighbor-interface", "peer-group", "peer-group-name", "peer-as", "local-as", "peer-type", "admin-down"}
	idleSettings = []string{"auth-password", "description", "send-community", "route-flap-damping", "send-software-version"}
)

// bgp reads what concerns the router and its sessions.
func (r *reader) bgp(top map[string]*node) {
	global := r.mapping(top["global"])
	all := Neighbor{LocalAS: r.asn, Paths: r.paths(global)}
	r.assignments(global["apply-policy"])
	for name, n := range global {
		switch name {
		case "config", "apply-policy", "route-selection-options", "use-multiple-paths":
		case "confederation":
			if r.flag(r.config(n)["enabled"]) {
				r.addf(n, "global: a confederation is not modelled")
			}
		default:
			r.pass(n, "global "+name)
		}
	}
	zebra := r.config(top["zebra"])
	if x := zebra["redistribute-route-type-list"]; x != nil && r.flag(zebra["enabled"]) && len(r.words(x)) > 0 {
		r.addf(x, "zebra: routes that come from zebra are not modelled")
	} else if top["zebra"] != nil {
		r.pass(top["zebra"], "zebra")
	}
	groups := map[string]Neighbor{}
	for _, n := range r.items(top["peer-groups"]) {
		g := r.neighborOrGroup(n, "peer-group", all)
		groups[g.Group] = g
		r.cfg.Neighbors = append(r.cfg.Neighbors, g)
	}
	for _, n := range r.items(top["neighbors"]) {
		above, name := all, r.word(r.config(n)["peer-group"])
		if name != "" {
			var known bool
			if above, known = groups[name]; !known {
				r.refuse(n, "peer-group %s is not defined: add it to peer-groups or mend the name", name)
			}
		}
		r.cfg.Neighbors = append(r.cfg.Neighbors, r.neighborOrGroup(n, "neighbor", above))
	}
	if len(r.cfg.Neighbors) == 0 {
		all.Pos = place.Pos{File: r.file}
		r.cfg.Neighbors = append(r.cfg.Neighbors, all)
	}
}

// paths returns what the router says of how it chooses among paths.
func (r *reader) paths(global map[string]*node) string {
	var out []string
	for _, part := range []string{"route-selection-options", "use-multiple-paths"} {
		if global[part] == nil {
			continue
		}
		for _, s := range (&Text{root: global[part]}).Statements() {
			out = append(out, part+" "+strings.Join(s.Words, " "))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// neighborOrGroup reads a neighbour or a peer group over what it inherits.
func (r *reader) neighborOrGroup(n *node, kind string, out Neighbor) Neighbor {
	defer func(where string, now *place.Problems) { r.where, r.now = where, now }(r.where, r.now)
	out.Problems = slices.Clone(out.Problems)
	r.now = &out.Problems
	r.where = kind
	parts, config := r.mapping(n), r.config(n)
	out.Pos = r.pos(n)
	if kind == "peer-group" {
		out.Group = r.word(config["peer-group-name"])
		r.where += " " + out.Group
	} else if addr, err := netip.ParseAddr(r.word(config["neighbor-address"])); err == nil {
		out.Addr = addr
		r.where += " " + addr.String()
	} else if out.Interface = r.word(config["neighbor-interface"]); out.Interface != "" {
		r.where += " " + out.Interface
		r.addf(n, "a neighbour without an address is not modelled")
	} else {
		r.refuse(n, "a neighbour is named by its neighbor-address")
	}
	if x := config["peer-as"]; x != nil {
		out.PeerAS = r.number(x, 1)
	}
	if x := config["local-as"]; x != nil {
		out.LocalAS = r.number(x, 1)
	}
	if x := config["admin-down"]; x != nil && r.flag(x) {
		r.addf(x, "admin-down: the session would not come up")
	}
	for name, x := range config {
		if slices.Contains(idleSettings, name) {
			r.pass(x, r.where+" "+name)
		} else if !slices.Contains(readSettings, name) {
			r.addf(x, "%s is not modelled and could change routes: remove it or keep it out of the lab's copy", name)
		}
	}
	for name, x := range parts {
		switch {
		case name == "config":
		case name == "afi-safis":
			out.Families = nil
			for _, f := range r.items(x) {
				out.Families = append(out.Families, r.family(f))
			}
		case name == "apply-policy":
			r.hint(x, place.Warning, "ignored", "GoBGP heeds the apply-policy of route server clients only: name the policies in that of global, with a neighbor-set as a condition")
		case slices.Contains(idleParts, name):
			r.pass(x, r.where+" "+name)
		default:
			r.addf(x, "%s is not modelled and could change routes: remove it or keep it out of the lab's copy", name)
		}
	}
	return out
}

// family returns the name of an address family that a session carries, and refuses what would keep routes of it back.
func (r *reader) family(n *node) string {
	parts := r.mapping(n)
	config := r.mapping(parts["config"])
	if x := config["enabled"]; x != nil && !r.flag(x) {
		return "" // GoBGP does not offer it
	}
	for name, x := range parts {
		if !slices.Contains([]string{"config", "state", "mp-graceful-restart", "long-lived-graceful-restart"}, name) {
			r.addf(x, "afi-safis %s is not modelled and could change routes: remove it or keep it out of the lab's copy", name)
		}
	}
	return r.word(config["afi-safi-name"])
}

// assignments reads the global apply-policy.
func (r *reader) assignments(n *node) {
	config := r.config(n)
	for _, dir := range []policy.Direction{policy.Import, policy.Export} {
		a := &r.apply[dir]
		a.pos = place.Pos{File: r.file}
		list, otherwise := config[dir.String()+"-policy-list"], config["default-"+dir.String()+"-policy"]
		if list != nil {
			a.pos, a.names = r.pos(list), r.words(list)
		}
		for _, name := range a.names {
			if d := r.definitions[name]; d != nil {
				d.used = true
			}
		}
		pos, flow := a.pos, policy.AcceptRoute
		if otherwise != nil {
			pos = r.pos(otherwise)
		}
		switch word := r.word(otherwise); word {
		case "", "accept-route":
		case "reject-route":
			flow = policy.RejectRoute
		default:
			r.refuse(otherwise, "default policy %q: want accept-route or reject-route", word)
		}
		name := fmt.Sprintf("default-%s-policy", dir)
		a.otherwise = &policy.Policy{Name: name, Pos: pos, Terms: []*policy.Term{{Name: flow.String() + "-route", Pos: pos, Flow: flow}}}
	}
}
