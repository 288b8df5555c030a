package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Load wants each colo to serve each service ("services" is all of them) in proportion to its capacity, within so many
// percent of that share, no colo or server above its capacity at the fabric's offered load, and no flow lost, neither while the
// load balancers' tables are stale nor once they have settled.
//
// Where flows were counted, their number limits what can be told: shares that may be on either side of the tolerance or of the
// capacity by chance are Unknown. As many flows are asked for as that leaves a fabric in proportion to capacity well inside.
func Load(words []string, within float64) Check {
	return Check{
		Name: "load",
		needs: func(f *fabric.Fabric) observe.Request {
			var out observe.Request
			for _, s := range services(f, words...) {
				out.Services = append(out.Services, s.Name)
				if out.Sample = max(out.Sample, leastFlows); flowsFor(f, s, within) <= mostFlowsTo {
					out.Sample = max(out.Sample, flowsFor(f, s, within))
				}
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
	var basis samples
	for _, v := range wanted {
		var before counted // what is lost for good is not lost until somebody notices
		for _, phase := range []observe.LoadPhase{observe.Settled, observe.Stale} {
			l, found := pooled(s, v.Name, phase)
			if !found {
				out = append(out, Finding{Got: fmt.Sprintf("%s load not observed", phase)})
				continue
			}
			if bad := incomplete(f, l.Load, v); bad != "" {
				out = append(out, Finding{Got: bad})
				continue
			}
			if phase == observe.Settled {
				basis.add(l)
				if lost(l.Load) < 1-rounding {
					out = append(out, overloads(f, v, l, within)...)
				}
			}
			out = append(out, losses(l, before)...)
			before = l
		}
	}
	if len(out)+len(nothing) == 0 {
		got := fmt.Sprintf("%d services, stale and settled", len(wanted))
		if len(basis) > 0 {
			got += ", on " + basis.String()
		}
		return ok(got, want)
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
