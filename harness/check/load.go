package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Load wants each colo to serve each service in proportion to its capacity, within so many percent of that share, no colo
// above its capacity at the fabric's offered load, and no flow lost.
func Load(services []string, within float64) Check {
	want := fmt.Sprintf("load in proportion to capacity within %g %%, no colo above its capacity, nothing lost", within)
	return Check{
		Name:  "load",
		needs: func(*fabric.Fabric) observe.Request { return observe.Request{Services: services} },
		judge: func(_ *fabric.Fabric, s *observe.Snapshot) []Finding {
			if len(services) == 0 {
				return unknown("no service to look at", want)
			}
			var out []Finding
			for _, name := range services {
				for _, phase := range []observe.LoadPhase{observe.Stale, observe.Settled} {
					i := slices.IndexFunc(s.Loads, func(l observe.Load) bool { return l.Service == name && l.Phase == phase })
					if i < 0 || len(s.Loads[i].Colos) == 0 {
						out = append(out, Finding{Status: Unknown, Prefix: "", Got: fmt.Sprintf("%s: its load was not observed (%s)", name, phase), Want: want})
						continue
					}
					out = append(out, overloads(s.Loads[i], within, want)...)
				}
			}
			if len(out) == 0 {
				return ok(fmt.Sprintf("%d services", len(services)), want)
			}
			slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(b.weight, a.weight) })
			return byColo(out, services)
		},
	}
}

// overloads returns what is wrong with the load of one service in one phase; Node is the colo.
func overloads(l observe.Load, within float64, want string) []Finding {
	var out []Finding
	served := 0.0
	for _, c := range l.Colos {
		served += c.Share
		if l.Phase == observe.Stale {
			continue // what is lost counts then, not where the rest goes
		}
		off := 100 * math.Abs(c.Factor-1)
		if off > within || c.Utilisation > 1 {
			out = append(out, Finding{Status: Broken, Node: c.Name, Want: want, weight: c.Utilisation,
				Got: fmt.Sprintf("colo %s gets %.1f %% of the load with %.1f %% of the capacity: %.0f %% utilised at %.0f %% offered load",
					c.Name, 100*c.Share, 100*c.Want, 100*c.Utilisation, 100*l.Offered)})
		}
	}
	switch {
	case served+l.Lost < 1e-9:
		out = append(out, Finding{Status: Broken, Got: "no flow comes in at all", Want: want})
	case l.Lost > 1e-9 && l.Phase == observe.Stale:
		out = append(out, Finding{Status: Broken, Want: want, weight: math.Inf(1),
			Got: fmt.Sprintf("%.1f %% of new flows are lost until the load balancers notice", 100*l.Lost)})
	case l.Lost > 1e-9:
		out = append(out, Finding{Status: Broken, Want: want, Got: fmt.Sprintf("%.1f %% of new flows reach no server", 100*l.Lost)})
	}
	return out
}

// byColo makes one finding of those that say the same of several services.
func byColo(fs []Finding, services []string) []Finding {
	var out []Finding
	count := map[int]int{}
	for _, f := range fs {
		i := slices.IndexFunc(out, func(o Finding) bool { return o.Status == f.Status && o.Got == f.Got })
		if i < 0 {
			i = len(out)
			out = append(out, f)
		}
		count[i]++
	}
	for i, n := range count {
		out[i].Got = fmt.Sprintf("%s (%d of %d services)", out[i].Got, n, len(services))
	}
	return out
}
