package probe

import (
	"time"

	"github.com/closlab/closlab/harness/observe"
)

// sent is a probe of a stream.
type sent struct {
	class, pair int
	at          time.Duration // since the stream began
}

// losses returns the loss of each class; answered says of each probe in the log whether it was.
func losses(classes []string, log []sent, answered func(int) bool, end time.Duration) []observe.Loss {
	type key struct{ class, pair int }
	last := map[key]time.Duration{} // when the last probe went out that was answered
	losing := map[key]bool{}
	out := make([]observe.Loss, len(classes))
	for i, c := range classes {
		out[i].Class = c
	}
	for i, x := range log {
		c, k := &out[x.class], key{x.class, x.pair}
		c.Probes++
		if !answered(i) {
			c.Lost++
			losing[k] = true
			continue
		}
		if losing[k] {
			c.Gap = max(c.Gap, x.at-last[k])
			losing[k] = false
		}
		last[k] = x.at
	}
	for k, open := range losing {
		if c := &out[k.class]; open {
			c.Gap = max(c.Gap, end-last[k])
			c.Open++
		}
	}
	return out
}
