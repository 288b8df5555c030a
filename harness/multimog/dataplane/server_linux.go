package dataplane

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/closlab/closlab/harness/multimog"
)

// Server is the load balancer of one server, loaded into the kernel. Its methods may be called from any goroutine.
type Server struct {
	self    Member
	size    int
	bpf     programObjects
	targets []target
	number  map[netip.Addr]uint16 // of a target by its site-local address

	mu    sync.Mutex // of what follows and of the maps
	vips  []*vip
	links []link.Link
}

// target is a site-local address that packets can be sent to.
type target struct {
	member Member
	addr   netip.Addr
	up     bool
}

// own is the value in the map of addresses for those of this server.
const own = ^uint32(0)

// Load loads the program and its tables, with every target up. It has no effect until Attach.
func Load(c Config) (*Server, error) {
	self, err := c.self()
	if err != nil {
		return nil, err
	}
	s := &Server{self: self, size: c.Size, number: map[netip.Addr]uint16{}}
	for _, m := range c.Members {
		for _, a := range m.Addrs {
			s.number[a] = uint16(len(s.targets))
			s.targets = append(s.targets, target{m, a, true})
		}
	}
	if len(s.targets) == 0 || len(c.VIPs) == 0 || c.Size < 2 {
		return nil, fmt.Errorf("server %s: %d site-local addresses, %d VIPs, tables of %d slots: nothing to balance",
			c.Self, len(s.targets), len(c.VIPs), c.Size)
	}
	if err := s.load(len(c.VIPs)); err != nil {
		return nil, fmt.Errorf("server %s: cannot load the BPF program: %w", c.Self, err)
	}
	if err := s.fill(c.VIPs); err != nil {
		return nil, errors.Join(fmt.Errorf("server %s: %w", c.Self, err), s.Close())
	}
	return s, nil
}

// load creates the maps in the sizes they need, and the program.
func (s *Server) load(vips int) error {
	spec, err := loadProgram()
	if err != nil {
		return err
	}
	spec.Maps[programMapAddresses].MaxEntries = uint32(vips + len(s.self.Addrs))
	spec.Maps[programMapTargets].MaxEntries = uint32(len(s.targets))
	spec.Maps[programMapBuckets].MaxEntries = uint32(vips * s.size)
	spec.Maps[programMapPackets].MaxEntries = uint32(vips * s.counters())
	constants := map[string]any{programVarSize: uint32(s.size), programVarTargetsN: uint32(len(s.targets))}
	for _, a := range s.self.Addrs {
		constants[map[bool]string{false: programVarOwn4, true: programVarOwn6}[a.Is6()]] = a.As16()
	}
	for name, value := range constants {
		if err := spec.Variables[name].Set(value); err != nil {
			return err
		}
	}
	return spec.LoadAndAssign(&s.bpf, nil)
}

// fill writes the maps for the first time.
func (s *Server) fill(vips []VIP) error {
	for i := range s.targets {
		if err := s.putTarget(i); err != nil {
			return err
		}
	}
	for _, a := range s.self.Addrs {
		if err := s.bpf.Addresses.Put(a.As16(), own); err != nil {
			return fmt.Errorf("site-local address %s: %w", a, err)
		}
	}
	for i, v := range vips {
		out := &vip{number: i, addr: v.Addr}
		table, err := v.table(s.size)
		if err != nil {
			return fmt.Errorf("VIP %s: %w", v.Addr, err)
		}
		if err := out.set(s, v.Fleet, table); err != nil {
			return err
		}
		if err := s.bpf.Addresses.Update(v.Addr.As16(), uint32(i), ebpf.UpdateNoExist); err != nil {
			return fmt.Errorf("VIP %s: listed twice, or a site-local address: %w", v.Addr, err)
		}
		s.vips = append(s.vips, out)
	}
	return nil
}

// putTarget writes a target as the program sees it.
func (s *Server) putTarget(i int) error {
	t := s.targets[i]
	value := struct {
		Addr     [16]byte
		Up, Self uint32
	}{t.addr.As16(), 0, 0}
	if t.up {
		value.Up = 1
	}
	if t.member.Name == s.self.Name {
		value.Self = 1
	}
	if err := s.bpf.Targets.Put(uint32(i), value); err != nil {
		return fmt.Errorf("target %s: %w", t.addr, err)
	}
	return nil
}

// SetUp says whether the server with that site-local address can be reached. Flows for one that cannot are looked
// up among the servers of the own colo that can.
func (s *Server) SetUp(addr netip.Addr, up bool) error {
	i, ok := s.number[addr]
	if !ok {
		return fmt.Errorf("server %s: no server of the site has the site-local address %s", s.self.Name, addr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.targets[i].up == up {
		return nil
	}
	s.targets[i].up = up
	if err := s.putTarget(int(i)); err != nil {
		return err
	}
	if s.targets[i].member.Colo != s.self.Colo {
		return nil
	}
	for _, v := range s.vips {
		if v.addr.Is6() == addr.Is6() {
			if err := v.write(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetFleet changes the servers or weights of a VIP. TCP connections that began under the fleet before stay where they are.
func (s *Server) SetFleet(addr netip.Addr, fleet multimog.Fleet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.vip(addr)
	if err != nil {
		return err
	}
	table, err := VIP{Addr: addr, Fleet: fleet}.table(s.size)
	if err != nil {
		return fmt.Errorf("VIP %s: %w", addr, err)
	}
	return v.set(s, fleet, table)
}

func (s *Server) vip(addr netip.Addr) (*vip, error) {
	for _, v := range s.vips {
		if v.addr == addr {
			return v, nil
		}
	}
	return nil, fmt.Errorf("server %s: %s is none of its VIPs", s.self.Name, addr)
}

// Close detaches the program and frees it and its tables.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, l := range s.links {
		errs = append(errs, l.Close())
	}
	s.links = nil
	return errors.Join(append(errs, s.bpf.Close())...)
}
