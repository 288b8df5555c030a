package sim

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// load returns how the flows to a service spread, in both phases.
//
// New flows enter in equal parts at every external router that forwards packets to the VIP at all; if none does, all
// are lost. On the way each router divides them equally among its next nodes. The servers of a site on which they land then
// share them as package multimog says; they reach each other if every path between their addresses delivers.
func (v *view) load(name string) ([]observe.Load, error) {
	s := v.sim
	service := s.fabric.Service(name)
	if service == nil {
		return nil, fmt.Errorf("fabric %s: no service named %q", s.fabric.Name, name)
	}
	landed, err := v.landed(service)
	if err != nil {
		return nil, err
	}
	family := fabric.FamilyOf(service.VIP)
	var out []observe.Load
	for _, phase := range []observe.LoadPhase{observe.Stale, observe.Settled} {
		l := observe.Load{Service: name, V6: family == fabric.V6, Phase: phase, Offered: s.fabric.Offered}
		l.Lost = 1
		for _, x := range landed {
			l.Lost -= x
		}
		for _, site := range s.sites(service) {
			v.site(&l, s.fleet(service, site), landed, family)
		}
		if l.Lost < 1e-12 {
			l.Lost = 0 // rounding
		}
		s.byColo(&l, service)
		out = append(out, l)
	}
	return out, nil
}

// landed returns the share of new flows that the routers bring to each server, ordered by node: sums of floating point
// numbers depend on their order.
func (v *view) landed(service *fabric.Service) (map[string]float64, error) {
	var entries []*node
	external := false
	for _, n := range v.sim.nodes {
		if n.External && n.Role == fabric.Router {
			external = true
			if _, hops := v.next(n, service.VIP, true); len(hops) > 0 {
				entries = append(entries, n)
			}
		}
	}
	if !external {
		return nil, fmt.Errorf("service %s: its load cannot be told: no external router sends traffic to it", service.Name)
	}
	landed := map[string]float64{}
	for _, n := range entries {
		w := v.spread(n, service.VIP)
		for _, m := range v.sim.nodes {
			if x := w.landed[m]; x > 0 && m.Role == fabric.Server {
				landed[m.Name] += x / float64(len(entries))
			}
		}
	}
	return landed, nil
}

// sites returns the sites that have the service, in fabric order.
func (s *Sim) sites(service *fabric.Service) []string {
	var out []string
	for _, c := range s.fabric.Colos {
		if slices.Contains(service.Colos, c.Name) && !slices.Contains(out, c.Site) {
			out = append(out, c.Site)
		}
	}
	return out
}

// fleet returns the servers that share the service at a site; those of a colo have equal parts of its capacity.
func (s *Sim) fleet(service *fabric.Service, site string) multimog.Fleet {
	var out multimog.Fleet
	for _, c := range s.fabric.Colos {
		if c.Site != site || !slices.Contains(service.Colos, c.Name) {
			continue
		}
		for _, name := range c.Servers {
			out = append(out, multimog.Server{Name: name, Colo: c.Name, Weight: c.Capacity / float64(len(c.Servers))})
		}
	}
	return out
}

// site adds the servers of one site to the load. What each should serve is its part of the site's capacity; where the
// service has several sites, of what reaches that site.
func (v *view) site(l *observe.Load, fleet multimog.Fleet, landed map[string]float64, f fabric.Family) {
	in := make([]float64, len(fleet))
	here, all := 0.0, 0.0
	for i, server := range fleet {
		in[i] = landed[server.Name]
		here += in[i]
	}
	for _, n := range v.sim.nodes {
		all += landed[n.Name]
	}
	part := 1.0
	if here > 0 && here < all {
		part = here / all
	}
	served := fleet.Serve(in, v.reach(fleet, f), l.Phase == observe.Settled)
	l.Lost += served.Lost
	l.Foreign += served.Foreign
	for i, want := range fleet.Want() {
		l.Servers = append(l.Servers, share(fleet[i].Name, in[i], served.Share[i], want*part, l.Offered))
	}
}

// reach returns whether one server of the fleet reaches another.
func (v *view) reach(fleet multimog.Fleet, f fabric.Family) func(from, to int) bool {
	known := map[[2]int]bool{}
	return func(from, to int) bool {
		key := [2]int{from, to}
		ok, asked := known[key]
		if !asked {
			a, b := v.sim.byName[fleet[from].Name], v.sim.byName[fleet[to].Name]
			ok = a != nil && b != nil && b.Addrs[f].IsValid() && v.spread(a, b.Addrs[f]).worst == observe.Delivered
			known[key] = ok
		}
		return ok
	}
}

// byColo adds up the servers' shares by colo.
func (s *Sim) byColo(l *observe.Load, service *fabric.Service) {
	for _, c := range s.fabric.Colos {
		if !slices.Contains(service.Colos, c.Name) {
			continue
		}
		var sum observe.Share
		for _, x := range l.Servers {
			if slices.Contains(c.Servers, x.Name) {
				sum.Landed, sum.Share, sum.Want = sum.Landed+x.Landed, sum.Share+x.Share, sum.Want+x.Want
			}
		}
		l.Colos = append(l.Colos, share(c.Name, sum.Landed, sum.Share, sum.Want, l.Offered))
	}
}

func share(name string, landed, served, want, offered float64) observe.Share {
	s := observe.Share{Name: name, Landed: landed, Share: served, Want: want}
	if want > 0 {
		s.Factor = served / want
	}
	s.Utilisation = offered * s.Factor
	return s
}
