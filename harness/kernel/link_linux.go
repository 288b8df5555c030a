package kernel

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// End is one end of a link.
type End struct {
	In    *Namespace
	Name  string         // of the interface, at most 15 bytes
	Addrs []netip.Prefix // each with the length of the link's subnet
}

// Connect makes a link, a pair of veth interfaces, with addresses, of this MTU in bytes, up. Both ends are made where
// they belong under their final names: moving one to another namespace would take a hundred times longer.
// Each end has the other's addresses as permanent neighbours, so that the machine-wide neighbour
// table never overflows and no packet waits for an answer.
func Connect(a, b End, mtu int) error {
	err := a.In.link.LinkAdd(&netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.Name, MTU: mtu, NumTxQueues: 1, NumRxQueues: 1}, // else one of each a processor
		PeerName:      b.Name,
		PeerNamespace: netlink.NsFd(b.In.fd),
		PeerMTU:       uint32(mtu),
	})
	if err != nil {
		return fmt.Errorf("link %s:%s to %s:%s: %w", a.In.Name, a.Name, b.In.Name, b.Name, err)
	}
	for _, e := range []End{a, b} {
		l, err := e.In.byName(e.Name)
		if err != nil {
			return err
		}
		if err := e.In.addAddresses(l, e.Addrs); err != nil {
			return err
		}
		if err := e.In.up(l); err != nil {
			return err
		}
	}
	return Meet(a, b)
}

// Meet gives both ends of a link that is up each other's addresses as permanent neighbours: the kernel forgets them when a link
// goes down. It returns once both can carry packets.
func Meet(a, b End) error {
	ends, links := [2]End{a, b}, [2]netlink.Link{}
	var err error
	for i, e := range ends {
		if links[i], err = e.In.byName(e.Name); err != nil { // to be asked makes the kernel finish putting it into service
			return err
		}
	}
	for i, e := range ends {
		if len(e.Addrs) == 0 {
			continue // its kernel has no part in it
		}
		for _, other := range ends[1-i].Addrs {
			if err := e.In.addNeighbour(links[i], other.Addr(), links[1-i].Attrs().HardwareAddr); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddAddresses gives an interface addresses, at once usable: IPv6 without duplicate address detection.
func (n *Namespace) AddAddresses(link string, addrs ...netip.Prefix) error {
	l, err := n.byName(link)
	if err != nil {
		return err
	}
	return n.addAddresses(l, addrs)
}

func (n *Namespace) addAddresses(l netlink.Link, addrs []netip.Prefix) error {
	for _, p := range addrs {
		addr := &netlink.Addr{IPNet: ipNet(p)}
		if p.Addr().Is6() {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := n.link.AddrAdd(l, addr); err != nil {
			return fmt.Errorf("%s:%s: address %s: %w", n.Name, l.Attrs().Name, p, err)
		}
	}
	return nil
}

// addNeighbour says for good which hardware address a neighbour on a link has.
func (n *Namespace) addNeighbour(l netlink.Link, addr netip.Addr, mac net.HardwareAddr) error {
	err := n.link.NeighSet(&netlink.Neigh{
		LinkIndex: l.Attrs().Index, State: netlink.NUD_PERMANENT, IP: addr.AsSlice(), HardwareAddr: mac,
	})
	if err != nil {
		return fmt.Errorf("%s:%s: neighbour %s: %w", n.Name, l.Attrs().Name, addr, err)
	}
	return nil
}

// Move puts an interface into another namespace under its own name. There it is down, and has no addresses.
func (n *Namespace) Move(link string, to *Namespace) error {
	l, err := n.byName(link)
	if err != nil {
		return err
	}
	if err := n.link.LinkSetNsFd(l, int(to.fd)); err != nil {
		return fmt.Errorf("%s:%s: cannot be moved to %s: %w", n.Name, link, to.Name, err)
	}
	return nil
}

// AddName gives an interface another name beside its own, unless it has that.
func (n *Namespace) AddName(link, name string) error {
	l, err := n.byName(link)
	if err != nil {
		return err
	}
	if err := n.link.LinkAddAltName(l, name); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("%s:%s: name %s: %w", n.Name, link, name, err)
	}
	return nil
}

// SetUp sets an interface up or down. The other end of its link loses or regains its carrier with it. Down, it loses the routes
// over it and its neighbours, which are looked for as usual once it is up again, or given back by Meet; it keeps its addresses.
func (n *Namespace) SetUp(link string, up bool) error {
	l, err := n.byName(link)
	if err != nil {
		return err
	}
	if up {
		return n.up(l)
	}
	if err := n.link.LinkSetDown(l); err != nil {
		return fmt.Errorf("%s:%s: cannot set it down: %w", n.Name, link, err)
	}
	return nil
}

func (n *Namespace) up(l netlink.Link) error {
	if err := n.link.LinkSetUp(l); err != nil {
		return fmt.Errorf("%s:%s: cannot set it up: %w", n.Name, l.Attrs().Name, err)
	}
	return nil
}

func (n *Namespace) byName(link string) (netlink.Link, error) {
	l, err := n.link.LinkByName(link)
	if err != nil {
		return nil, fmt.Errorf("%s:%s: %w", n.Name, link, err)
	}
	return l, nil
}

// name returns the name of the interface with that index; links are never renamed.
func (n *Namespace) name(index int) string {
	if name, ok := n.seen.Load(index); ok {
		return name.(string)
	}
	l, err := n.link.LinkByIndex(index)
	if err != nil {
		return fmt.Sprintf("#%d", index) // deleted since
	}
	n.seen.Store(index, l.Attrs().Name)
	return l.Attrs().Name
}

// index returns the index of the interface with that name; links are never made anew.
func (n *Namespace) index(link string) (int, error) {
	if index, ok := n.seen.Load(link); ok {
		return index.(int), nil
	}
	l, err := n.byName(link)
	if err != nil {
		return 0, err
	}
	n.seen.Store(link, l.Attrs().Index)
	return l.Attrs().Index, nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
