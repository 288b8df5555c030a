package observe

import "time"

// Class is trips that are probed together, such as those of one invariant.
type Class struct {
	Name  string
	Trips []Trip
}

// Loss is what became of the probes of a class while something else went on.
type Loss struct {
	Class  string
	Probes int // sent
	Lost   int // not answered
	// Gap is the longest time for which one pair had no answer, measured from the probe before the first that was lost, or the beginning,
	// to the one after the last, or the end. It is 0 if no probe was lost. Times in which the sender stood still do not count.
	Gap  time.Duration
	Open int // pairs whose last probe was lost
}
