package frr_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/policy"
)

const testedAS = 65100

var (
	testedAddrs = map[bool]netip.Addr{false: netip.MustParseAddr("10.99.0.1"), true: netip.MustParseAddr("2001:db8:99:1::1")} // by family
	testNets    = []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16"), netip.MustParsePrefix("2001:db8:99::/48")}
)

// readAny returns one of the communities in FRR's words.
func readAny(from []string, r *rand.Rand) (policy.Community, error) {
	text := from[r.IntN(len(from))]
	kind := policy.Standard
	switch {
	case strings.Contains(text, " "):
		kind = policy.Extended
	case strings.Count(text, ":") == 2:
		kind = policy.Large
	}
	return frr.ReadCommunity(kind, text)
}

// rig is bgpd with its neighbors, each over IPv4 and over IPv6: they send their share of the routes and get what comes of all others. The last
// one has no policy.
type rig struct {
	*daemon
	speakers map[bool][]*speaker // by family
	round    uint32
	pairs    int
	trials   int
}

// peerAS returns the AS of neighbor i: six external ones, two internal ones, and the observer.
func peerAS(i int) uint32 {
	if i < 6 {
		return 65001 + uint32(i)
	}
	return testedAS
}

const peerCount = 9

func peerAddr(i int, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0x99, 0, 1, 15: byte(0x11 + i)})
	}
	return netip.AddrFrom4([4]byte{10, 99, 0, byte(11 + i)})
}

func mile(i int, v6 bool) netip.Prefix {
	if v6 {
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 15: byte(i + 1)}), 128)
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)}), 32)
}

// router returns router bgp with the route-maps of the sessions, by what names them.
func router(maps func(i int, dir string, v6 bool) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "router bgp %d\n bgp router-id %s\n no bgp ebgp-requires-policy\n bgp route-reflector allow-outbound-policy\n", testedAS, testedAddrs[false])
	fmt.Fprintf(&b, " bgp route-map delay-timer 0\n no bgp default ipv4-unicast\n coalesce-time 0\n")
	for _, v6 := range families {
		for i := range peerCount {
			fmt.Fprintf(&b, " neighbor %[1]s remote-as %[2]d\n neighbor %[1]s passive\n neighbor %[1]s disable-connected-check\n neighbor %[1]s timers 0 0\n neighbor %[1]s advertisement-interval 0\n",
				peerAddr(i, v6), peerAS(i))
		}
		fmt.Fprintf(&b, " address-family %s unicast\n", ipWord(v6, "ipv4"))
		for i := range peerCount {
			fmt.Fprintf(&b, "  neighbor %s activate\n", peerAddr(i, v6))
			if peerAS(i) == testedAS {
				fmt.Fprintf(&b, "  neighbor %s route-reflector-client\n", peerAddr(i, v6))
			}
			for _, dir := range directions {
				if name := maps(i, dir, v6); name != "" {
					fmt.Fprintf(&b, "  neighbor %s route-map %s %s\n", peerAddr(i, v6), name, dir)
				}
			}
		}
		b.WriteString(" exit-address-family\n")
	}
	b.WriteString("exit\n")
	return b.String()
}

var (
	families   = []bool{false, true}
	directions = []string{"in", "out"}
)

// ipWord returns the word for IPv4, or ipv6.
func ipWord(v6 bool, v4 string) string {
	if v6 {
		return "ipv6"
	}
	return v4
}

func newRig(t *testing.T) *rig {
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		limited, cancel := context.WithDeadline(ctx, end.Add(-5*time.Second))
		ctx = limited
		t.Cleanup(cancel)
	}
	addrs := []netip.Addr{testedAddrs[false], testedAddrs[true]}
	for i := range peerCount {
		addrs = append(addrs, peerAddr(i, false), peerAddr(i, true))
	}
	r := &rig{daemon: startBGPd(ctx, t, router(func(int, string, bool) string { return "" }), addrs...), speakers: map[bool][]*speaker{}}
	r.configure(miles)
	for _, v6 := range families {
		for i := range peerCount {
			r.speakers[v6] = append(r.speakers[v6], r.session(peerAddr(i, v6), testedAddrs[v6], peerAS(i)))
		}
	}
	return r
}

// spread has every neighbor announce its share of the routes and returns what each has heard when all of it went through.
func (r *rig) spread(shares [][]policy.Route) (out []map[netip.Prefix]policy.Route) {
	for range 2 {
		r.round++
		out = r.once(shares)
	}
	return out
}

func (r *rig) once(shares [][]policy.Route) []map[netip.Prefix]policy.Route {
	out := make([]map[netip.Prefix]policy.Route, peerCount)
	for _, v6 := range families {
		for i, s := range r.speakers[v6] {
			var share []policy.Route
			for _, x := range shares[i] {
				if x.Prefix.Addr().Is6() == v6 {
					share = append(share, x)
				}
			}
			s.announce(share, mile(i, v6), r.round)
		}
	}
	for _, v6 := range families {
		for i, s := range r.speakers[v6] {
			var others []netip.Prefix
			for k := range peerCount {
				if k != i {
					others = append(others, mile(k, v6))
				}
			}
			if out[i] == nil {
				out[i] = map[netip.Prefix]policy.Route{}
			}
			maps.Copy(out[i], s.until(r.round, others...))
		}
	}
	return out
}
