package report

import (
	"fmt"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
)

// transient tells which probes were lost while routers were changed and rolled back: only of the classes that lost some.
func (t *text) transient() {
	switch {
	case len(t.v.Transients) == 0:
		return
	case !t.v.LosesPackets():
		changing, _ := t.v.Probes(false)
		back, _ := t.v.Probes(true)
		t.linef(0, "\non the way no packet was lost: %d probes while changing, %d while rolling back", changing, back)
		return
	}
	t.linef(0, "\nlost on the way")
	for _, x := range t.v.Transients {
		for _, l := range x.Losses {
			if l.Lost > 0 {
				t.linef(1, "%-26s %-20s %s", x.Step, l.Class, loss(l))
			}
		}
	}
}

// loss says what became of a class' probes, some of which were lost.
func loss(l observe.Loss) string {
	out := fmt.Sprintf("%d of %d probes, longest gap %.2f s", l.Lost, l.Probes, l.Gap.Seconds())
	if l.Open > 0 {
		out += fmt.Sprintf(", %d pairs still lost at the end", l.Open)
	}
	return out
}

type transientJSON struct {
	Changing    lossJSON   `json:"changing"`     // in all steps of the roll-out
	RollingBack lossJSON   `json:"rolling_back"` // in all
	Steps       []stepJSON `json:"steps"`        // by step and invariant of kind reach
}

type stepJSON struct {
	Step        string `json:"step"`
	RollingBack bool   `json:"rolling_back"`
	Class       string `json:"class"`
	lossJSON
	Open int `json:"open"` // pairs whose last probe was lost
}

type lossJSON struct {
	Probes int     `json:"probes"`
	Lost   int     `json:"lost"`
	Gap    float64 `json:"longest_gap"` // seconds
}

func (l *lossJSON) add(x lossJSON) {
	l.Probes, l.Lost, l.Gap = l.Probes+x.Probes, l.Lost+x.Lost, max(l.Gap, x.Gap)
}

// transient returns nil if nothing was probed.
func transient(ts []gate.Transient) *transientJSON {
	if len(ts) == 0 {
		return nil
	}
	out := &transientJSON{Steps: []stepJSON{}}
	for _, t := range ts {
		sum := &out.Changing
		if t.Back {
			sum = &out.RollingBack
		}
		for _, l := range t.Losses {
			x := lossJSON{l.Probes, l.Lost, round(l.Gap.Seconds())}
			sum.add(x)
			out.Steps = append(out.Steps, stepJSON{t.Step, t.Back, l.Class, x, l.Open})
		}
	}
	return out
}
