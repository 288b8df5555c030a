package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// tally is the flows of a service that came to a1, a2 and b1.
type tally [3]int

// count makes a load one of so many flows, as the tally has them; what is missing is lost. Every server is brought a third.
func count(l *observe.Load, pool string, flows int, came tally) {
	of := func(n int) float64 { return float64(n) / float64(flows) }
	l.Flows, l.Pool, l.Servers, l.Colos = flows, pool, nil, nil
	lost := flows
	for i, name := range []string{"a1", "a2", "b1"} {
		s := observe.Share{Name: name, Landed: of(flows / 3), Share: of(came[i]), Want: 1. / 3}
		l.Servers = append(l.Servers, s.At(l.Offered))
		lost -= came[i]
	}
	a := l.Servers[0].Add(l.Servers[1])
	a.Name = "A"
	b := l.Servers[2]
	b.Name = "B"
	l.Colos, l.Lost = []observe.Share{a.At(l.Offered), b.At(l.Offered)}, of(lost)
}

// countAll makes all loads of a snapshot counted ones, each on so many flows in equal parts.
func countAll(s *observe.Snapshot, flows int) {
	for i := range s.Loads {
		count(&s.Loads[i], s.Loads[i].Service, 3*flows, tally{flows, flows, flows})
	}
}

func TestCountedLoad(t *testing.T) {
	t.Parallel()
	all := func(*fabric.Fabric) check.Check { return check.Load([]string{"services"}, 10) }
	counting := func(flows int, spoil func(s *observe.Snapshot)) func(*fabric.Fabric, *observe.Snapshot) {
		return func(_ *fabric.Fabric, s *observe.Snapshot) {
			countAll(s, flows)
			spoil(s)
		}
	}
	one := " (1 of 2 services)"
	judge(t, "ok 2 services, stale and settled", all,
		judgement{"enough flows", counting(3000, func(*observe.Snapshot) {}),
			[]string{"ok 2 services, stale and settled, on 9000 flows to web and 9000 flows to web6"}},
		judgement{"a colo gets too much, and drops", counting(3000, func(s *observe.Snapshot) {
			l := load(s, "web", observe.Settled)
			count(l, "web", 9000, tally{1000, 1000, 7000})
			l.Colos[1].Dropped = 2000. / 9000
		}), []string{
			"broken [B] colo B gets 77.8 % of the load with 33.3 % of the capacity: 140 % utilised at 60 % offered load, 2000 of 9000 flows dropped" + one,
			"broken [A] colo A gets 22.2 % of the load with 66.7 % of the capacity: 20 % utilised at 60 % offered load" + one,
		}},
		judgement{"near the edge of the tolerance", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{2860, 2860, 3280})
		}), []string{"unknown [B] colo B gets 36.4 % of the load with 33.3 % of the capacity: 66 % utilised at 60 % offered load; " +
			"by chance that may be 1.4 % more or less, so it is open whether it is within 10 %" + one}},
		judgement{"outside of the tolerance by chance, maybe", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{2820, 2820, 3360})
		}), []string{"unknown [B] colo B gets 37.3 % of the load with 33.3 % of the capacity: 67 % utilised at 60 % offered load; " +
			"by chance that may be 1.4 % more or less, so it is open whether it is within 10 %" + one}},
		judgement{"too few flows", counting(200, func(*observe.Snapshot) {}), []string{
			"unknown [B] 600 flows cannot support a tolerance of 10 % at 60 % offered load: count 6304; colo B gets 33.3 % of the load with 33.3 % of the capacity: " +
				"60 % utilised at 60 % offered load; by chance that may be 5.4 % more or less, so it is open whether it is within 10 % (2 of 2 services)",
		}},
		judgement{"few flows, but enough to see what is wrong", counting(200, func(s *observe.Snapshot) {
			for _, name := range []string{"web", "web6"} {
				count(load(s, name, observe.Settled), name, 600, tally{50, 50, 500})
			}
		}), []string{
			"broken [B] colo B gets 83.3 % of the load with 33.3 % of the capacity: 150 % utilised at 60 % offered load (2 of 2 services)",
			"broken [A] colo A gets 16.7 % of the load with 66.7 % of the capacity: 15 % utilised at 60 % offered load (2 of 2 services)",
		}},
		judgement{"few flows each, but counted together", counting(1400, func(s *observe.Snapshot) {
			for i := range s.Loads {
				s.Loads[i].Pool = "web"
			}
		}), []string{"ok 2 services, stale and settled, on 8400 flows to web, web6"}},
		judgement{"together a colo gets too much", counting(1400, func(s *observe.Snapshot) {
			for _, name := range []string{"web", "web6"} {
				count(load(s, name, observe.Settled), "web", 4200, tally{1150, 1150, 1900})
			}
		}), []string{
			"broken [B] colo B gets 45.2 % of the load with 33.3 % of the capacity: 81 % utilised at 60 % offered load (2 of 2 services)",
			"broken [A] colo A gets 54.8 % of the load with 66.7 % of the capacity: 49 % utilised at 60 % offered load (2 of 2 services)",
		}},
		judgement{"the capacity is near", func(f *fabric.Fabric, s *observe.Snapshot) {
			f.Offered = 0.98
			for i := range s.Loads {
				s.Loads[i].Offered = 0.98
			}
			countAll(s, 3000)
		}, []string{
			"unknown [A] 9000 flows cannot support a tolerance of 10 % at 98 % offered load: count 151349; colo A gets 66.7 % of the load with 66.7 % of the capacity: " +
				"98 % utilised at 98 % offered load; by chance that may be 2.1 % more or less, so it is open whether it is above its capacity (2 of 2 services)",
			"unknown [B] 9000 flows cannot support a tolerance of 10 % at 98 % offered load: count 151349; colo B gets 33.3 % of the load with 33.3 % of the capacity: " +
				"98 % utilised at 98 % offered load; by chance that may be 4.1 % more or less, so it is open whether it is above its capacity (2 of 2 services)",
		}},
		judgement{"a server of a colo that is well has too much", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{500, 5500, 3000})
		}), []string{"broken [a2] server a2 gets 61.1 % of the load with 33.3 % of the capacity: 110 % utilised at 60 % offered load" + one}},
		judgement{"one flow is lost", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Stale), "web", 9000, tally{3000, 3000, 2999})
		}), []string{"broken 1 of 9000 new flows are lost until the load balancers notice" + one}},
		judgement{"as many are lost for good, but for chance", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{2900, 2900, 2900})
			count(load(s, "web", observe.Stale), "web", 9000, tally{2900, 2900, 2880})
		}), []string{"broken 300 of 9000 new flows reach no server" + one}},
		judgement{"more are lost until somebody notices", counting(3000, func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{2900, 2900, 2900})
			count(load(s, "web", observe.Stale), "web", 9000, tally{2000, 2900, 2900})
		}), []string{
			"broken 1200 of 9000 new flows are lost until the load balancers notice" + one,
			"broken 300 of 9000 new flows reach no server" + one,
		}},
		judgement{"answers do not come back", counting(3000, func(s *observe.Snapshot) {
			load(s, "web", observe.Settled).Unanswered = 2. / 9000
			load(s, "web", observe.Stale).Unanswered = 2. / 9000
		}), []string{"broken 2 of 9000 new flows are served, but their answer does not come back" + one}},
	)
}

// As many flows are asked for as the tolerance and the offered load need, whichever needs more.
func TestLoadAsksForEnoughFlows(t *testing.T) {
	t.Parallel()
	f := small(t)
	for _, c := range []struct {
		within, offered float64
		flows           int
	}{{10, 0.6, 6304}, {5, 0.6, 25215}, {10, 0.97, 65901}, {10, 0, 6304}, {100, 0.2, 1000}} {
		f.Offered = c.offered
		req := check.RequestOf(f, check.Load([]string{"web"}, 50), check.Load([]string{"web"}, c.within))
		require.Equal(t, c.flows, req.Sample, "%+v", c)
		s := healthy(f, check.Load([]string{"web"}, c.within))
		for i := range s.Loads {
			n := (req.Sample + 2) / 3
			count(&s.Loads[i], "web", 3*n, tally{n, n, n})
		}
		if got := check.Load([]string{"web"}, c.within).Judge(f, s); c.offered > 0 {
			require.Equal(t, check.OK, got[0].Status, "%+v: %s", c, got[0].Got)
		}
	}
	f.Offered = 0.6
	greedy := check.Load([]string{"web"}, 0.1)
	require.Equal(t, 1000, check.RequestOf(f, greedy).Sample, "63 million are not even tried")
	few := healthy(f, greedy)
	countAll(few, 400)
	require.Contains(t, greedy.Judge(f, few)[0].Got, "1200 flows cannot support a tolerance of 0.1 % at 60 % offered load: count 63")

	f.Colos[1].Capacity = 0
	require.Equal(t, 1000, check.RequestOf(f, check.Load([]string{"web"}, 10)).Sample, "one colo with capacity leaves nothing to chance")
	s := healthy(f, check.Load([]string{"web"}, 10))
	countAll(s, 1000)
	require.Equal(t, 3000, check.RequestOf(f, check.Same(s)).Sample, "as many again")
}

func TestBasis(t *testing.T) {
	t.Parallel()
	f := small(t)
	s := healthy(f, check.Of(f)...)
	require.Empty(t, check.Basis(s))
	countAll(s, 500)
	require.Equal(t, "1500 flows to web and 1500 flows to web6", check.Basis(s))
}

func TestDisagreements(t *testing.T) {
	t.Parallel()
	f := small(t)
	for name, c := range map[string]struct {
		spoil func(s *observe.Snapshot)
		want  []string // one each, in part
	}{
		"as predicted, but for chance": {func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{3040, 2980, 2980})
		}, nil},
		"computed": {func(s *observe.Snapshot) { s.Loads[0].Flows, s.Loads[0].Servers[0].Share = 0, 1 }, nil},
		"other servers serve": {func(s *observe.Snapshot) {
			count(load(s, "web", observe.Settled), "web", 9000, tally{3000, 3300, 2700})
		}, []string{"settled load of web: 3300 of 9000 flows are served by a2, predicted 33.3 %: chi-square 60 with 2 degrees of freedom, p < "}},
		"the routers bring them elsewhere": {func(s *observe.Snapshot) {
			l := load(s, "web6", observe.Stale)
			l.Servers[0].Landed, l.Servers[1].Landed = 0.5, 1./6
		}, []string{"stale load of web6: 4500 of 9000 flows are brought to a1, predicted 33.3 %"}},
		"a flow is lost where none should be": {func(s *observe.Snapshot) {
			count(load(s, "web", observe.Stale), "web", 9000, tally{3000, 3000, 2999})
		}, []string{"stale load of web: 1 of 9000 flows are served by no server, predicted 0.0 %"}},
		"an answer is": {func(s *observe.Snapshot) { load(s, "web", observe.Stale).Unanswered = 1. / 9000 },
			[]string{"stale load of web: 1 of 9000 flows are served but not answered, predicted 0.0 %"}},
		"a little in each, but not by chance in all": {func(s *observe.Snapshot) {
			for i := range s.Loads {
				count(&s.Loads[i], "web", 9000, tally{3150, 3000, 2850})
			}
		}, []string{"settled load of web, web6 together: 6300 of 18000 flows are served by a1", "stale load of web, web6 together"}},
		"too few": {func(s *observe.Snapshot) { count(load(s, "web", observe.Stale), "web", 3, tally{1, 1, 1}) },
			[]string{"stale load of web: it cannot be held against the prediction: ", "stale load of web: it cannot be held"}},
		"not predicted": {func(s *observe.Snapshot) { s.Loads[0].Phase = "later" }, []string{"later load of web: counted, but not predicted"}},
		"other servers": {func(s *observe.Snapshot) { s.Loads[0].Servers = s.Loads[0].Servers[1:] },
			[]string{"stale load of web: counted, but not predicted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			predicted, seen := healthy(f, check.Of(f)...), healthy(f, check.Of(f)...)
			countAll(predicted, 3000)
			for i := range predicted.Loads {
				predicted.Loads[i].Flows = 0
			}
			countAll(seen, 3000)
			c.spoil(seen)
			got := check.Disagreements(predicted, seen)
			require.Len(t, got, len(c.want), strings.Join(got, "\n"))
			for i, want := range c.want {
				require.Contains(t, strings.Join(got, "\n"), want, fmt.Sprint(i))
			}
		})
	}
}

// Counted loads are the same if chance may explain how they differ.
func TestSameCountedLoads(t *testing.T) {
	t.Parallel()
	counting := func(spoil func(l *observe.Load)) func(*fabric.Fabric, *observe.Snapshot) {
		return func(_ *fabric.Fabric, s *observe.Snapshot) {
			countAll(s, 3000)
			spoil(&s.Loads[0])
		}
	}
	before := func(f *fabric.Fabric) check.Check {
		s := healthy(f, check.Of(f)...)
		countAll(s, 3000)
		return check.Same(s)
	}
	good := "ok 12 session ends, 5 routing tables, 14 trips, 2 bundles of flows, 4 loads"
	judge(t, "unknown 4 of 4 loads not observed again", before,
		judgement{"equal", counting(func(*observe.Load) {}), []string{good}},
		judgement{"by chance", counting(func(l *observe.Load) { count(l, "web", 9000, tally{3050, 2980, 2970}) }), []string{good}},
		judgement{"on fewer flows", counting(func(l *observe.Load) { count(l, "web", 900, tally{310, 290, 300}) }), []string{good}},
		judgement{"elsewhere", counting(func(l *observe.Load) { count(l, "web", 9000, tally{3300, 3000, 2700}) }),
			[]string{"broken 1 of 4 loads differ: web (stale) is distributed otherwise"}},
		judgement{"brought elsewhere", counting(func(l *observe.Load) { l.Servers[0].Landed, l.Servers[1].Landed = 0.5, 1./6 }),
			[]string{"broken 1 of 4 loads differ: web (stale) is distributed otherwise"}},
		judgement{"one is lost", counting(func(l *observe.Load) { count(l, "web", 9000, tally{3000, 3000, 2999}) }),
			[]string{"broken 1 of 4 loads differ: web (stale) is distributed otherwise"}},
		judgement{"too few to tell", counting(func(l *observe.Load) { count(l, "web", 6, tally{3, 3, 0}) }),
			[]string{"unknown 1 of 4 loads not observed again"}},
	)
}
