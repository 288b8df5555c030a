//go:build linux

package netns

import (
	"errors"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Of the flows asked for, one of so many parts is sent while tables are stale: what matters then is that flows are lost, not a
// share of a few percent.
const staleParts = 4

// count sends real flows to the services, and puts what came of them in the place of the loads that follow from the forwarding
// tables. down is what the agents know. The caller holds their clock.
func (r *Runtime) count(req observe.Request, loads []observe.Load, down []view) error {
	for _, p := range r.pools(req.Services) {
		settled, err := r.measure(p, req.Sample, loads, observe.Settled)
		if err != nil {
			return err
		}
		stale := settled // while nobody is down the tables are the same
		fam := fabric.FamilyOf(p.services[0].VIP)
		if slices.ContainsFunc(down, func(v view) bool { return fabric.FamilyOf(v.at) == fam }) {
			if err := setUp(down, true); err != nil {
				return err
			}
			stale, err = r.measure(p, req.Sample/staleParts, loads, observe.Stale)
			if err := errors.Join(err, setUp(down, false)); err != nil {
				return err
			}
		}
		for i, s := range p.services {
			l := stale[i]
			l.Phase = observe.Stale
			*find(loads, s.Name, observe.Settled), *find(loads, s.Name, observe.Stale) = settled[i], l
		}
	}
	return nil
}

// setUp has servers take those peers for up, or for down.
func setUp(peers []view, up bool) error {
	for _, v := range peers {
		if err := v.from.SetUp(v.at, up); err != nil {
			return err
		}
	}
	return nil
}

// find returns the load of a service in a phase.
func find(loads []observe.Load, service string, phase observe.LoadPhase) *observe.Load {
	return &loads[slices.IndexFunc(loads, func(l observe.Load) bool { return l.Service == service && l.Phase == phase })]
}
