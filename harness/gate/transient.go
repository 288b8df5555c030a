package gate

import (
	"cmp"

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
