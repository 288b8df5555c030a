package junos

import (
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// inert are the statements of policy-options whose definitions cannot matter: what could name them in
// a policy is refused there.
var inert = map[string]bool{
	"damping": true, "as-list": true, "mac-list": true, "neighbor-list": true, "tag-list": true, "rtf-prefix-list": true,
	"route-distinguisher": true, "tunnel-attribute": true, "resolution-map": true, "application-maps": true,
	"mac-filter-list": true,
}

// policyOptions reads all definitions first, since a policy may name what stands below it.
func (r *reader) policyOptions() {
	r.communities = definitions(r, "community", (*reader).community)
	r.asPaths = definitions(r, "as-path", (*reader).asPath)
	r.asPathGroups = definitions(r, "as-path-group", (*reader).asPathGroup)
	r.prefixLists = definitions(r, "prefix-list", (*reader).prefixList)
	r.filterLists = definitions(r, "route-filter-list", (*reader).filterList)
	r.conditions = definitions(r, "condition", (*reader).condition)
	r.cfg.policies = definitions(r, "policy-statement", (*reader).declare)
	for _, kind := range children(r.root.Child("policy-options")) {
		switch kind.Word {
		case "community", "as-path", "as-path-group", "prefix-list", "route-filter-list", "condition":
		case "policy-statement":
			for _, n := range kind.Children {
				r.attempt(key{kind.Word, n.Word}, func() { r.policy(n) })
			}
		case "defaults":
			r.defaults(kind)
		default:
			r.where = ""
			if full := abbreviated(kind.Word, "policy-statement", "community", "prefix-list", "as-path-group", "condition"); full != "" {
				r.refuse(kind.Pos, "policy-options %s: write %s in full", kind.Word, full)
			} else if !inert[kind.Word] {
				r.hint(kind.Pos, place.Warning, "unread", "policy-options %s is not modelled: no policy that names it can be read", kind.Word)
				continue
			}
			for _, n := range kind.Children {
				r.pass(n.Pos, "policy-options "+kind.Word+" "+n.Word)
			}
		}
	}
	r.where = ""
	r.setAside()
}

// defaults reads `defaults { route-filter no-walkup; }`, which holds for all policies.
func (r *reader) defaults(n *conf.Node) {
	for _, s := range n.Leaves() {
		if text := strings.Join(s.Words, " "); text != "route-filter no-walkup" {
			r.problem(s.Pos, "policy-options defaults %s is not modelled and could change what every policy matches", text)
		}
	}
}

// definitions reads every definition of one kind.
func definitions[T any](r *reader, kind string, read func(*reader, *conf.Node) T) map[string]T {
	out := map[string]T{}
	for _, n := range children(r.root.Child("policy-options").Child(kind)) {
		r.where = kind + " " + n.Word
		r.define(kind, n)
		r.attempt(key{kind, n.Word}, func() {
			if n.Child("dynamic-db") != nil {
				r.problem(n.Pos, "its content is in the dynamic database, not in this text")
			}
			out[n.Word] = read(r, n)
		})
	}
	r.where = ""
	return out
}

func children(n *conf.Node) []*conf.Node {
	if n == nil {
		return nil
	}
	return n.Children
}

// asPath reads `as-path NAME "REGEX"`.
func (r *reader) asPath(n *conf.Node) *policy.ASPathDef {
	def := &policy.ASPathDef{Name: n.Word}
	if len(n.Children) != 1 || len(n.Children[0].Children) > 0 {
		r.problem(n.Pos, "want one regular expression in quotes")
		return def
	}
	x, err := asPathRegex(n.Children[0].Word)
	if err != nil {
		r.problem(n.Pos, "%s", err)
	}
	def.AnyOf = append(def.AnyOf, x)
	return def
}

// asPathGroup reads `as-path-group NAME { as-path A "REGEX"; as-path B "REGEX"; }`.
func (r *reader) asPathGroup(n *conf.Node) *policy.ASPathDef {
	group := &policy.ASPathDef{Name: n.Word}
	for _, kind := range n.Children {
		if kind.Word != "as-path" {
			r.problem(kind.Pos, "%s is not understood: want as-path", kind.Word)
			continue
		}
		for _, m := range kind.Children {
			group.AnyOf = append(group.AnyOf, r.asPath(m).AnyOf...)
		}
	}
	if len(group.AnyOf) == 0 {
		r.problem(n.Pos, "no as-path: name at least one")
	}
	return group
}

// condition reads `condition NAME { if-route-exists { PREFIX; table inet.0; } }`, also with address-family.
func (r *reader) condition(n *conf.Node) *policy.MatchCondition {
	m := &policy.MatchCondition{Name: n.Word}
	for _, s := range n.Leaves() {
		w := s.Words
		if w[0] != "if-route-exists" {
			r.problem(s.Pos, "%s is not modelled: only if-route-exists is", w[0])
			continue
		}
		w = w[1:]
		if len(w) > 2 && w[0] == "address-family" && (w[1] == "inet" || w[1] == "inet6") {
			w = w[2:]
		}
		if len(w) == 2 && w[0] == "table" && (w[1] == "inet.0" || w[1] == "inet6.0") {
			continue
		}
		p, err := parsePrefix(strings.Join(w, " "))
		if err != nil || m.Prefix.IsValid() {
			r.problem(s.Pos, "%q is not modelled: want one prefix, in table inet.0 or inet6.0", strings.Join(s.Words, " "))
		}
		m.Prefix = p
	}
	if m.Prefix == (netip.Prefix{}) {
		r.problem(n.Pos, "no prefix under if-route-exists")
	}
	return m
}
