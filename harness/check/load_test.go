package check_test

import (
	"math"
	"testing"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// settled returns the load of a service in the phase after the load balancers noticed, to be spoiled.
func load(s *observe.Snapshot, service string, phase observe.LoadPhase) *observe.Load {
	for i := range s.Loads {
		if s.Loads[i].Service == service && s.Loads[i].Phase == phase {
			return &s.Loads[i]
		}
	}
	panic("no load of " + service)
}

func TestLoad(t *testing.T) {
	t.Parallel()
	judge(t, "ok 2 services, stale and settled", func(*fabric.Fabric) check.Check { return check.Load([]string{"services"}, 10) },
		judgement{"each colo gets what the routers bring", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for _, name := range []string{"web", "web6"} {
				load(s, name, observe.Settled).Colos = []observe.Share{share("A", 0.1, 2./3), share("B", 0.9, 1./3)}
			}
		}, []string{
			"broken [B] colo B gets 90.0 % of the load with 33.3 % of the capacity: 162 % utilised at 60 % offered load (2 of 2 services)",
			"broken [A] colo A gets 10.0 % of the load with 66.7 % of the capacity: 9 % utilised at 60 % offered load (2 of 2 services)",
		}},
		judgement{"within the tolerance, but above its capacity", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos[1].Utilisation = 1.01
		}, []string{"broken [B] colo B gets 33.3 % of the load with 33.3 % of the capacity: 101 % utilised at 60 % offered load (1 of 2 services)"}},
		judgement{"flows are lost until the load balancers notice", func(_ *fabric.Fabric, s *observe.Snapshot) {
			l := load(s, "web", observe.Stale)
			l.Lost, l.Colos = 0.5, []observe.Share{share("A", 0.25, 2./3), share("B", 0.25, 1./3)}
		}, []string{"broken 50.0 % of new flows are lost until the load balancers notice (1 of 2 services)"}},
		judgement{"flows are lost that nobody counted", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos = []observe.Share{share("A", 0.64, 2./3), share("B", 0.32, 1./3)}
		}, []string{"broken 4.0 % of new flows reach no server (1 of 2 services)"}},
		judgement{"nothing comes in", func(_ *fabric.Fabric, s *observe.Snapshot) {
			l := load(s, "web", observe.Stale)
			l.Lost, l.Colos = 1, []observe.Share{share("A", 0, 2./3), share("B", 0, 1./3)}
		}, []string{"broken no new flow reaches a server (1 of 2 services)"}},
		judgement{"a share that is no number", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos[0].Factor = math.NaN()
		}, []string{"broken [A] colo A gets 66.7 % of the load with 66.7 % of the capacity: 60 % utilised at 60 % offered load (1 of 2 services)"}},
		judgement{"a phase was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) { load(s, "web", observe.Settled).Phase = "" },
			[]string{"unknown settled load not observed (1 of 2 services)"}},
		judgement{"a colo was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) {
			l := load(s, "web6", observe.Settled)
			l.Colos = l.Colos[:1]
		}, []string{"unknown settled load observed of colos A only (1 of 2 services)"}},
		judgement{"no offered load to judge capacity by", func(f *fabric.Fabric, _ *observe.Snapshot) { f.Offered = 0 },
			[]string{"unknown the fabric does not say its offered load (2 of 2 services)"}},
	)
}

func TestLoadOfNothing(t *testing.T) {
	t.Parallel()
	f := small(t)
	for want, services := range map[string][]string{
		"unknown no service to look at":                                     nil,
		"unknown no service is meant by wbe, unknown no service to look at": {"wbe"},
		"unknown no service is meant by wbe":                                {"web", "wbe"},
	} {
		c := check.Load(services, 10)
		requireBrief(t, want, c.Judge(f, healthy(f, c)))
	}
}

// Shares are what was counted; factor and utilisation follow from them.
func TestLoadJudgesWhatWasCounted(t *testing.T) {
	t.Parallel()
	judge(t, "ok 2 services, stale and settled", func(*fabric.Fabric) check.Check { return check.Load([]string{"services"}, 50) },
		judgement{"utilisation was not filled in", func(f *fabric.Fabric, s *observe.Snapshot) {
			f.Offered = 0.9
			for i := range s.Loads {
				s.Loads[i].Offered, s.Loads[i].Colos = 0.9, []observe.Share{share("A", 0.6, 2./3), share("B", 0.4, 1./3)}
				s.Loads[i].Colos[1].Utilisation = 0
			}
		}, []string{"broken [B] colo B gets 40.0 % of the load with 33.3 % of the capacity: 108 % utilised at 90 % offered load (2 of 2 services)"}},
		judgement{"the factor is not that of the shares", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos = []observe.Share{share("A", 1, 2./3), share("B", 0, 1./3)}
			load(s, "web", observe.Settled).Colos[0].Factor, load(s, "web", observe.Settled).Colos[1].Factor = 1, 1
		}, []string{"broken [B] colo B gets 0.0 % of the load with 33.3 % of the capacity: 0 % utilised at 60 % offered load (1 of 2 services)"}},
		judgement{"a colo without capacity that gets nothing", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos = []observe.Share{share("A", 1, 1), {Name: "B"}}
		}, []string{"ok 2 services, stale and settled"}},
		judgement{"a colo without capacity that gets some", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Colos = []observe.Share{share("A", 0.9, 1), {Name: "B", Share: 0.1}}
		}, []string{"broken [B] colo B gets 10.0 % of the load with 0.0 % of the capacity: +Inf % utilised at 60 % offered load (1 of 2 services)"}},
		judgement{"another offered load than the fabric's", func(f *fabric.Fabric, _ *observe.Snapshot) { f.Offered = 0.95 }, []string{
			"unknown settled load observed at 60 % offered load, not at 95 % (2 of 2 services)",
			"unknown stale load observed at 60 % offered load, not at 95 % (2 of 2 services)",
		}},
		judgement{"lost for good is not lost until somebody notices", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for i := range s.Loads {
				s.Loads[i].Lost = 0.25
				s.Loads[i].Colos = []observe.Share{share("A", 0.5, 2./3), share("B", 0.25, 1./3)}
			}
		}, []string{"broken 25.0 % of new flows reach no server (2 of 2 services)"}},
		judgement{"nothing lands: no word of how nothing is divided", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for i := range s.Loads {
				s.Loads[i].Lost, s.Loads[i].Colos = 1, []observe.Share{share("A", 0, 2./3), share("B", 0, 1./3)}
			}
		}, []string{"broken no new flow reaches a server (2 of 2 services)"}},
		judgement{"and more is lost until then", func(_ *fabric.Fabric, s *observe.Snapshot) {
			load(s, "web", observe.Settled).Lost, load(s, "web", observe.Stale).Lost = 0.1, 0.4
		}, []string{
			"broken 40.0 % of new flows are lost until the load balancers notice (1 of 2 services)",
			"broken 10.0 % of new flows reach no server (1 of 2 services)",
		}},
	)
}
