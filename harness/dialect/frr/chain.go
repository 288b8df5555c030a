package frr

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// maxCalls is how deep bgpd lets route-maps call each other (lib/routemap.c); deeper, it denies.
const maxCalls = 10

// body is a route-map being written as terms.
type body struct {
	*translator
	in    *routeMap
	terms []*policy.Term
	jumps map[int]int // where a term leads, as the number of an entry; by the term's number
	first []int       // the first term of each entry, and of the end
	enter []state     // of the routes that reach each entry
}

// terms writes a route-map: an entry is one term, or four with a call. Its end denies what no entry has matched, and so it does what an
// `on-match next` leads there: bgpd forgets an earlier permit at the first entry behind it that does not match. Only if there is none behind,
// the permit stands (route_map_apply_ext in lib/routemap.c).
func (t *translator) terms(m *routeMap, enter state) *policy.Policy {
	b := &body{translator: t, in: m, jumps: map[int]int{}, enter: make([]state, len(m.entries)+1)}
	b.enter[0] = enter
	for i, e := range m.entries {
		b.first = append(b.first, len(b.terms))
		b.entry(i, e)
	}
	b.first = append(b.first, len(b.terms))
	if last := m.entries[len(m.entries)-1]; len(last.matches) > 0 || last.call != "" || b.jumpsTo(len(m.entries)) {
		b.add(&policy.Term{Name: "implicit deny", Pos: last.pos, Flow: policy.RejectRoute})
	}
	for at, to := range b.jumps {
		b.terms[at].Skip = b.first[to] - at - 1
	}
	return &policy.Policy{Name: m.Name, Pos: m.Pos, Terms: b.terms}
}

func (b *body) add(t *policy.Term) int {
	b.terms = append(b.terms, t)
	return len(b.terms) - 1
}

func (b *body) jumpsTo(entry int) bool {
	for _, to := range b.jumps {
		if to == entry {
			return true
		}
	}
	return false
}

// entry writes one entry.
func (b *body) entry(i int, e *routeMapEntry) {
	if len(e.matches) > 0 {
		b.enter[i+1] = b.enter[i+1].or(b.enter[i]) // of routes that do not match
	}
	t := &policy.Term{Name: strconv.Itoa(e.seq), Pos: e.pos, Flow: policy.RejectRoute}
	for _, c := range e.matches {
		x := &context{translator: b.translator, in: b.in, entry: e, clause: c, before: b.enter[i]}
		t.From = append(t.From, x.match()...)
	}
	if !e.permit { // what it sets or calls is never done
		b.add(t)
		return
	}
	after := b.enter[i]
	for _, c := range e.sets {
		x := &context{translator: b.translator, in: b.in, entry: e, clause: c, before: after}
		t.Then = append(t.Then, x.set(&after)...)
	}
	next := b.follows(i, e)
	if callee := b.callee(e, after); callee != nil {
		b.call(i, e, t, callee, next, &after)
	} else {
		b.leave(b.add(t), next)
	}
	if next >= 0 {
		b.enter[next] = b.enter[next].or(after)
	}
}

// follows returns the entry that a route goes on to from a permit, or -1 if it is accepted.
func (b *body) follows(i int, e *routeMapEntry) int {
	to := i + 1
	switch e.exit {
	case exitMap:
		return -1
	case exitGoto:
		to = slices.IndexFunc(b.in.entries, func(o *routeMapEntry) bool { return o.seq >= e.to })
	}
	if to == len(b.in.entries) {
		return -1
	}
	return to
}

// leave makes a term accept, or go on to an entry.
func (b *body) leave(at, next int) {
	if next < 0 {
		b.terms[at].Flow = policy.AcceptRoute
		return
	}
	b.terms[at].Flow = policy.NextTerm
	b.jumps[at] = next
}

// call writes an entry that calls another route-map, once its sets are done: what that denies is denied, whatever it changed stays changed.
//
//	10             from MATCH then SETS, next but 1   (without the skip and the next term if there is no MATCH)
//	10 no match    to the next entry
//	10 call        from CALLEE then accept, or go on
//	10 denied      reject
func (b *body) call(i int, e *routeMapEntry, t *policy.Term, callee *policy.Policy, next int, after *state) {
	named := func(what string) *policy.Term {
		return &policy.Term{Name: fmt.Sprintf("%d %s", e.seq, what), Pos: e.pos}
	}
	t.Flow = policy.NextTerm
	b.add(t)
	if len(t.From) > 0 {
		t.Skip = 1
		b.leave(b.add(named("no match")), i+1)
	}
	called := named("call " + e.call)
	called.From = []policy.Match{&policy.MatchPolicy{Chain: policy.Calls(callee)}}
	b.leave(b.add(called), next)
	denied := named("denied")
	denied.Flow = policy.RejectRoute
	b.add(denied)
	after.afterCall(b.touched(callee))
}

// callee returns the route-map that the entry calls; nil if there is none of that name: bgpd then goes on as if there were no call.
func (b *body) callee(e *routeMapEntry, enter state) *policy.Policy {
	switch {
	case e.call == "":
		return nil
	case !b.cfg.defined(key{routeMapObject, e.call}):
		b.cfg.hint(e.pos, place.Warning, "undefined", "route-map %s, which entry %d of %s calls, is not defined: bgpd goes on without it", e.call, e.seq, b.in.Name)
		return nil
	case slices.Contains(b.calls, e.call):
		b.problem(b.in, e.pos, "entry %d calls %s, which calls it back: break the circle", e.seq, e.call)
		return nil
	case len(b.calls) >= maxCalls:
		b.problem(b.in, e.pos, "entry %d calls %s: more than %d calls deep, bgpd denies every route", e.seq, e.call, maxCalls)
		return nil
	}
	return b.policy(e.call, e.pos, enter)
}
