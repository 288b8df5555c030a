package probe

import "time"

// Loss is what became of the probes of a class.
type Loss struct {
	Probes int // sent
	Lost   int // not answered
	// Gap is the longest time for which one pair had no answer, measured from the probe before the first that was lost, or the beginning,
	// to the one after the last, or the end. It is 0 if no probe was lost. Times in which the sender stood still do not count.
	Gap  time.Duration
	Open int // pairs whose last probe was lost
}

// sent is a probe of a stream.
type sent struct {
	class, pair int
	at          time.Duration // since the stream began
}

// losses returns the loss of each class; answered says it of each probe of the log.
func losses(classes int, log []sent, answered func(int) bool, end time.Duration) []Loss {
	type key struct{ class, pair int }
	last := map[key]time.Duration{} // when the last probe went out that was answered
	losing := map[key]bool{}
	out := make([]Loss, classes)
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
