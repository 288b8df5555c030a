package check

import (
	"fmt"
	"net/netip"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Reach wants every pair of nodes that the selectors mean to reach each other, there and back, in every family that both
// have. to may name services and prefix groups, which stand for their owners.
func Reach(from string, to ...string) Check {
	return reach(fabric.Reach{From: []string{from}, To: to})
}

type tripKey struct {
	from, to string
	v6       bool
}

func keyOf(t observe.Trip) tripKey { return tripKey{t.From, t.To, t.V6} }

func reach(r fabric.Reach) Check {
	return Check{
		Name:  "reach",
		needs: func(f *fabric.Fabric) observe.Request { return observe.Request{Trips: pairs(f, r)} },
		judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding { return judgeReach(f, s, pairs(f, r)) },
	}
}

// pairs returns the trips to make, in fabric order.
func pairs(f *fabric.Fabric, r fabric.Reach) []observe.Trip {
	var out []observe.Trip
	for _, fam := range fabric.Families {
		if r.Family != "" && r.Family != fam.String() {
			continue
		}
		for _, from := range f.Select(r.From...) {
			if !from.Addrs[fam].IsValid() {
				continue
			}
			for _, to := range f.Select(r.To...) {
				if to != from && to.Addrs[fam].IsValid() {
					out = append(out, observe.Trip{From: from.Name, To: to.Name, V6: fam == fabric.V6})
				}
			}
			for _, name := range r.To {
				if v := f.Service(name); v != nil && fabric.FamilyOf(v.VIP) == fam {
					out = append(out, observe.Trip{From: from.Name, To: name, V6: fam == fabric.V6})
				}
			}
		}
	}
	return out
}

// loss is a way in which trips failed.
type loss struct {
	ending observe.Ending // Unknown if it was not observed
	back   bool           // on the way back
}

func judgeReach(f *fabric.Fabric, s *observe.Snapshot, wanted []observe.Trip) []Finding {
	want := "every pair reaches each other, there and back"
	if len(wanted) == 0 {
		return unknown("no pair to try", want)
	}
	seen := make(map[tripKey]observe.Trip, len(s.Trips))
	for _, t := range s.Trips {
		seen[keyOf(t)] = t
	}
	var order []loss
	lost := map[loss][]observe.Trip{}
	for _, w := range wanted {
		t, found := seen[keyOf(w)]
		if found && t.Arrived() {
			continue
		}
		l := loss{ending: t.Out.Ending}
		if l.ending == observe.Delivered {
			l = loss{t.Back.Ending, true}
		}
		if !found {
			t = w
		}
		if lost[l] == nil {
			order = append(order, l)
		}
		lost[l] = append(lost[l], t)
	}
	if len(order) == 0 {
		return ok(fmt.Sprintf("%d of %d pairs", len(wanted), len(wanted)), want)
	}
	var out []Finding
	for _, l := range order {
		out = append(out, l.finding(f, lost[l], len(wanted), want))
	}
	return out
}

// finding tells of the trips that were lost in one way; its place is that of the first.
func (l loss) finding(f *fabric.Fabric, trips []observe.Trip, tried int, want string) Finding {
	first := trips[0]
	w, dest, way := first.Out, address(f, first.To, first.V6), ""
	if l.back {
		w, dest, way = first.Back, address(f, first.From, first.V6), " on the way back"
	}
	out := Finding{Status: Broken, Node: w.At(), Want: want}
	if l.ending == observe.Unknown {
		out.Status = Unknown
	}
	if dest.IsValid() {
		out.Prefix = dest.String()
	}
	some := ""
	if w.Lost > 0 && w.Lost < 1 {
		some = fmt.Sprintf(" on %.0f %% of its paths", 100*w.Lost)
	}
	out.Got = fmt.Sprintf("%d of %d pairs lost: %s%s%s, as %s to %s%s", len(trips), tried, l.ending, places(l, trips), way, first.From, first.To, some)
	return out
}

// places lists the nodes where trips ended, with how many did at each if there are several.
func places(l loss, trips []observe.Trip) string {
	var order []string
	count := map[string]int{}
	for _, t := range trips {
		w := t.Out
		if l.back {
			w = t.Back
		}
		if count[w.At()] == 0 {
			order = append(order, w.At())
		}
		count[w.At()]++
	}
	if len(order) == 1 {
		if order[0] == "" {
			return ""
		}
		return " at " + order[0]
	}
	for i, n := range order {
		order[i] = fmt.Sprintf("%s (%d)", n, count[n])
	}
	return " at " + list(order)
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
