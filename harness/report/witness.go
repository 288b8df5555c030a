package report

import (
	"fmt"
	"strings"

	"github.com/closlab/closlab/harness/gate"
)

// staged says which of the routes that closlab added live routers have met, and why the others are only predicted.
func (t *text) staged() {
	if len(t.v.Staged) == 0 {
		return
	}
	var met []string
	routes, claims := t.v.Observed()
	if routes > 0 {
		met = append(met, count(routes, "witness route"))
	}
	if claims > 0 {
		met = append(met, count(claims, "claim"))
	}
	if met == nil {
		met = []string{"none of them"}
	}
	t.linef(0, "\nobserved on %s, with the policies of before and with the candidate's: %s", t.v.Evidence.Observed, strings.Join(met, " and "))
	t.predicted()
}

// predicted says for each reason which route was not observed.
func (t *text) predicted() {
	var first []*gate.Staged // for each reason
	more := map[string]int{}
	for _, s := range t.v.Staged {
		if s.Observed {
			continue
		}
		if more[s.Why]++; more[s.Why] == 1 {
			first = append(first, s)
		}
	}
	for _, s := range first {
		others := ""
		if n := more[s.Why] - 1; n > 0 {
			others = fmt.Sprintf(" and %d more", n)
		}
		t.linef(1, "only predicted: %s on %s%s: %s", s.Route, s.Name(), others, s.Why)
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
