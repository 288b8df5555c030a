package junos

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// general returns what routing-options says of all sessions: the router's own AS, and what could change their routes or what becomes
// of them. Its other statements make routes of the router itself, which a fabric says, or routes of other tables.
func (r *reader) general() Settings {
	defer func(where string) { r.where = where }(r.where)
	var s Settings
	r.where = "routing-options"
	n := r.root.Child("routing-options")
	problems := r.ps
	r.ps = nil
	if as := n.Child("autonomous-system"); as != nil {
		r.ownAS = r.own(as)
		s.LocalAS = r.ownAS
	}
	for _, x := range n.Leaves() {
		w := strings.Join(x.Words, " ")
		switch {
		case x.Words[0] == "confederation":
			r.problem(x.Pos, "a confederation is not modelled")
		case slices.Contains(x.Words[:min(len(x.Words), 3)], "martians"):
			r.problem(x.Pos, "%s could change which routes are taken, which is not modelled", w)
		case strings.HasPrefix(w, "resolution rib inet.0 "), strings.HasPrefix(w, "resolution rib inet6.0 "):
			r.problem(x.Pos, "%s could change which routes have a next hop, which is not modelled", w)
		case strings.HasPrefix(w, "forwarding-table export ") && r.rejects(x.Words[2:]):
			r.problem(x.Pos, "%s keeps routes from the forwarding table, which is not modelled", w)
		}
	}
	s.level = &level{problems: once(r.ps)}
	r.ps = problems
	return s
}

// own returns the AS number behind autonomous-system.
func (r *reader) own(n *conf.Node) uint32 {
	var own uint32
	for _, s := range n.Leaves() {
		for i, word := range s.Words {
			switch as, err := parseAS(word); {
			case word == "asdot-notation", word == "independent-domain", i > 0 && s.Words[i-1] == "loops":
			case word == "loops":
				r.problem(s.Pos, "autonomous-system loops is not modelled and could change routes")
			case err != nil || as == 0:
				r.refuse(s.Pos, "autonomous-system %s: want an AS number", word)
			default:
				own = as
			}
		}
	}
	return own
}

// localAS returns the AS number behind local-as. Routes that are sent have the router's own AS behind one that differs from it.
func (r *reader) localAS(n *conf.Node) uint32 {
	as := r.asNumber(n)
	if r.ownAS != 0 && as != 0 && as != r.ownAS {
		r.problem(n.Pos, "local-as %d: another AS than that of routing-options is not modelled", as)
	}
	return as
}

// rejects reports whether some statement of the policies, or of those that they call, rejects a route.
func (r *reader) rejects(policies []string) bool {
	seen := map[string]bool{}
	for ; len(policies) > 0; policies = policies[1:] {
		if seen[policies[0]] {
			continue
		}
		seen[policies[0]] = true
		for _, s := range r.root.Get("policy-options", "policy-statement", policies[0]).Leaves() {
			if s.Words[len(s.Words)-1] == "reject" {
				return true
			}
			if i := slices.Index(s.Words, "policy"); i >= 0 {
				policies = append(policies, s.Words[i+1:]...)
			}
		}
	}
	return false
}
