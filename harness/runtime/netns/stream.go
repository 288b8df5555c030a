//go:build linux

package netns

import (
	"time"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// streamPeriod is how often Stream probes every class.
const streamPeriod = 2 * time.Millisecond

// Stream sends UDP probes between the pairs of every class, whatever else is done meanwhile, until stop is called. That returns what became
// of them in the order of the classes, or that it cannot be told.
func (r *Runtime) Stream(classes []observe.Class) (stop func() ([]observe.Loss, error), err error) {
	var list []probe.Class
	for _, c := range classes {
		x := probe.Class{Name: c.Name}
		for _, t := range c.Trips {
			x.Pairs = append(x.Pairs, r.pair(t))
		}
		list = append(list, x)
	}
	s, err := r.prober.Stream(list, streamPeriod)
	if err != nil {
		return nil, err
	}
	return s.Stop, nil
}
