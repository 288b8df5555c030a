package check_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func TestStatusIsUnknownUnlessSaid(t *testing.T) {
	t.Parallel()
	require.Equal(t, check.Unknown, check.Finding{}.Status)
	for s, want := range map[check.Status]string{check.Unknown: "unknown", check.OK: "ok", check.Broken: "broken", check.Waived: "waived"} {
		require.Equal(t, want, s.String())
	}
}

// Of makes a check of every invariant, under its name, and all hold in a healthy fabric.
func TestOfInvariants(t *testing.T) {
	t.Parallel()
	f := small(t)
	checks := check.Of(f)
	require.Len(t, checks, len(f.Invariants))
	s := healthy(f, checks...)
	for i, c := range checks {
		fs := c.Judge(f, s)
		require.Len(t, fs, 1, c.Name)
		require.Equal(t, f.Invariants[i].Name, fs[0].Check)
		require.Equal(t, check.OK, fs[0].Status, "%s: %s", c.Name, fs[0].Got)
	}
	empty := check.OfInvariants([]*fabric.Invariant{{Name: "says nothing"}})
	requireBrief(t, "unknown no claim", empty[0].Judge(f, s))
}

func TestRequestAsksForEachThingOnce(t *testing.T) {
	t.Parallel()
	f := small(t)
	once, twice := check.RequestOf(f, check.Of(f)...), check.RequestOf(f, slices.Concat(check.Of(f), check.Of(f))...)
	require.Equal(t, once, twice)
	require.Len(t, once.Trips, 12+2)
	require.Len(t, once.Flows, 2)
	require.Equal(t, []string{"web", "web6"}, once.Services)
}

// Nothing is fine in a fabric of which nothing was seen.
func TestNothingSeenIsUnknown(t *testing.T) {
	t.Parallel()
	f := small(t)
	for _, c := range append(check.Of(f), check.Same(healthy(f, check.Of(f)...))) {
		for _, x := range c.Judge(f, &observe.Snapshot{}) {
			require.Equal(t, check.Unknown, x.Status, "%s: %s", x.Check, x.Got)
		}
	}
}

// Whatever single thing is taken out of what was seen, some check notices, and no check is OK for want of it.
func TestNoCheckIsOKByAbsence(t *testing.T) {
	t.Parallel()
	f := small(t)
	checks := check.Of(f)
	rapid.Check(t, func(t *rapid.T) {
		s := healthy(f, checks...)
		take := map[string]func(){
			"session": func() { s.Sessions = without(t, s.Sessions) },
			"table": func() {
				delete(s.Tables, rapid.SampledFrom([]string{"spine1", "spine2", "leafA", "leafB"}).Draw(t, "router"))
			},
			"trip":   func() { s.Trips = without(t, s.Trips) },
			"bundle": func() { s.Bundles = without(t, s.Bundles) },
			"load":   func() { s.Loads = without(t, s.Loads) },
		}
		kind := rapid.SampledFrom([]string{"session", "table", "trip", "bundle", "load"}).Draw(t, "kind")
		take[kind]()
		var statuses []check.Status
		for _, c := range append(slices.Clone(checks), check.Same(healthy(f, checks...))) {
			fs := c.Judge(f, s)
			require.NotEmpty(t, fs)
			for _, x := range fs {
				require.Equal(t, c.Name, x.Check)
				require.NotEqual(t, check.Broken, x.Status, "%s: %s", x.Check, x.Got)
				statuses = append(statuses, x.Status)
			}
		}
		require.Contains(t, statuses, check.Unknown, "a %s less", kind)
	})
}

// without returns the list without one of its members.
func without[T any](t *rapid.T, xs []T) []T {
	i := rapid.IntRange(0, len(xs)-1).Draw(t, "which")
	return slices.Delete(slices.Clone(xs), i, i+1)
}

// Of two claims in one invariant one would be passed over.
func TestAnInvariantOfTwoClaims(t *testing.T) {
	t.Parallel()
	f := small(t)
	c := check.OfInvariants([]*fabric.Invariant{{Name: "two", Sessions: &fabric.SessionsUp{At: []string{"all"}}, Only: &fabric.Only{Prefixes: []string{"anycast"}, Toward: []string{"transit"}}}})[0]
	requireBrief(t, "unknown 2 claims in one invariant", c.Judge(f, healthy(f, c)))
	requireBrief(t, "unknown no claim", check.Check{}.Judge(f, healthy(f)))
	requireBrief(t, "unknown no snapshot", check.SessionsUp().Judge(f, nil))
}
