package check

import (
	"fmt"
	"math"

	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// lost returns the share of new flows that no colo serves, whether the snapshot counts it as lost or not at all.
func lost(l observe.Load) float64 {
	served := 0.0
	for _, c := range l.Colos {
		served += c.Share
	}
	return max(l.Lost, 1-served)
}

// losses returns what is lost in a phase beyond what is lost in the one judged before, and what is served to no avail.
func losses(l, before counted) []Finding {
	var out []Finding
	lost, anyway := lost(l.Load), lost(before.Load)
	if before.Colos == nil {
		anyway = 0
	}
	switch {
	case lost <= anyway+chance(l, before, lost, anyway)+rounding:
	case lost > 1-rounding:
		out = append(out, Finding{Status: Broken, weight: math.Inf(1), Got: "no new flow reaches a server"})
	case l.Phase == observe.Stale:
		out = append(out, Finding{Status: Broken, weight: math.Inf(1), Got: part(l, lost) + " are lost until the load balancers notice"})
	default:
		out = append(out, Finding{Status: Broken, Got: part(l, lost) + " reach no server"})
	}
	if l.Unanswered > 0 && !(l.Unanswered <= before.Unanswered+chance(l, before, l.Unanswered, before.Unanswered)) {
		out = append(out, Finding{Status: Broken, Got: part(l, l.Unanswered) + " are served, but their answer does not come back"})
	}
	return out
}

// part says which part of the flows a share is.
func part(l counted, share float64) string {
	if l.Flows > 0 {
		return fmt.Sprintf("%d of %d new flows", number(l.Load, share), l.Flows)
	}
	return fmt.Sprintf("%.1f %% of new flows", 100*share)
}

// chance returns how far two counted shares may differ by chance. One that is 0 does not depend on chance: then what there is of the other is too much.
func chance(a, b counted, x, y float64) float64 {
	if a.Flows == 0 || b.Flows == 0 || y == 0 {
		return 0
	}
	stray := func(p float64, flows int) float64 {
		return p * multimog.Strays([]float64{p, 1 - p}, flows, loadConfidence)[0]
	}
	return math.Hypot(stray(x, a.Flows), stray(y, b.Flows))
}
