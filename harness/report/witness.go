package report

import (
	"fmt"

	"github.com/closlab/closlab/harness/gate"
)

// staged says which of the routes that closlab added live routers have met, and why the others are only predicted.
func (t *text) staged() {
	if len(t.v.Staged) == 0 {
		return
	}
	routes, claims := t.v.Observed()
	t.linef(0, "\nof these, live routers met %s and %s, with the policies of before and of the candidate", count(routes, "witness route"), count(claims, "claim"))
	var reasons []string
	first, more := map[string]*gate.Staged{}, map[string]int{}
	for _, s := range t.v.Staged {
		if s.Observed {
			continue
		}
		if first[s.Why] == nil {
			first[s.Why] = s
			reasons = append(reasons, s.Why)
		} else {
			more[s.Why]++
		}
	}
	for _, why := range reasons {
		others := ""
		if n := more[why]; n > 0 {
			others = fmt.Sprintf(", and %d more", n)
		}
		t.linef(1, "only predicted: %s on %s%s: %s", first[why].Route, first[why].Name(), others, why)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// witnesses is staged for machines; nil if nothing was to be observed.
func witnesses(v *gate.Verdict) *witnessesJSON {
	if len(v.Staged) == 0 {
		return nil
	}
	out := &witnessesJSON{Predicted: []predictedJSON{}}
	out.Routes, out.Claims = v.Observed()
	for _, s := range v.Staged {
		if !s.Observed {
			out.Predicted = append(out.Predicted, predictedJSON{s.Name(), s.Route.String(), s.Why})
		}
	}
	return out
}
