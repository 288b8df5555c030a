package gobgp

import (
	"math"
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// actions returns the statements that do the actions, in order; their tests are empty but for computed local preferences.
func (g *generator) actions(then []policy.Action) []*statement {
	w := &actionWriter{generator: g}
	for _, a := range then {
		switch a := a.(type) {
		case *policy.SetNumber:
			w.number(a)
		case *policy.SetOrigin:
			w.slot(func(do *api.Actions) bool { return do.OriginAction != nil }).OriginAction = &api.OriginAction{Origin: origin(a.Origin)}
		case *policy.SetNextHop:
			w.nextHop(a)
		case *policy.SetCommunity:
			w.community(a)
		case *policy.Prepend:
			w.prepend(a)
		case *policy.Expand:
			w.expand(a)
		default:
			g.refuse("it has nothing like %q", a)
		}
	}
	return w.out
}

// actionWriter puts actions into as few statements as their order allows: GoBGP does one action on an attribute a statement.
type actionWriter struct {
	*generator
	out []*statement
}

// slot returns the last statement's actions, or those of a new statement if that one's are taken.
func (w *actionWriter) slot(taken func(*api.Actions) bool) *api.Actions {
	if n := len(w.out); n > 0 && w.out[n-1].on.empty() && !taken(w.out[n-1].do) {
		return w.out[n-1].do
	}
	return w.when(test{})
}

// when returns the actions of a new statement with that test.
func (w *actionWriter) when(t test) *api.Actions {
	s := &statement{on: t, do: &api.Actions{}}
	if w.term != nil {
		s.label = w.policy.Name + "/" + w.term.Label()
	}
	w.out = append(w.out, s)
	return s.do
}

func (w *actionWriter) number(a *policy.SetNumber) {
	med := func(typ api.MedAction_Type, value int64) {
		w.slot(func(do *api.Actions) bool { return do.Med != nil }).Med = &api.MedAction{Type: typ, Value: value}
	}
	switch {
	case a.Field == policy.LocalPref:
		w.localPref(a)
	case a.Field != policy.MED:
		w.refuse("it has no %s", a.Field)
	case a.Arith == policy.Set:
		med(api.MedAction_TYPE_REPLACE, int64(a.Value))
	case w.dir == policy.Export && w.session.external():
		w.refuse("it drops the metric of learned routes before an export policy runs over eBGP: %q cannot be computed", a)
	case a.Value > maxSteps:
		w.refuse("%q: it leaves a metric alone where the result leaves 32 bits, which is worked around up to %d only", a, maxSteps)
	default:
		step := map[policy.Arith]int64{policy.Add: 1, policy.Sub: -1}[a.Arith]
		for range a.Value {
			med(api.MedAction_TYPE_MOD, step)
		}
	}
}

func (w *actionWriter) localPref(a *policy.SetNumber) {
	set := func(do *api.Actions, v uint32) { do.LocalPref = &api.LocalPrefAction{Value: v} }
	switch {
	case a.Arith == policy.Set && a.Value == 0:
		w.refuse("local-preference cannot be set to 0")
	case a.Arith == policy.Set:
		set(w.slot(func(do *api.Actions) bool { return do.LocalPref != nil }), a.Value)
		if w.localPrefs != nil {
			w.localPrefs = append(w.localPrefs, a.Value)
		}
	case w.localPrefs == nil:
		w.refuse("it cannot compute %q, and the values before are known only on import over eBGP", a)
	default:
		w.compute(a, set)
	}
	slices.Sort(w.localPrefs)
	if w.localPrefs = slices.Compact(w.localPrefs); len(w.localPrefs) > maxSteps {
		w.refuse("there are more than %d local preferences that routes can have before %q", maxSteps, a)
		w.localPrefs = w.localPrefs[:maxSteps]
	}
}

// compute writes a sum as one statement a value, in the order that keeps a result from being computed again.
func (w *actionWriter) compute(a *policy.SetNumber, set func(*api.Actions, uint32)) {
	values := slices.Clone(w.localPrefs)
	if a.Arith == policy.Add {
		slices.Reverse(values)
	}
	for _, v := range values {
		to := int64(v) + int64(a.Value)
		if a.Arith == policy.Sub {
			to = int64(v) - int64(a.Value)
		}
		if to <= 0 {
			w.refuse("%q makes 0 of local preference %d, which it cannot set", a, v)
			return
		}
		to = min(to, math.MaxUint32)
		set(w.when(test{localPref: v}), uint32(to))
		w.localPrefs = append(w.localPrefs, uint32(to))
	}
}

func (w *actionWriter) nextHop(a *policy.SetNextHop) {
	sameFamily := w.session.Peer.Is6() == w.session.V6
	n := &api.NexthopAction{Self: a.Kind == policy.NextHopSelf, PeerAddress: a.Kind == policy.NextHopPeer}
	switch a.Kind {
	case policy.At:
		n.Address = a.Addr.String()
		sameFamily = a.Addr.Is6() == w.session.V6
	case policy.NextHopSelf, policy.NextHopPeer:
		w.nextHopSet = true
	default:
		w.refuse("it cannot discard: %q", a)
	}
	if a.Kind == policy.NextHopSelf && w.dir == policy.Import {
		w.refuse("%q has no meaning in an import policy", a)
	}
	if !sameFamily {
		w.refuse("%q gives routes a next hop of the other address family", a)
	}
	w.slot(func(do *api.Actions) bool { return do.Nexthop != nil }).Nexthop = n
}

// prepend puts the AS numbers in front, last first.
func (w *actionWriter) prepend(a *policy.Prepend) {
	for i := len(a.ASNs); i > 0; {
		asn, repeat := a.ASNs[i-1], uint32(0)
		for ; i > 0 && a.ASNs[i-1] == asn && repeat < math.MaxUint8; i-- {
			repeat++
		}
		if w.dir == policy.Export && w.session.external() && asn != w.session.LocalAS {
			w.refuse("it would put AS %d in front of its own AS %d, not behind it", asn, w.session.LocalAS)
		}
		if w.dir == policy.Import && asn == w.session.LocalAS {
			w.refuse("its own AS %d on import cannot be told from the one that an export puts in front", asn)
		}
		w.path(&api.AsPrependAction{Asn: asn, Repeat: repeat})
	}
}

func (w *actionWriter) expand(a *policy.Expand) {
	if w.dir == policy.Export && w.session.external() {
		w.refuse("its own AS is already in front of the path: %q cannot repeat the AS behind it", a)
	}
	for left := a.Count; left > 0; left -= math.MaxUint8 {
		w.path(&api.AsPrependAction{UseLeftMost: true, Repeat: uint32(min(left, math.MaxUint8))})
	}
}

func (w *actionWriter) path(a *api.AsPrependAction) {
	w.slot(func(do *api.Actions) bool { return do.AsPrepend != nil }).AsPrepend = a
}

var llgrStale = policy.Std(65535, 6)

func (w *actionWriter) community(a *policy.SetCommunity) {
	var byKind [3][]string // by policy.CommunityKind
	for _, p := range a.Def.Members {
		if a.Op == policy.CommunityDelete {
			byKind[p.Literal.Kind] = append(byKind[p.Literal.Kind], w.regex(p))
		}
	}
	for _, c := range a.Def.Literals {
		if a.Op != policy.CommunityDelete && c == llgrStale {
			w.refuse("it sends no route with LLGR_STALE (%s) to peers without long-lived graceful restart", c)
		}
		if a.Op != policy.CommunityDelete {
			w.regex(policy.CommunityPattern{Literal: c})
			byKind[c.Kind] = append(byKind[c.Kind], c.Text())
		}
	}
	standard := func(typ api.CommunityAction_Type, list []string) {
		w.slot(func(do *api.Actions) bool { return do.Community != nil }).Community = &api.CommunityAction{Type: typ, Communities: list}
	}
	large := func(typ api.CommunityAction_Type, list []string) {
		w.slot(func(do *api.Actions) bool { return do.LargeCommunity != nil }).LargeCommunity = &api.CommunityAction{Type: typ, Communities: list}
	}
	typ := map[policy.CommunityOp]api.CommunityAction_Type{policy.CommunityAdd: api.CommunityAction_TYPE_ADD,
		policy.CommunityDelete: api.CommunityAction_TYPE_REMOVE, policy.CommunitySetTo: api.CommunityAction_TYPE_REPLACE}[a.Op]
	if a.Op == policy.CommunitySetTo {
		large(api.CommunityAction_TYPE_REMOVE, []string{unmarked})
		w.slot(func(do *api.Actions) bool { return do.ExtCommunity != nil }).ExtCommunity = &api.CommunityAction{Type: typ}
	}
	if len(byKind[policy.Standard]) > 0 || a.Op == policy.CommunitySetTo {
		standard(typ, byKind[policy.Standard])
	}
	if len(byKind[policy.Large]) > 0 {
		if a.Op == policy.CommunitySetTo {
			typ = api.CommunityAction_TYPE_ADD
		}
		large(typ, byKind[policy.Large])
	}
}
