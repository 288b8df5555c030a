//go:build linux

package netns

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// want is what a router is to report where it is as predicted. So a router that is need say no more than that.
type want struct {
	report *speaker.Report
	digest speaker.Digest
	glance speaker.Glance
}

// expect notes what the routers are to report by the prediction.
func (r *Runtime) expect(predicted *observe.Snapshot) {
	ends := map[[2]string]*observe.Session{}
	for i := range predicted.Sessions {
		s := &predicted.Sessions[i]
		ends[[2]string{s.Node, s.Peer}] = s
	}
	r.each(func(n *node) error {
		w := want{report: &speaker.Report{Paths: learned(predicted.Tables[n.Name]), Aggregates: aggregates(predicted.Tables[n.Name])}}
		for _, e := range n.ends {
			if !e.link.up() && n.Engine != speaker.Native { // which tells nothing of links
				w.report.Dark = append(w.report.Dark, e.name)
			}
		}
		for _, s := range n.sessions {
			for _, fam := range fabric.Families {
				if carries(s, fam) && ends[[2]string{s.Node, s.Peer}].Up {
					x := speaker.Session{Remote: s.Remote[fam], Up: true, Received: arriving(s, ends[[2]string{s.Peer, s.Node}].Sent, fam)}
					w.report.Sessions = append(w.report.Sessions, x)
				}
			}
		}
		w.report.Sort()
		w.digest = w.report.Digest()
		w.glance.Up = len(w.report.Sessions)
		for i := range w.report.Paths {
			if p := &w.report.Paths[i]; p.Best {
				w.glance.Used += speaker.Mark(&p.Route)
			}
		}
		n.want = w
		return nil
	})
}

// learned returns the routes of a table that came from peers, as a speaker reports them: the inverse of accepted.
func learned(t *observe.Table) []speaker.Path {
	var out []speaker.Path
	for _, e := range t.RIB {
		for _, p := range e.Paths {
			if p.Peer != "" {
				p.Route.External, p.Route.Preference = false, 0
				out = append(out, speaker.Path{Route: p.Route, Best: p.Active})
			}
		}
	}
	return out
}

// aggregates returns the prefixes of the aggregate routes of a table.
func aggregates(t *observe.Table) []netip.Prefix {
	var out []netip.Prefix
	for _, e := range t.RIB {
		if slices.ContainsFunc(e.Paths, func(p observe.Path) bool { return p.Peer == "" && p.Route.Protocol == policy.Aggregate }) {
			out = append(out, e.Prefix)
		}
	}
	return out
}

// arriving returns the routes of a family that a peer sends over a session, as a speaker reports them: the inverse of sent.
func arriving(s *fabric.Session, sent []policy.Route, fam fabric.Family) []policy.Route {
	var out []policy.Route
	for _, route := range sent {
		if fabric.FamilyOf(route.Prefix.Addr()) != fam {
			continue
		}
		route.Neighbor = s.Remote[fam]
		if s.External() {
			route.LocalPref = defaultLocalPref
		}
		out = append(out, route)
	}
	return out
}

// arrived reports whether all routers have told what they tell where they are as predicted, so that it is worth looking at them, or one
// is gone, which the look then tells. They may still be on their way in what a glance does not show.
func (r *Runtime) arrived() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := true
	for _, n := range r.nodes {
		if n.gone {
			return true
		}
		all = all && (n.Role != fabric.Router || n.glance != nil && *n.glance == n.want.glance)
	}
	return all
}

// pending reports whether a session that is predicted to be up is not, although all routers live.
func (r *Runtime) pending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	any := false
	for _, n := range r.nodes {
		if n.gone {
			return false
		}
		any = any || n.Role == fabric.Router && n.want.glance.Up > 0 && (n.glance == nil || n.glance.Up < n.want.glance.Up)
	}
	return any
}
