package check

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/observe"
)

// compareTraffic returns at most one finding each for trips, flows and loads that end otherwise than before, and for those
// of which it was not observed both times how they end.
func compareTraffic(before, after *observe.Snapshot) []Finding {
	trips, bundles, loads := tally{kind: "trips"}, tally{kind: "bundles of flows"}, tally{kind: "loads"}
	seen := make(map[tripKey]observe.Trip, len(after.Trips))
	for _, t := range after.Trips {
		seen[keyOf(t)] = t
	}
	for _, b := range before.Trips {
		a, found := seen[keyOf(b)]
		same := sameWalk(a.Out, b.Out) && sameWalk(a.Back, b.Back)
		trips.why = cmp.Or(trips.why, a.Why)
		trips.add(found && told(a) && told(b), same, func() string {
			return fmt.Sprintf("%s to %s is %s, was %s", b.From, b.To, outcome(a), outcome(b))
		})
	}
	for _, b := range before.Bundles {
		i := slices.IndexFunc(after.Bundles, func(a observe.Bundle) bool { return a.Flows == b.Flows })
		same := i >= 0 && maps.Equal(after.Bundles[i].Endings, b.Endings) && maps.Equal(after.Bundles[i].Via, b.Via)
		told := i >= 0 && after.Bundles[i].Endings[observe.Unknown] == 0 && b.Endings[observe.Unknown] == 0
		bundles.add(told, same, func() string { return fmt.Sprintf("%s to %s takes other ways", b.Flows.From, b.Flows.To) })
	}
	for _, b := range before.Loads {
		i := slices.IndexFunc(after.Loads, func(a observe.Load) bool { return a.Service == b.Service && a.Phase == b.Phase && a.V6 == b.V6 })
		var same, told bool
		if i >= 0 {
			same, told = sameLoad(after.Loads[i], b, len(before.Loads))
		}
		loads.add(told, same, func() string {
			return fmt.Sprintf("%s (%s) is distributed otherwise", b.Service, b.Phase)
		})
	}
	return slices.Concat(trips.findings(), bundles.findings(), loads.findings())
}

// tally counts what differs among things of one kind.
type tally struct {
	kind                   string
	all, unseen, different int
	why                    string // one was not seen, if known
	first                  string // of the different ones, in words
}

func (t *tally) add(seen, same bool, words func() string) {
	t.all++
	switch {
	case !seen:
		t.unseen++
	case !same:
		if t.different++; t.different == 1 {
			t.first = words()
		}
	}
}

func (t *tally) findings() []Finding {
	var out []Finding
	if t.unseen > 0 {
		f := Finding{Got: fmt.Sprintf("%d of %d %s not observed again", t.unseen, t.all, t.kind)}
		if t.why != "" {
			f.Got += ": " + t.why
		}
		out = append(out, f)
	}
	if t.different > 0 {
		out = append(out, Finding{Status: Broken, Got: fmt.Sprintf("%d of %d %s differ: %s", t.different, t.all, t.kind, t.first)})
	}
	return out
}

// told reports whether it is known what became of a trip.
func told(t observe.Trip) bool {
	l, failed := fate(t)
	return !failed || l.ending != observe.Unknown
}

func outcome(t observe.Trip) string {
	l, failed := fate(t)
	if !failed {
		return "delivered"
	}
	w, what := l.of(t), l.ending.String()
	if l.ending == observe.Delivered {
		what = "lost" // the walk does not say how
	}
	what += " at " + w.At()
	if w.Lost > 0 && w.Lost < 1 {
		what += fmt.Sprintf(" on %.0f %% of its paths", 100*w.Lost)
	}
	return what
}

func near(a, b float64) bool { return a == b || math.Abs(a-b) <= rounding }

func sameWalk(a, b observe.Walk) bool { return a.Ending == b.Ending && near(a.Lost, b.Lost) }

// sameLoad reports whether a load is the same as before, one of so many, and whether that can be told: of two that were counted, but
// for chance.
func sameLoad(a, b observe.Load, loads int) (same, told bool) {
	some := func(x, y float64) bool { return (x > 0) == (y > 0) }
	switch {
	case (a.Flows > 0) != (b.Flows > 0):
		return false, false
	case a.Flows > 0:
		same, told = alike(a, b, loads)
		return same && near(a.Offered, b.Offered) && some(a.Lost, b.Lost) && some(a.Unanswered, b.Unanswered), told
	}
	shares := func(x, y observe.Share) bool {
		return x.Name == y.Name && near(x.Landed, y.Landed) && near(x.Share, y.Share) && near(x.Dropped, y.Dropped) &&
			near(x.Want, y.Want) && near(x.Utilisation, y.Utilisation)
	}
	return near(a.Lost, b.Lost) && near(a.Foreign, b.Foreign) && near(a.Offered, b.Offered) &&
		slices.EqualFunc(a.Colos, b.Colos, shares) && slices.EqualFunc(a.Servers, b.Servers, shares), true
}
