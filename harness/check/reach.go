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

// loss is a way in which trips failed: at which node, how, and in which direction.
type loss struct {
	at      string
	ending  observe.Ending
	v6      bool
	missing bool // not observed
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
		l := lossOf(t, found)
		if lost[l] == nil {
			order = append(order, l)
		}
		if !found {
			t = w
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

func lossOf(t observe.Trip, found bool) loss {
	w := failing(t)
	return loss{at: w.At(), ending: w.Ending, v6: t.V6, missing: !found}
}

// failing returns the way that did not arrive.
func failing(t observe.Trip) observe.Walk {
	if t.Out.Ending == observe.Delivered {
		return t.Back
	}
	return t.Out
}

func (l loss) finding(f *fabric.Fabric, trips []observe.Trip, tried int, want string) Finding {
	first := trips[0]
	family := map[bool]fabric.Family{true: fabric.V6}[l.v6]
	out := Finding{Status: Broken, Node: l.at, Want: want}
	how := l.ending.String()
	if l.missing || l.ending == observe.Unknown {
		out.Status, how = Unknown, "not observed"
	}
	direction, dest := "", address(f, first.To, family)
	if first.Out.Ending == observe.Delivered && !l.missing {
		direction, dest = " on the way back", address(f, first.From, family)
	}
	if dest.IsValid() {
		out.Prefix = dest.String()
	}
	some := ""
	if w := failing(first); w.Lost > 0 && w.Lost < 1 {
		some = fmt.Sprintf(" on %.0f %% of its paths", 100*w.Lost)
	}
	at := ""
	if l.at != "" {
		at = " at " + l.at
	}
	out.Got = fmt.Sprintf("%d of %d pairs (%s): %s%s%s, as %s to %s%s", len(trips), tried, family, how, at, direction, first.From, first.To, some)
	return out
}

// address returns where packets to a node or service go.
func address(f *fabric.Fabric, name string, family fabric.Family) netip.Addr {
	if v := f.Service(name); v != nil {
		return v.VIP
	}
	if n := f.Node(name); n != nil {
		return n.Addrs[family]
	}
	return netip.Addr{}
}
