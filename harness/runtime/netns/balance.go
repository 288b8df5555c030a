//go:build linux

package netns

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/multimog/dataplane"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// balancer is the load balancer of a server that has services.
type balancer struct {
	*dataplane.Server
	node   *node
	site   string
	config dataplane.Config
}

// serves reports whether the server has a service of the family.
func (b *balancer) serves(fam fabric.Family) bool {
	return slices.ContainsFunc(b.config.VIPs, func(v dataplane.VIP) bool { return fabric.FamilyOf(v.Addr) == fam })
}

// balance loads and attaches the load balancers of all servers that have services and starts their agents; without services there is
// nothing to do, and no BPF is needed. The error may leave some behind, for unbalance.
func (r *Runtime) balance() error {
	list, err := r.configs()
	if err != nil || len(list) == 0 {
		return err
	}
	r.balancers = list
	errs := make([]error, len(list))
	turn := make(chan struct{}, workers)
	var wait sync.WaitGroup
	for i, b := range list {
		wait.Go(func() {
			turn <- struct{}{}
			errs[i] = b.start()
			<-turn
		})
	}
	wait.Wait()
	if err := cmp.Or(errs...); err != nil {
		return fmt.Errorf("%w: services need BPF: Linux 5.10 or later, as root or with CAP_BPF; or use the sim runtime", err)
	}
	r.agents, err = startAgents(r.life, list)
	return err
}

// start loads the program and puts it on the interfaces towards routers.
func (b *balancer) start() error {
	var err error
	if b.Server, err = dataplane.Load(b.config); err != nil {
		return err
	}
	return b.node.ns.Do(func() error {
		for _, e := range b.node.ends {
			if e.far.node.Role == fabric.Router {
				if err := b.Attach(e.name); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// unbalance ends the agents and frees the programs, those that there are.
func (r *Runtime) unbalance() error {
	r.agents.stop()
	var errs []error
	for _, b := range r.balancers {
		if b.Server != nil {
			errs = append(errs, b.Close())
		}
	}
	return errors.Join(errs...)
}

// configs returns the load balancers that servers are to have, in fabric order, without having touched the machine.
func (r *Runtime) configs() ([]*balancer, error) {
	var out []*balancer
	sites := map[string]dataplane.Config{}
	for _, c := range r.Fabric.Colos {
		if _, known := sites[c.Site]; !known {
			site, err := r.site(c.Site)
			if err != nil {
				return nil, err
			}
			sites[c.Site] = site
		}
		own := sites[c.Site]
		own.VIPs = slices.DeleteFunc(slices.Clone(own.VIPs), func(v dataplane.VIP) bool {
			return !slices.ContainsFunc(v.Fleet, func(m multimog.Server) bool { return m.Colo == c.Name })
		})
		for _, name := range c.Servers {
			if own.Self = name; len(own.VIPs) > 0 {
				out = append(out, &balancer{node: r.byName[name], site: c.Site, config: own})
			}
		}
	}
	return out, nil
}

// site returns what all servers of a site are told alike.
func (r *Runtime) site(name string) (dataplane.Config, error) {
	out := dataplane.Config{}
	for _, c := range r.Fabric.Colos {
		if c.Site == name {
			for _, server := range c.Servers {
				m := dataplane.Member{Name: server, Colo: c.Name}
				for _, a := range r.byName[server].Addrs {
					if a.IsValid() {
						m.Addrs = append(m.Addrs, a)
					}
				}
				out.Members = append(out.Members, m)
			}
		}
	}
	out.Size = size(len(out.Members))
	tables := map[string]*multimog.Table{} // the same for services of the same colos
	for _, s := range r.Fabric.Services {
		if fleet := sim.Fleet(r.Fabric, s, name); len(fleet) > 0 {
			colos, err := fmt.Sprint(fleet.Colos()), error(nil)
			if tables[colos] == nil {
				if tables[colos], err = fleet.Table(out.Size); err != nil {
					return out, fmt.Errorf("service %s: site %q: %w", s.Name, name, err)
				}
			}
			out.VIPs = append(out.VIPs, dataplane.VIP{Addr: s.VIP, Fleet: fleet, Table: tables[colos]})
		}
	}
	return out, nil
}

// slotsPerServer is how many slots a table has for each server at least: the share of a server then errs by a hundredth at most.
const slotsPerServer = 100

// sizes are the primes that are taken as sizes of tables.
var sizes = []int{4099, 16381, multimog.DefaultSize}

// size returns the slots of the tables of a site with so many servers.
func size(servers int) int {
	for _, n := range sizes {
		if n >= slotsPerServer*servers {
			return n
		}
	}
	return sizes[len(sizes)-1]
}

// unbalanced returns which services cannot be balanced: servers without an address by which others could send them its packets.
func unbalanced(f *fabric.Fabric) error {
	var problems place.Problems
	for _, s := range f.Services {
		fam := fabric.FamilyOf(s.VIP)
		for _, c := range f.Colos {
			lacks := slices.ContainsFunc(c.Servers, func(name string) bool { return !f.Node(name).Addrs[fam].IsValid() })
			if slices.Contains(s.Colos, c.Name) && lacks {
				problems.Addf(s.Pos, "service %s: servers of colo %s have no %s address for others to send its packets to: give the colo a block, or use the sim runtime",
					s.Name, c.Name, fam)
			}
		}
	}
	return problems.Err()
}
