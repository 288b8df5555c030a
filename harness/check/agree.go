package check

import (
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// loadLevel is the probability that counted loads are said to be others than predicted, or than before, though only chance makes them
// differ: of all that is compared at a time.
const loadLevel = 0.001

// Disagreements returns where counted loads of a snapshot are not the predicted ones: by Pearson's chi-square test of what each server
// serves and of what the routers bring it, for each service and for those together that were counted together. Loads that were
// computed are left out.
func Disagreements(predicted, seen *observe.Snapshot) []string {
	var tests []test
	var out []string
	for _, l := range seen.Loads {
		if l.Flows == 0 {
			continue
		}
		i := slices.IndexFunc(predicted.Loads, func(p observe.Load) bool { return p.Service == l.Service && p.Phase == l.Phase })
		if i < 0 || len(predicted.Loads[i].Servers) != len(l.Servers) {
			out = append(out, fmt.Sprintf("%s load of %s: counted, but not predicted", l.Phase, l.Service))
			continue
		}
		tests = append(tests, against(l.Service, predicted.Loads[i], l)...)
		if pool, _ := pooled(seen, l.Service, l.Phase); l.Pool == l.Service && len(pool.services) > 1 {
			tests = append(tests, against(list(pool.services)+" together", predicted.Loads[i], pool.Load)...)
		}
	}
	for _, t := range tests {
		if says := t.says(loadLevel / float64(len(tests))); says != "" {
			out = append(out, says)
		}
	}
	return out
}

// test is counts of flows, and the predicted shares.
type test struct {
	of        string   // "settled load of web"
	classes   []string // "served by a1"
	counts    []int
	predicted []float64
}

// against returns the tests of a counted load.
func against(service string, predicted, counted observe.Load) []test {
	of := fmt.Sprintf("%s load of %s", counted.Phase, service)
	classes := func(what string) []string {
		return append(names(counted.Servers, func(s observe.Share) string { return what + " " + s.Name }), what+" no server")
	}
	rest := func(shares []float64) []float64 {
		left := 1.0
		for _, x := range shares {
			left -= x
		}
		if left < rounding {
			left = 0
		}
		return append(shares, left)
	}
	silent := number(counted, counted.Unanswered)
	return []test{
		{of, classes("served by"), flowsOf(counted, served), rest(served(predicted.Servers))},
		{of, classes("brought to"), flowsOf(counted, landed), rest(landed(predicted.Servers))},
		{of, []string{"answered", "served but not answered"}, []int{counted.Flows - silent, silent}, []float64{1, 0}},
	}
}

// says returns how the counts disagree with the prediction, in words of the class that does so most; "" if they differ by chance.
func (t test) says(level float64) string {
	fit, err := multimog.Agree(t.counts, t.predicted)
	if err != nil {
		return fmt.Sprintf("%s: it cannot be held against the prediction: %v", t.of, err)
	}
	if fit.P >= level {
		return ""
	}
	flows, worst, off := 0, 0, 0.0
	for _, n := range t.counts {
		flows += n
	}
	for i, n := range t.counts {
		d := float64(n) - float64(flows)*t.predicted[i]
		if d = d * d / t.predicted[i]; d > off {
			worst, off = i, d
		}
	}
	return fmt.Sprintf("%s: %d of %d flows are %s, predicted %.1f %%: chi-square %.0f with %d degrees of freedom, p < %.1g",
		t.of, t.counts[worst], flows, t.classes[worst], 100*t.predicted[worst], fit.Statistic, fit.Freedom, level)
}

// number returns how many of the flows of a load a share is.
func number(l observe.Load, share float64) int { return int(math.Round(share * float64(l.Flows))) }

// flowsOf returns how many flows of a counted load each server has, and how many none of them.
func flowsOf(l observe.Load, of func([]observe.Share) []float64) []int {
	var out []int
	left := l.Flows
	for _, x := range of(l.Servers) {
		n := number(l, x)
		out, left = append(out, n), left-n
	}
	return append(out, left)
}

func served(shares []observe.Share) []float64 {
	return each(shares, func(s observe.Share) float64 { return s.Share })
}

func landed(shares []observe.Share) []float64 {
	return each(shares, func(s observe.Share) float64 { return s.Landed })
}

func each(shares []observe.Share, of func(observe.Share) float64) []float64 {
	out := make([]float64, len(shares))
	for i, s := range shares {
		out[i] = of(s)
	}
	return out
}

// alike reports whether two counted loads of the same servers differ by chance alone, when so many loads are compared, and whether
// that can be told.
func alike(a, b observe.Load, loads int) (same, told bool) {
	if len(a.Servers) != len(b.Servers) {
		return false, true
	}
	same = true
	for _, of := range []func([]observe.Share) []float64{served, landed} {
		fit, err := multimog.Alike(flowsOf(a, of), flowsOf(b, of))
		if err != nil {
			return false, false
		}
		same = same && fit.P >= loadLevel/float64(2*loads)
	}
	return same, true
}
