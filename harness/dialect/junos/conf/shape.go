package conf

import "slices"

// The little that reading and editing must know of Junos's schema. Everything else is words.

// naming keywords are followed by a name the operator chose. A name is never taken for a keyword:
// a policy may be called "export".
var naming = set("policy-statement", "term", "prefix-list", "route-filter-list", "community", "as-path",
	"as-path-group", "condition", "damping", "group", "groups", "neighbor", "routing-instances",
	"logical-systems", "tenants", "interfaces", "interface", "unit", "filter", "rib", "rib-groups",
	"family",
	"apply-macro", "apply-groups", "apply-groups-except")

// expressions are the keywords that a list of policies follows, or an expression of policies such as
// "export ( A && !B )" (Routing Policy User Guide, "Policy Expressions").
var expressions = set("import", "export", "policy", "import-policy", "export-policy", "vrf-import",
	"vrf-export", "instance-import", "instance-export", "route-distribution-policy")

// conditions are the keywords below which match conditions and actions stand.
var conditions = set("from", "to", "then")

// Actions that hold one value: a second one replaces the first, as on "set". Accept and reject share a
// slot; next and default-action stand beside them; community actions add up (measured on routers,
// github.com/batfish/batfish pull request 9949).
var actionSlots = slotted("next", "default-action", "local-preference", "metric", "metric2", "metric3",
	"metric4", "origin", "tag", "tag2", "color", "color2", "preference", "preference2", "next-hop",
	"as-path-prepend", "as-path-expand", "aigp-originate", "aigp-adjust", "class", "source-class",
	"destination-class", "forwarding-class", "load-balance", "external", "priority", "validation-state",
	"damping", "install-nexthop")

// Match conditions whose syntax in the manual has one value, not a list in brackets.
var conditionSlots = slotted("family", "instance", "level", "local-preference", "metric", "preference", "origin")

// Keywords of the BGP hierarchy, its groups and neighbours, that hold one value.
var bgpSingle = set("type", "peer-as", "local-as", "local-address", "local-preference", "hold-time",
	"preference", "cluster", "out-delay", "metric-out", "authentication-key", "authentication-key-chain",
	"authentication-algorithm", "ttl", "tcp-mss", "local-interface")

// Keywords that hold one value wherever they stand.
var single = set("description", "router-id", "autonomous-system", "host-name")

// Words that qualify the value of local-as and autonomous-system and stand beside it.
var qualifiers = set("loops", "private", "alias", "no-prepend-global-as", "asdot-notation", "independent-domain")

func slotted(words ...string) map[string]string {
	m := map[string]string{"accept": "accept", "reject": "accept"}
	for _, w := range words {
		m[w] = w
	}
	return m
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// lift returns the full path of a fragment's path: "show configuration policy-options" prints
// "policy-statement ..." at the top.
func lift(words []string) []string {
	if len(words) == 0 {
		return words
	}
	switch words[0] {
	case "policy-statement", "prefix-list", "route-filter-list", "community", "as-path", "as-path-group", "condition":
		return slices.Concat([]string{"policy-options"}, words)
	case "group":
		return slices.Concat([]string{"protocols", "bgp"}, words)
	case "bgp":
		return slices.Concat([]string{"protocols"}, words)
	}
	return words
}

// shape works out what an item is from its parent.
func (it *item) shape() {
	word, p := it.word(), it.parent
	it.name = !p.name && naming[p.word()]
	it.whole = !it.name && !p.whole && (expressions[word] || conditions[word])
}

// slot returns what the statement of these words takes below it, where there is room for one; "" if any
// number can stand there.
func (it *item) slot(words []string) string {
	switch {
	case it.whole && it.word() == "then":
		return actionSlots[words[0]]
	case it.whole && conditions[it.word()]:
		return conditionSlots[words[0]]
	case !it.whole && it.holdsOne() && !qualifiers[words[0]]:
		return "value"
	}
	return ""
}

// rival returns the child of it that cannot stand beside a new child of these words, or nil.
func (it *item) rival(words []string) *item {
	slot := it.slot(words)
	if slot == "" {
		return nil
	}
	if it.n > linear {
		return it.indexed().slot[slot]
	}
	for c := it.first; c != nil; c = c.next {
		if it.slot(c.words) == slot {
			return c
		}
	}
	return nil
}

// holdsOne says that it is a keyword with one value.
func (it *item) holdsOne() bool {
	word, p := it.word(), it.parent
	switch {
	case p == nil:
		return false
	case it.name:
		return p.word() == "as-path"
	case single[word]:
		return true
	case !bgpSingle[word]:
		return false
	case p.name:
		return p.parent.word() == "group" || p.parent.word() == "neighbor"
	}
	return p.word() == "bgp"
}
