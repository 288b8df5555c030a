//go:build linux

package netns

import (
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/speaker"
)

// restart ends and begins anew the sessions of GoBGP routers whose neighbours still have a route that should not be sent: GoBGP 4.8.0
// can lose a withdrawal as routes spread for the first time, and sending once more does not repeat it. It reports whether there was one.
// Only before anything is changed: what a change fails to withdraw must be seen.
func (r *Runtime) restart() (bool, error) {
	var stuck []*link
	for _, l := range r.links {
		for _, d := range r.differences {
			if l.keeps(d) {
				stuck = append(stuck, l)
				r.note("the session of %s and %s was begun anew before anything was changed, as it kept what should not be sent: %s",
					l.ends[0].node.Name, l.ends[1].node.Name, d)
				break
			}
		}
	}
	for _, l := range stuck {
		if err := r.onSession(l, (*speaker.Process).DropPeers, true, true); err != nil {
			return true, err
		}
	}
	for _, passive := range []bool{true, false} {
		for _, l := range stuck {
			if err := r.onSession(l, (*speaker.Process).AddPeers, passive, !passive); err != nil {
				return true, err
			}
		}
	}
	return len(stuck) > 0, nil
}

// keeps reports whether a difference is of a route that an end of the link should not have sent, and that GoBGP sent.
func (l *link) keeps(d Difference) bool {
	for _, e := range l.ends {
		if d.What == "sent" && d.Predicted == nothing && e.node.Engine != speaker.FRR && e.node.Engine != speaker.Native && d.Session == observe.SessionName(e.node.Name, e.far.node.Name) {
			return true
		}
	}
	return false
}
