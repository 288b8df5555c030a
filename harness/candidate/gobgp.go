package candidate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// readGoBGP returns what a GoBGP configuration means. All its sessions share the chains of the global apply-policy; a binding's in or out
// names policies that stand in their place.
func readGoBGP(t *gobgp.Text) (*Config, error) {
	g, err := gobgp.Read(t)
	if err != nil {
		return nil, err
	}
	out := &Config{Policies: g.Policies, Passed: g.Passed, lint: g.Lint, ImportsOwn: true, SendsAll: true}
	out.chain = func(dir policy.Direction, expression string) (policy.Chain, error) {
		return g.Chain(dir, strings.Fields(expression)...)
	}
	var in, send policy.Chain
	if in, err = g.Chain(policy.Import); err == nil {
		send, err = g.Chain(policy.Export)
	}
	for _, n := range g.Neighbors {
		s := Session{Addr: n.Addr, Name: n.Interface, Group: n.Group, Pos: n.Pos, PeerAS: n.PeerAS, LocalAS: n.LocalAS, Multipath: n.Paths,
			In: in, Out: send, Problems: n.Problems}
		for _, f := range n.Families {
			s.Families = append(s.Families, familyOf(f))
		}
		out.Sessions = append(out.Sessions, s)
	}
	return out, err
}

// familyOf returns the name that a session goes by for an address family of GoBGP's.
func familyOf(name string) string {
	for _, f := range fabric.Families {
		if name == map[fabric.Family]string{fabric.V4: "ipv4-unicast", fabric.V6: "ipv6-unicast"}[f] {
			return f.String() + " unicast"
		}
	}
	return name
}

// outsideGoBGP names what a GoBGP statement belongs to if closlab does not judge a change of it, and is "" if it does.
func (b *Base) outsideGoBGP(file string, words []string, policies map[string]bool) string {
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch {
	case at(0) == "policy-definitions" && !policies[at(1)]:
		return fmt.Sprintf("policy %s, which no session of the fabric runs,", at(1))
	case at(0) == "policy-definitions", at(0) == "defined-sets":
		return ""
	case at(0) == "global" && strings.HasSuffix(at(3), "-policy-list") && b.overrules(file, ""):
		return fmt.Sprintf(besides, first(words, 4))
	case at(0) == "global" && slices.Contains([]string{"apply-policy", "route-selection-options", "use-multiple-paths"}, at(1)):
		return "" // a change of the latter two is refused
	case at(0) == "peer-groups" && !b.runsGroup(file, at(1)):
		return fmt.Sprintf("peer group %s, which no session of the fabric runs,", at(1))
	case at(0) == "neighbors" && !b.meets(file, at(1)):
		return fmt.Sprintf("neighbor %s, which is none of the fabric's,", at(1))
	case at(0) == "peer-groups", at(0) == "neighbors":
		judged := []string{"neighbor-address", "peer-group", "peer-group-name", "peer-as", "local-as", "description"}
		if at(2) == "afi-safis" && at(len(words)-2) == "afi-safi-name" || at(2) == "config" && slices.Contains(judged, at(3)) {
			return ""
		}
		return at(0) + " " + first(words[2:], 2) // not its value, which may be a key
	case at(0) == "global" && at(1) == "config" && at(2) == "as":
		return "" // it must be the fabric's
	}
	return first(words, 2)
}

// ownThrough refuses an import chain that does anything to what the router announces of its own: GoBGP takes that through its import
// policy too, closlab does not.
func ownThrough(in policy.Chain, f *fabric.Fabric, s *fabric.Session, fam fabric.Family) error {
	var problems place.Problems
	n := f.Node(s.Node)
	for _, own := range f.OwnRoutes(n) {
		announced := slices.ContainsFunc(n.Routes, func(r fabric.Route) bool { return r.Protocol == policy.BGP && r.Prefix == own.Prefix })
		if !announced || fabric.FamilyOf(own.Prefix.Addr()) != fam {
			continue
		}
		r := policy.Route{Prefix: own.Prefix, Protocol: policy.BGP, LocalPref: 100, Communities: own.Communities}
		if out := policy.Apply(in, r, policy.Env{Direction: policy.Import}); out.Decision != policy.Accept || !out.Route.SameAttributes(r) {
			problems.Addf(out.Term.Pos, "%s: GoBGP takes what the router announces of its own, %s, through the import policy too, where %s of %s rejects or changes it: "+
				"put a statement first that accepts route-type local", s.Node, own.Prefix, out.Term.Label(), out.Policy.Name)
		}
	}
	return problems.Err()
}
