package kernel

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Ready waits until packets to every address on interfaces that are up are received. The kernel makes the route by which
// it recognises an IPv6 address as its own some time after the address; until then such packets are lost.
func (n *Namespace) Ready(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	updates := make(chan netlink.RouteUpdate, 64)
	err := netlink.RouteSubscribeWithOptions(updates, ctx.Done(), netlink.RouteSubscribeOptions{Namespace: &n.fd})
	if err != nil {
		return fmt.Errorf("%s: cannot watch the routes: %w", n.Name, err)
	}
	defer func() { // the sender of updates may be waiting
		go func() {
			for range updates {
			}
		}()
	}()
	missing, err := n.unrouted()
	if err != nil {
		return fmt.Errorf("%s: cannot list its addresses: %w", n.Name, err)
	}
	for len(missing) > 0 {
		select {
		case u, ok := <-updates:
			if !ok {
				return fmt.Errorf("%s: route events lost while addresses became ready", n.Name)
			}
			if u.Table == unix.RT_TABLE_LOCAL && u.Type == unix.RTM_NEWROUTE && u.Dst != nil {
				delete(missing, addr(u.Dst.IP))
			}
		case <-ctx.Done():
			return fmt.Errorf("%s: %d addresses not ready: %w", n.Name, len(missing), ctx.Err())
		}
	}
	return nil
}

// unrouted returns the global IPv6 addresses, on interfaces that are up, without a local route.
func (n *Namespace) unrouted() (map[netip.Addr]bool, error) {
	addrs, err := n.link.AddrList(nil, netlink.FAMILY_V6)
	if err != nil {
		return nil, err
	}
	links, err := n.link.LinkList()
	if err != nil {
		return nil, err
	}
	up := map[int]bool{}
	for _, l := range links {
		up[l.Attrs().Index] = l.Attrs().Flags&net.FlagUp != 0
	}
	missing := map[netip.Addr]bool{}
	for _, a := range addrs {
		if ip := addr(a.IP); up[a.LinkIndex] && !ip.IsLinkLocalUnicast() && !ip.IsLoopback() {
			missing[ip] = true
		}
	}
	routes, err := n.link.RouteListFiltered(netlink.FAMILY_V6, &netlink.Route{Table: unix.RT_TABLE_LOCAL}, netlink.RT_FILTER_TABLE)
	for _, r := range routes {
		if r.Dst != nil {
			delete(missing, addr(r.Dst.IP))
		}
	}
	return missing, err
}
