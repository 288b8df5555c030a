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
// share them as package multimog says; packets get from one to another if every path to its address delivers. It takes that both
// ways for one to find out that the other is there, so once settled a server that cannot answer is not sent any.
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
		for _, site := range Sites(s.fabric, service) {
			v.site(&l, Fleet(s.fabric, service, site), landed, family)
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
	settled := l.Phase == observe.Settled
	served := fleet.Serve(in, v.reach(fleet, f, settled), settled)
	l.Lost += served.Lost
	l.Foreign += served.Foreign
	for i, want := range fleet.Want() {
		l.Servers = append(l.Servers, share(fleet[i].Name, in[i], served.Share[i], want*part, l.Offered))
	}
}

// reach returns whether one server of the fleet reaches another, and is answered if that is asked for.
func (v *view) reach(fleet multimog.Fleet, f fabric.Family, answered bool) func(from, to int) bool {
	known := map[[2]int]bool{}
	oneWay := func(from, to int) bool {
		key := [2]int{from, to}
		ok, asked := known[key]
		if !asked {
			a, b := v.sim.byName[fleet[from].Name], v.sim.byName[fleet[to].Name]
			ok = a != nil && b != nil && b.Addrs[f].IsValid() && v.spread(a, b.Addrs[f]).worst == observe.Delivered
			known[key] = ok
		}
		return ok
	}
	return func(from, to int) bool { return oneWay(from, to) && (!answered || oneWay(to, from)) }
}

// byColo adds up the servers' shares by colo.
func (s *Sim) byColo(l *observe.Load, service *fabric.Service) {
	for _, c := range s.fabric.Colos {
		if !slices.Contains(service.Colos, c.Name) {
			continue
		}
		sum := observe.Share{Name: c.Name}
		for _, x := range l.Servers {
			if slices.Contains(c.Servers, x.Name) {
				sum = sum.Add(x)
			}
		}
		l.Dropped += sum.Dropped
		l.Colos = append(l.Colos, sum.At(l.Offered))
	}
}

func share(name string, landed, served, want, offered float64) observe.Share {
	full := multimog.Utilisation(offered, []float64{served}, []float64{want})[0]
	return observe.Share{Name: name, Landed: landed, Share: served, Dropped: served * multimog.Drop(full), Want: want}.At(offered)
}
