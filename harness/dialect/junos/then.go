package junos

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// harmless are the actions that neither decide on a route nor change an attribute that BGP carries or compares: forwarding,
// accounting, logging, OSPF, IS-IS, labels of segment routing, flap damping, and what only a condition could see that is
// refused (tag2, validation-state).
var harmless = map[string]bool{
	"analyze": true, "bgp-output-queue-priority": true, "class": true, "cos-next-hop-map": true, "damping": true,
	"destination-class": true, "external": true, "forwarding-class": true, "install-nexthop": true, "load-balance": true,
	"map-to-interface": true, "multipath-resolve": true, "no-backup": true, "prefix-segment": true, "priority": true, "set-down-bit": true,
	"source-class": true, "tag2": true, "trace": true, "validation-state": true,
}

// actions returns a term with the actions of a then. Attribute actions keep their order; accept, reject
// and next take effect behind all of them wherever they stand, and `next` overrides accept and
// reject ("Actions in Routing Policy Terms"). as-path-prepend runs before as-path-expand wherever they stand (as routers print
// them, github.com/batfish/lab-validation, junos_then_action_conflicts).
func (r *reader) actions(name string, pos place.Pos, ss []conf.Statement) *policy.Term {
	t := &policy.Term{Name: name, Pos: pos}
	flow := map[string]policy.Flow{}
	var expand []policy.Action
	for _, s := range ss {
		text := strings.Join(s.Words, " ")
		switch {
		case text == "accept":
			flow["decision"] = r.once(s, flow, "decision", policy.AcceptRoute)
		case text == "reject":
			flow["decision"] = r.once(s, flow, "decision", policy.RejectRoute)
		case text == "next term":
			flow["next"] = r.once(s, flow, "next", policy.NextTerm)
		case text == "next policy":
			flow["next"] = r.once(s, flow, "next", policy.NextPolicy)
		case text == "default-action accept":
			t.Default = policy.Accept
		case text == "default-action reject":
			t.Default = policy.Reject
		case harmless[s.Words[0]]:
			r.pass(s.Pos, "then "+text)
		case s.Words[0] == "as-path-expand":
			if a := r.expand(s); a != nil {
				expand = append(expand, a)
			}
		default:
			if a := r.action(s); a != nil {
				t.Then = append(t.Then, a)
			}
		}
	}
	t.Then = append(t.Then, expand...)
	t.Flow = flow["decision"]
	if next, ok := flow["next"]; ok {
		t.Flow = next
	}
	return t
}

// once refuses a second, different flow action of a kind.
func (r *reader) once(s conf.Statement, flow map[string]policy.Flow, kind string, f policy.Flow) policy.Flow {
	if before, ok := flow[kind]; ok && before != f {
		r.problem(s.Pos, "then says both %s and %s: keep one", before, f)
	}
	return f
}

// action returns the action on an attribute, or nil if there is a problem.
func (r *reader) action(s conf.Statement) policy.Action {
	w := s.Words
	switch w[0] {
	case "community":
		return r.setCommunity(s)
	case "local-preference", "metric", "tag", "preference":
		return r.setNumber(s)
	case "origin":
		if o, ok := origins[w[len(w)-1]]; ok && len(w) == 2 {
			return &policy.SetOrigin{Origin: o}
		}
	case "next-hop":
		if len(w) == 2 {
			return r.setNextHop(s)
		}
	case "as-path-prepend":
		if asns := r.asNumbers(s, w[1:]); asns != nil {
			return &policy.Prepend{ASNs: asns}
		}
		return nil
	}
	r.problem(s.Pos, "then %s is not modelled and could change a route: rewrite the term without it", strings.Join(w, " "))
	return nil
}

// setNumber reads `local-preference 200`, `metric add 5`, `tag subtract 1`.
func (r *reader) setNumber(s conf.Statement) policy.Action {
	a := &policy.SetNumber{Field: fields[s.Words[0]]}
	w := s.Words[1:]
	if len(w) == 2 && (w[0] == "add" || w[0] == "subtract") {
		a.Arith = policy.Add
		if w[0] == "subtract" {
			a.Arith = policy.Sub
		}
		w = w[1:]
	}
	if len(w) == 1 {
		if n, err := strconv.ParseUint(w[0], 10, 32); err == nil {
			a.Value = uint32(n)
			return a
		}
	}
	r.problem(s.Pos, "then %s is not modelled: want a number up to 4294967295, perhaps with add or subtract", strings.Join(s.Words, " "))
	return nil
}

func (r *reader) setNextHop(s conf.Statement) policy.Action {
	kinds := map[string]policy.NextHopKind{
		"self": policy.NextHopSelf, "peer-address": policy.NextHopPeer, "discard": policy.NextHopDrop, "reject": policy.NextHopRefuse,
	}
	if k, ok := kinds[s.Words[1]]; ok {
		return &policy.SetNextHop{Kind: k}
	}
	a, err := netip.ParseAddr(s.Words[1])
	if err != nil {
		r.problem(s.Pos, "next-hop %s: want an address, self, peer-address, discard or reject", s.Words[1])
		return nil
	}
	return &policy.SetNextHop{Addr: a}
}

// expand reads `as-path-expand last-as count 3` and `as-path-expand "65000 65000"`. "Last" is the AS
// that was added last, the first of the path.
func (r *reader) expand(s conf.Statement) policy.Action {
	w := s.Words[1:]
	if len(w) == 0 || w[0] != "last-as" {
		if asns := r.asNumbers(s, w); asns != nil {
			return &policy.Prepend{ASNs: asns}
		}
		return nil
	}
	count := uint64(1)
	if len(w) > 1 {
		n, err := strconv.ParseUint(w[len(w)-1], 10, 8)
		if len(w) != 3 || w[1] != "count" || err != nil || n < 1 || n > 32 {
			r.problem(s.Pos, "%q is not understood: want last-as count and a number from 1 to 32", strings.Join(s.Words, " "))
			return nil
		}
		count = n
	}
	return &policy.Expand{Count: int(count)}
}

// asNumbers reads AS numbers, which stand in one quoted string or one by one.
func (r *reader) asNumbers(s conf.Statement, words []string) []uint32 {
	var asns []uint32
	for _, text := range strings.Fields(strings.Join(words, " ")) {
		n, err := parseAS(text)
		if err != nil || n == 0 {
			r.problem(s.Pos, "%s: %q is no AS number", s.Words[0], text)
			return nil
		}
		asns = append(asns, n)
	}
	if asns == nil {
		r.problem(s.Pos, "%s without an AS number", s.Words[0])
	}
	return asns
}
