package dataplane

import (
	"errors"
	"fmt"
	"net"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Attach puts the program on what an interface of the caller's network namespace receives: by TCX, or on kernels before 6.6
// by a clsact filter, which stays until the interface goes. Call it once for each interface towards the routers.
func (s *Server) Attach(name string) error {
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return fmt.Errorf("server %s: interface %s: %w", s.self.Name, name, err)
	}
	l, err := link.AttachTCX(link.TCXOptions{Interface: iface.Index, Program: s.bpf.Balance, Attach: ebpf.AttachTCXIngress})
	if errors.Is(err, ebpf.ErrNotSupported) {
		return s.attachClsact(iface.Index)
	}
	if err != nil {
		return fmt.Errorf("server %s: cannot attach to interface %s: %w", s.self.Name, name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = append(s.links, l)
	return nil
}

func (s *Server) attachClsact(index int) error {
	qdisc := &netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{
		LinkIndex: index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT,
	}}
	if err := netlink.QdiscAdd(qdisc); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("server %s: cannot add clsact to interface %d: %w", s.self.Name, index, err)
	}
	filter := &netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: index, Parent: netlink.HANDLE_MIN_INGRESS, Handle: 1, Priority: 1, Protocol: unix.ETH_P_ALL,
		},
		Fd: s.bpf.Balance.FD(), Name: programProgBalance, DirectAction: true,
	}
	if err := netlink.FilterReplace(filter); err != nil {
		return fmt.Errorf("server %s: cannot attach to interface %d by clsact: %w", s.self.Name, index, err)
	}
	return nil
}
