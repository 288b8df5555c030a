package gate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/observe"
)

// Transient is what was lost on the way from one observed state to the next.
type Transient struct {
	Step   string
	Back   bool           // while rolling back
	Losses []observe.Loss // by invariant of kind reach, in fabric order
}

// Probes returns how many probes were sent and lost, while changing or while rolling back.
func (v *Verdict) Probes(back bool) (sent, lost int) {
	for _, t := range v.Transients {
		for _, l := range t.Losses {
			if t.Back == back {
				sent, lost = sent+l.Probes, lost+l.Lost
			}
		}
	}
	return sent, lost
}

// LosesPackets reports whether a probe was lost while something was changed or rolled back.
func (v *Verdict) LosesPackets() bool {
	_, changing := v.Probes(false)
	_, back := v.Probes(true)
	return changing+back > 0
}

// classes returns what to probe while something changes: of each invariant of kind reach the trips that arrive at the baseline.
func (g *gate) classes(baseline *observe.Snapshot) []observe.Class {
	type pair struct {
		from, to string
		v6       bool
	}
	arrived := map[pair]bool{}
	for _, t := range baseline.Trips {
		arrived[pair{t.From, t.To, t.V6}] = t.Arrived()
	}
	var out []observe.Class
	for _, c := range check.Classes(g.base.Fabric) {
		all := len(c.Trips)
		c.Trips = slices.DeleteFunc(c.Trips, func(t observe.Trip) bool { return !arrived[pair{t.From, t.To, t.V6}] })
		if len(c.Trips) == 0 {
			g.v.Unknowns = append(g.v.Unknowns, fmt.Sprintf("observation: baseline: none of the %d pairs of %s arrives: "+
				"what a change of it loses on the way cannot be told", all, c.Name))
			continue
		}
		out = append(out, c)
	}
	return out
}

// during makes a change while probes are sent, if the live runtime can, and notes what was lost.
func (g *gate) during(live *Live, classes []observe.Class, t Transient, change func() error) error {
	if live.Stream == nil || len(classes) == 0 {
		return change()
	}
	stop, err := live.Stream(classes)
	if err != nil {
		return err
	}
	changed := change()
	t.Losses, err = stop()
	if err := cmp.Or(changed, err); err != nil {
		return err
	}
	g.v.Transients = append(g.v.Transients, t)
	return nil
}
