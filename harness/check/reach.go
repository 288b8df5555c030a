package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Reach wants every pair of nodes that the selectors mean to reach each other, there and back, on every equal-cost path and in
// every family that both have. to may name services ("services" is all of them) and prefix groups, which stand for their owners.
func Reach(from string, to ...string) Check {
	return reach(fabric.Reach{From: []string{from}, To: to})
}

func reach(r fabric.Reach) Check {
	return Check{
		Name:  "reach",
		needs: func(f *fabric.Fabric) observe.Request { return observe.Request{Trips: pairs(f, r)} },
		judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding { return judgeReach(f, s, r) },
	}
}

// Classes returns the trips of every invariant that wants nodes to reach each other, under its name.
func Classes(f *fabric.Fabric) []observe.Class {
	var out []observe.Class
	for _, i := range f.Invariants {
		if i.Reach != nil {
			out = append(out, observe.Class{Name: i.Name, Trips: pairs(f, *i.Reach)})
		}
	}
	return out
}

type tripKey struct {
	from, to string
	v6       bool
}

func keyOf(t observe.Trip) tripKey { return tripKey{t.From, t.To, t.V6} }

// pairs returns the trips to make, in fabric order.
func pairs(f *fabric.Fabric, r fabric.Reach) []observe.Trip {
	senders, targets, vips := f.Select(r.From...), f.Select(r.To...), services(f, r.To...)
	var out []observe.Trip
	for _, fam := range fabric.Families {
		if r.Family != "" && r.Family != fam.String() {
			continue
		}
		for _, from := range senders {
			if !from.Addrs[fam].IsValid() {
				continue
			}
			for _, to := range targets {
				if to != from && to.Addrs[fam].IsValid() {
					out = append(out, observe.Trip{From: from.Name, To: to.Name, V6: fam == fabric.V6})
				}
			}
			for _, v := range vips {
				if fabric.FamilyOf(v.VIP) == fam {
					out = append(out, observe.Trip{From: from.Name, To: v.Name, V6: fam == fabric.V6})
				}
			}
		}
	}
	return out
}

// alone returns what the claim names but no trip touches, for want of a common address family.
func alone(f *fabric.Fabric, r fabric.Reach, trips []observe.Trip) []string {
	paired := map[string]bool{}
	for _, t := range trips {
		paired[t.From], paired[t.To] = true, true
	}
	var out []string
	for _, n := range f.Select(slices.Concat(r.From, r.To)...) {
		out = append(out, n.Name)
	}
	for _, v := range services(f, r.To...) {
		if r.Family == "" || r.Family == fabric.FamilyOf(v.VIP).String() {
			out = append(out, v.Name)
		}
	}
	return slices.DeleteFunc(out, func(name string) bool { return paired[name] })
}

// loss is a way in which trips failed.
type loss struct {
	ending observe.Ending // Unknown if it was not observed; Delivered if only some paths lose
	back   bool           // on the way back
}

// fate returns how a trip failed, or false if it arrived on every path.
func fate(t observe.Trip) (loss, bool) {
	switch {
	case t.Out.Ending != observe.Delivered || t.Out.Lost != 0:
		return loss{t.Out.Ending, false}, true
	case t.Back.Ending != observe.Delivered || t.Back.Lost != 0:
		return loss{t.Back.Ending, true}, true
	}
	return loss{}, false
}

// of returns the part of the trip that was lost.
func (l loss) of(t observe.Trip) observe.Walk {
	if l.back {
		return t.Back
	}
	return t.Out
}

func judgeReach(f *fabric.Fabric, s *observe.Snapshot, r fabric.Reach) []Finding {
	want, wanted := "every pair reaches each other, there and back", pairs(f, r)
	out := append(meaningless(r.From, "node", nodes(f), want), meaningless(r.To, "node or service", nodesOrServices(f), want)...)
	if len(wanted) == 0 {
		return append(out, unknown("no pair to try", want)...)
	}
	if names := alone(f, r, wanted); len(names) > 0 {
		out = append(out, unknown("no pair that shares an address family with "+list(names), want)...)
	}
	seen := make(map[tripKey]observe.Trip, len(s.Trips))
	for _, t := range s.Trips {
		seen[keyOf(t)] = t
	}
	var order []loss
	lost, families := map[loss][]observe.Trip{}, map[bool]bool{}
	for _, w := range wanted {
		families[w.V6] = true
		t, found := seen[keyOf(w)]
		if !found {
			t = w
		}
		l, failed := fate(t)
		if !failed {
			continue
		}
		if lost[l] == nil {
			order = append(order, l)
		}
		lost[l] = append(lost[l], t)
	}
	for _, l := range order {
		out = append(out, l.finding(f, lost[l], len(wanted), len(families) > 1, want))
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d of %d pairs", len(wanted), len(wanted)), want)
	}
	return out
}

// finding tells of the trips that were lost in one way; its place is that of the first.
func (l loss) finding(f *fabric.Fabric, trips []observe.Trip, tried int, dual bool, want string) Finding {
	first := trips[0]
	w, to := l.of(first), first.To
	if l.back {
		to = first.From
	}
	out := Finding{Status: Broken, Node: w.At(), Want: want}
	if a := address(f, to, first.V6); a.IsValid() {
		out.Prefix = a.String()
	}
	example := fmt.Sprintf("as %s to %s", first.From, first.To)
	if dual && !slices.ContainsFunc(trips, func(t observe.Trip) bool { return t.V6 != first.V6 }) {
		example += ", all " + fabric.Families[map[bool]int{true: 1}[first.V6]].String()
	}
	if w.Lost > 0 && w.Lost < 1 {
		example += fmt.Sprintf(", on %.0f %% of its paths", 100*w.Lost)
	}
	what := l.ending.String()
	switch l.ending {
	case observe.Unknown:
		out.Status = Unknown
		out.Got = fmt.Sprintf("%d of %d pairs not observed, %s", len(trips), tried, example)
		if first.Why != "" {
			out.Got += ": " + first.Why
		}
		return out
	case observe.Delivered:
		what = "some paths lose them" // the walk does not say how
	}
	if l.back {
		example = "on the way back, " + example
	}
	out.Got = fmt.Sprintf("%d of %d pairs lost: %s%s %s", len(trips), tried, what, places(l, trips), example)
	return out
}

// places lists the nodes where trips ended, with how many did at each if there are several.
func places(l loss, trips []observe.Trip) string {
	var order []string
	count := map[string]int{}
	for _, t := range trips {
		at := l.of(t).At()
		if count[at] == 0 {
			order = append(order, at)
		}
		count[at]++
	}
	if len(order) == 1 {
		if order[0] == "" {
			return ","
		}
		return " at " + order[0] + ","
	}
	for i, n := range order {
		order[i] = fmt.Sprintf("%s (%d)", n, count[n])
	}
	return " at " + list(order) + ","
}

// address returns where packets to a node or service go.
func address(f *fabric.Fabric, name string, v6 bool) netip.Addr {
	if v := f.Service(name); v != nil {
		return v.VIP
	}
	if n := f.Node(name); n != nil {
		return n.Addrs[map[bool]fabric.Family{true: fabric.V6}[v6]]
	}
	return netip.Addr{}
}
