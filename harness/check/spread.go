package check

import (
	"fmt"
	"math"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// Confidence that a healthy fabric's sample stays within a tolerance that it is judged by.
const Confidence = 0.999

// Spread wants the flows from the nodes of From to To to arrive, and to pass the nodes of Over in equal shares, within so many percent
// of the equal share. If s.Flows is 0 as many are sent as the tolerance needs.
func Spread(s fabric.Spread) Check { return spread(s) }

func spread(s fabric.Spread) Check {
	return Check{
		Name:  "spread",
		needs: func(f *fabric.Fabric) observe.Request { return observe.Request{Flows: bundles(f, s)} },
		judge: func(f *fabric.Fabric, snap *observe.Snapshot) []Finding { return judgeSpread(f, snap, s) },
	}
}

// bundles divides the flows over the senders and families.
func bundles(f *fabric.Fabric, s fabric.Spread) []observe.Flows {
	var out []observe.Flows
	for _, from := range f.Select(s.From) {
		for _, fam := range fabric.Families {
			if from.Addrs[fam].IsValid() {
				out = append(out, observe.Flows{From: from.Name, To: s.To, Seed: s.Seed, V6: fam == fabric.V6})
			}
		}
	}
	flows := s.Flows
	if flows == 0 {
		flows = enough(f, s)
	}
	for i := range out {
		out[i].Count = (flows + len(out) - 1) / len(out)
	}
	return out
}

// enough returns how many flows the tolerance needs.
func enough(f *fabric.Fabric, s fabric.Spread) int {
	return max(multimog.FlowsFor(equal(len(f.Select(s.Over))), s.Within/100, Confidence), 100)
}

func equal(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func judgeSpread(f *fabric.Fabric, snap *observe.Snapshot, s fabric.Spread) []Finding {
	want := fmt.Sprintf("flows from %s to %s pass each %s in equal shares within %g %%", s.From, s.To, s.Over, s.Within)
	over, wanted := f.Select(s.Over), bundles(f, s)
	sent, via, endings := 0, map[string]int{}, map[observe.Ending]int{}
	for _, w := range wanted {
		for _, b := range snap.Bundles {
			if b.Flows != w {
				continue
			}
			sent += w.Count
			for node, n := range b.Via {
				via[node] += n
			}
			for e, n := range b.Endings {
				endings[e] += n
			}
		}
	}
	need := enough(f, s)
	switch {
	case len(over) == 0 || sent == 0:
		return unknown(fmt.Sprintf("%d flows over %d nodes seen", sent, len(over)), want)
	case sent < need:
		return unknown(fmt.Sprintf("%d flows cannot support a tolerance of %g %%: send %d", sent, s.Within, need), want)
	case endings[observe.Unknown] > 0:
		return unknown(fmt.Sprintf("%d of %d flows not observed", endings[observe.Unknown], sent), want)
	}
	var out []Finding
	for e, n := range endings {
		if e != observe.Delivered {
			out = append(out, Finding{Status: Broken, Got: fmt.Sprintf("%d of %d flows: %s", n, sent, e), Want: want})
		}
	}
	share := 1 / float64(len(over))
	for _, n := range over {
		got := float64(via[n.Name]) / float64(sent)
		if math.Abs(got-share) > share*s.Within/100 {
			out = append(out, Finding{Status: Broken, Node: n.Name, Want: want,
				Got: fmt.Sprintf("%.1f %% of the flows pass %s, want %.1f %%", 100*got, n.Name, 100*share)})
		}
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d flows over %d nodes", sent, len(over)), want)
	}
	return out
}
