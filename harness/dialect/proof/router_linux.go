package proof

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/policy"
)

// TestedAS is the AS of the router under test.
const TestedAS = 65100

// Peers is how many peers a router has in each family. They send their share of the routes and get what comes of all others.
const Peers = 9

// TestedAddr returns the router's address.
func TestedAddr(v6 bool) netip.Addr {
	if v6 {
		return netip.MustParseAddr("2001:db8:99:1::1")
	}
	return netip.MustParseAddr("10.99.0.1")
}

// Nets hold the addresses of the router and its peers.
var Nets = []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16"), netip.MustParsePrefix("2001:db8:99::/48")}

// Hops returns addresses in Nets that are no router's, for next hops.
func Hops(v6 bool) []netip.Addr {
	if v6 {
		return []netip.Addr{netip.MustParseAddr("2001:db8:99::1"), netip.MustParseAddr("2001:db8:99::2")}
	}
	return []netip.Addr{netip.MustParseAddr("10.99.1.1"), netip.MustParseAddr("10.99.1.2"), netip.MustParseAddr("10.99.2.1")}
}

// PeerAS returns the AS of peer i: six are external, three internal.
func PeerAS(i int) uint32 {
	if i < 6 {
		return 65001 + uint32(i)
	}
	return TestedAS
}

// PeerAddr returns the address of peer i for a family, which the session runs over.
func PeerAddr(i int, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0x99, 0, 1, 15: byte(0x11 + i)})
	}
	return netip.AddrFrom4([4]byte{10, 99, 0, byte(11 + i)})
}

// Miles are where the mileposts are, by family: policies must let them through unchanged.
var Miles = map[bool]netip.Prefix{false: netip.MustParsePrefix("198.51.100.0/24"), true: netip.MustParsePrefix("2001:db8:ffff::/48")}

// mile is the milepost of peer i, which it announces behind everything else.
func mile(i int, v6 bool) netip.Prefix {
	a := Miles[v6].Addr().AsSlice()
	a[len(a)-1] = byte(i + 1)
	addr, _ := netip.AddrFromSlice(a)
	return netip.PrefixFrom(addr, addr.BitLen())
}

var families = []bool{false, true}

// Router is a router under test and its peers.
type Router struct {
	t     testing.TB
	ctx   context.Context
	ns    netns.NsHandle
	peers map[bool][]*peer // by family
	round uint32
}

// enter gives the router's namespace its addresses.
func (r *Router) enter(ns netns.NsHandle) {
	r.ns = ns
	r.t.Cleanup(func() { r.ns.Close() })
	h, err := netlink.NewHandleAt(r.ns)
	require.NoError(r.t, err)
	defer h.Close()
	lo, err := h.LinkByName("lo")
	require.NoError(r.t, err)
	require.NoError(r.t, h.LinkSetUp(lo))
	for _, v6 := range families {
		addrs := []netip.Addr{TestedAddr(v6)}
		for i := range Peers {
			addrs = append(addrs, PeerAddr(i, v6))
		}
		for _, a := range addrs {
			ip := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
			add := &netlink.Addr{IPNet: ip}
			if v6 {
				add.Flags = unix.IFA_F_NODAD // or it can be bound to only in a moment
			}
			require.NoError(r.t, h.AddrAdd(lo, add))
		}
	}
	require.NoError(r.t, r.inside(func() error {
		here, err := kernel.Here("router")
		if err != nil {
			return err
		}
		defer here.Close()
		return here.Ready(r.ctx)
	}))
}

// Connect opens the sessions of all peers. The router expects them.
func (r *Router) Connect() {
	r.peers = map[bool][]*peer{}
	for _, v6 := range families {
		for i := range Peers {
			r.peers[v6] = append(r.peers[v6], r.session(PeerAddr(i, v6), TestedAddr(v6), PeerAS(i)))
		}
	}
}

// inside calls f on a thread that is in the router's namespace.
func (r *Router) inside(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends in the other namespace
		err := netns.Set(r.ns)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// dial opens a BGP connection to the router from an address of its namespace.
func (r *Router) dial(from, to netip.Addr) net.Conn {
	var out net.Conn
	require.NoError(r.t, r.inside(func() error {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from.AsSlice()}}
		var err error
		out, err = dialer.DialContext(r.ctx, "tcp", netip.AddrPortFrom(to, 179).String())
		return err
	}))
	r.t.Cleanup(func() { out.Close() })
	return out
}

// Spread has every peer announce its share of the routes, take back what it announced before, and returns what each has heard, of both families,
// when all of it went through.
func (r *Router) Spread(shares [][]policy.Route) (heard []map[netip.Prefix]policy.Route) {
	for range 2 {
		r.round++
		heard = r.once(shares)
	}
	return heard
}

func (r *Router) once(shares [][]policy.Route) []map[netip.Prefix]policy.Route {
	out := make([]map[netip.Prefix]policy.Route, Peers)
	for _, v6 := range families {
		for i, p := range r.peers[v6] {
			var share []policy.Route
			for _, x := range shares[i] {
				if x.Prefix.Addr().Is6() == v6 {
					share = append(share, x)
				}
			}
			p.announce(share, mile(i, v6), r.round)
		}
	}
	for _, v6 := range families {
		for i, p := range r.peers[v6] {
			var others []netip.Prefix
			for k := range Peers {
				if k != i {
					others = append(others, mile(k, v6))
				}
			}
			if out[i] == nil {
				out[i] = map[netip.Prefix]policy.Route{}
			}
			maps.Copy(out[i], p.until(r.round, others...))
		}
	}
	return out
}
