package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// loadConfidence is how surely a share is on the side of a limit that it is judged to be on. Twice that far from the limit, where flowsFor
// puts a fabric in proportion to capacity, as surely it is judged at all.
const loadConfidence = 0.99

// leastFlows is how many flows are counted even if no share depends on chance: enough to see that one in a hundred is lost. mostFlowsTo is
// how many may be asked for: what needs more is refused.
const (
	leastFlows  = 1000
	mostFlowsTo = 1_000_000
)

// flowsFor returns how many flows to a service support the tolerance, in percent, and the offered load.
func flowsFor(f *fabric.Fabric, s *fabric.Service, within float64) int {
	var capacities []float64
	for _, c := range f.Colos {
		if slices.Contains(s.Colos, c.Name) {
			capacities = append(capacities, c.Capacity)
		}
	}
	margin := within / 100
	if f.Offered > 0 && f.Offered < 1 {
		margin = min(margin, 1/f.Offered-1)
	}
	return max(multimog.FlowsFor(capacities, margin/2, loadConfidence), leastFlows)
}

// counted is a load with those that were counted together with it added.
type counted struct {
	observe.Load
	services []string
	strays   []float64 // by colo: how far its share may be off by chance, as a part of it; zeros if the load was computed
}

// pooled returns the load of a service in a phase, if it was observed.
func pooled(s *observe.Snapshot, service string, phase observe.LoadPhase) (counted, bool) {
	i := slices.IndexFunc(s.Loads, func(l observe.Load) bool { return l.Service == service && l.Phase == phase })
	if i < 0 {
		return counted{}, false
	}
	own := s.Loads[i]
	out := counted{Load: own, services: []string{service}, strays: make([]float64, len(own.Colos))}
	if own.Flows == 0 {
		return out, true
	}
	for _, l := range s.Loads {
		if l.Service != service && l.Phase == phase && l.Pool == own.Pool && l.Flows > 0 {
			out.Load = together(out.Load, l)
			out.services = append(out.services, l.Service)
		}
	}
	out.strays = multimog.Strays(served(out.Colos), out.Flows, loadConfidence)
	return out, true
}

// together adds the flows of two loads of the same colos and servers.
func together(a, b observe.Load) observe.Load {
	n := float64(a.Flows + b.Flows)
	mean := func(x, y float64) float64 { return (x*float64(a.Flows) + y*float64(b.Flows)) / n }
	shares := func(xs, ys []observe.Share) []observe.Share {
		out := slices.Clone(xs)
		for i := range min(len(xs), len(ys)) {
			out[i].Landed, out[i].Share = mean(xs[i].Landed, ys[i].Landed), mean(xs[i].Share, ys[i].Share)
			out[i].Dropped = mean(xs[i].Dropped, ys[i].Dropped)
			out[i] = out[i].At(a.Offered)
		}
		return out
	}
	a.Lost, a.Dropped = mean(a.Lost, b.Lost), mean(a.Dropped, b.Dropped)
	a.Unanswered, a.Foreign = mean(a.Unanswered, b.Unanswered), mean(a.Foreign, b.Foreign)
	a.Colos, a.Servers = shares(a.Colos, b.Colos), shares(a.Servers, b.Servers)
	a.Flows += b.Flows
	return a
}

// Basis returns on how many flows the loads of a snapshot rest, in words; "" if all were computed, or there are none.
func Basis(s *observe.Snapshot) string {
	var out samples
	for _, l := range s.Loads {
		if pool, _ := pooled(s, l.Service, l.Phase); l.Phase == observe.Settled {
			out.add(pool)
		}
	}
	return out.String()
}

// samples is loads that were counted, of each pool one.
type samples []counted

func (s *samples) add(l counted) {
	if l.Flows > 0 && !slices.ContainsFunc(*s, func(x counted) bool { return x.Pool == l.Pool }) {
		*s = append(*s, l)
	}
}

func (s samples) String() string {
	return strings.Join(names(s, func(l counted) string { return fmt.Sprintf("%d flows to %s", l.Flows, list(l.services)) }), " and ")
}
