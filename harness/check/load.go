package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Load wants each colo to serve each service ("services" is all of them) in proportion to its capacity, within so many
// percent of that share, no colo above its capacity at the fabric's offered load, and no flow lost, neither while the
// load balancers' tables are stale nor once they have settled.
func Load(words []string, within float64) Check {
	return Check{
		Name: "load",
		needs: func(f *fabric.Fabric) observe.Request {
			var out observe.Request
			for _, s := range services(f, words...) {
				out.Services = append(out.Services, s.Name)
			}
			return out
		},
		judge: func(f *fabric.Fabric, s *observe.Snapshot) []Finding { return judgeLoad(f, s, words, within) },
	}
}

func judgeLoad(f *fabric.Fabric, s *observe.Snapshot, words []string, within float64) []Finding {
	want := fmt.Sprintf("load in proportion to capacity within %g %%, no colo above its capacity, nothing lost", within)
	nothing := meaningless(words, "service", func(w string) bool { return len(services(f, w)) > 0 }, want)
	wanted := services(f, words...)
	if len(wanted) == 0 {
		return append(nothing, unknown("no service to look at", want)...)
	}
	var out []Finding
	for _, v := range wanted {
		lasting := 0.0 // what is lost for good is not lost until somebody notices
		for _, phase := range []observe.LoadPhase{observe.Settled, observe.Stale} {
			i := slices.IndexFunc(s.Loads, func(l observe.Load) bool { return l.Service == v.Name && l.Phase == phase })
			if i < 0 {
				out = append(out, Finding{Got: fmt.Sprintf("%s load not observed", phase)})
				continue
			}
			l := s.Loads[i]
			if bad := incomplete(f, l, v); bad != "" {
				out = append(out, Finding{Got: bad})
				continue
			}
			if phase == observe.Settled && lost(l) < 1-rounding {
				out = append(out, overloads(l, within)...)
			}
			out = append(out, losses(l, lasting)...)
			lasting = lost(l)
		}
	}
	if len(out)+len(nothing) == 0 {
		return ok(fmt.Sprintf("%d services, stale and settled", len(wanted)), want)
	}
	for i := range out {
		out[i].Want = want
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(b.weight, a.weight) })
	return append(nothing, perService(out, len(wanted))...)
}

// rounding is what sums of shares may be off by.
const rounding = 1e-9

// incomplete returns why a load cannot be judged, "" if it can.
func incomplete(f *fabric.Fabric, l observe.Load, v *fabric.Service) string {
	colos := names(l.Colos, func(c observe.Share) string { return c.Name })
	switch {
	case slices.ContainsFunc(v.Colos, func(name string) bool { return !slices.Contains(colos, name) }):
		return fmt.Sprintf("%s load observed of colos %s only", l.Phase, list(colos))
	case !(f.Offered > 0):
		return "the fabric does not say its offered load"
	case !near(l.Offered, f.Offered):
		return fmt.Sprintf("%s load observed at %.0f %% offered load, not at %.0f %%", l.Phase, 100*l.Offered, 100*f.Offered)
	}
	return ""
}

// overloads returns which colos, as Node, get another share than their capacity's, or more than it. Factor and Utilisation are
// held against the shares that they come from.
func overloads(l observe.Load, within float64) []Finding {
	var out []Finding
	near1 := func(factor float64) bool { return math.Abs(factor-1) <= within/100 }
	for _, c := range l.Colos {
		if c.Share == 0 && c.Want == 0 {
			continue
		}
		factor := c.Share / c.Want
		full := max(c.Utilisation, l.Offered*factor)
		if !near1(factor) || !near1(c.Factor) || !(full <= 1+rounding) {
			out = append(out, Finding{Status: Broken, Node: c.Name, weight: full,
				Got: fmt.Sprintf("colo %s gets %.1f %% of the load with %.1f %% of the capacity: %.0f %% utilised at %.0f %% offered load",
					c.Name, 100*c.Share, 100*c.Want, 100*full, 100*l.Offered)})
		}
	}
	return out
}

// lost returns the share of new flows that no colo serves, whether the snapshot counts it as lost or not at all.
func lost(l observe.Load) float64 {
	served := 0.0
	for _, c := range l.Colos {
		served += c.Share
	}
	return max(l.Lost, 1-served)
}

// losses returns what is lost in a phase beyond what is lost anyway.
func losses(l observe.Load, anyway float64) []Finding {
	lost := lost(l)
	switch {
	case lost <= anyway+rounding:
		return nil
	case lost > 1-rounding:
		return []Finding{{Status: Broken, weight: math.Inf(1), Got: "no new flow reaches a server"}}
	case l.Phase == observe.Stale:
		return []Finding{{Status: Broken, weight: math.Inf(1), Got: fmt.Sprintf("%.1f %% of new flows are lost until the load balancers notice", 100*lost)}}
	}
	return []Finding{{Status: Broken, Got: fmt.Sprintf("%.1f %% of new flows reach no server", 100*lost)}}
}

// perService makes one finding of those that say the same of several services.
func perService(fs []Finding, services int) []Finding {
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
		out[i].Got = fmt.Sprintf("%s (%d of %d services)", out[i].Got, min(n, services), services)
	}
	return out
}
