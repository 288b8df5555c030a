//go:build linux

package netns_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// What the forwarding tables do not show is Unknown, and the finding names which packets disagree with them.
func TestPacketsThatDisagreeWithTheTables(t *testing.T) {
	_, r, _ := up(t, "clos-small")
	node := func(name string) func(sysctl, value string) {
		n, err := kernel.Open(r.Name + "." + name)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, n.Close()) })
		return func(sysctl, value string) { require.NoError(t, n.Sysctl(sysctl, value)) }
	}
	spine1, spine2, leaf1 := node("spine1"), node("spine2"), node("leaf1")
	home := check.Reach("edge", "racks")

	leaf1("ipv4/icmp_echo_ignore_all", "1")
	_, findings := see(t, r, home)
	require.Len(t, findings, 1)
	require.Equal(t, check.Unknown, findings[0].Status)
	require.Contains(t, findings[0].Got, "2 of 16 pairs not observed, as edge1 to leaf1, all inet: ICMP disagrees with the kernels' forwarding tables, which say delivered")
	leaf1("ipv4/icmp_echo_ignore_all", "0")

	spine1("ipv6/conf/all/forwarding", "0")
	spine2("ipv6/conf/all/forwarding", "0")
	_, findings = see(t, r, home)
	require.Len(t, findings, 1)
	require.Equal(t, check.Unknown, findings[0].Status)
	require.Contains(t, findings[0].Got, "8 of 16 pairs not observed, as edge1 to leaf1, all inet6: ICMP and UDP disagree")
}

// A black hole on one of two paths is seen in packets: some flows arrive, some do not.
func TestPartialBlackHole(t *testing.T) {
	_, r, _ := up(t, "clos-small")
	spine1, err := kernel.Open(r.Name + ".spine1")
	require.NoError(t, err)
	defer spine1.Close()
	for _, addr := range []string{"10.20.1.1/32", "fd00:20:0:1::1/128"} {
		require.NoError(t, spine1.SetRoute(kernel.Route{Dst: netip.MustParsePrefix(addr), Discard: true}))
	}
	s, findings := see(t, r, check.Reach("edge", "racks"))
	require.Len(t, findings, 1)
	require.Equal(t, check.Broken, findings[0].Status, findings[0].Got)
	require.Contains(t, findings[0].Got, "4 of 16 pairs lost: discarded at spine1, as edge1 to leaf2, on 50 % of its paths")
	for _, x := range s.Trips {
		require.Empty(t, x.Why)
	}
}

const twoLeaves = `
name: two-leaves
tiers:
  spine: {count: 1, asn: 65000}
  leaf: {count: 2, asn_from: 65101}
links: [{from: leaf, to: spine}]
colos: {A: {leaf: [leaf1, leaf2], servers: 1, site: here, blocks: [198.18.10.0/24, "2001:db8:10::/48"]}}
hosts: {far: {at: spine1, address: [203.0.113.1, "2001:db8:ff::1"]}}
announces:
  - {at: spine1, prefix: [203.0.113.1/32, "2001:db8:ff::1/128"]}
  - {at: leaf, prefix: [198.18.10.0/24, "2001:db8:10::/48"]}
invariants:
  - {name: meet, reach: {from: servers, to: far}}
`

// A server divides its own flows among its leaves, so that a black hole at one of them is seen, too.
func TestPartialBlackHoleOfAServer(t *testing.T) {
	f, err := fabric.Parse("fabric.yaml", []byte(twoLeaves))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	r, err := netns.New(ctx, f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	settle(t, ctx, r)
	_, findings := see(t, r, check.Of(f)...)
	require.Empty(t, findings)

	leaf1, err := kernel.Open(r.Name + ".leaf1")
	require.NoError(t, err)
	defer leaf1.Close()
	for _, n := range []string{"203.0.113.1/32", "2001:db8:ff::1/128"} {
		require.NoError(t, leaf1.SetRoute(kernel.Route{Dst: netip.MustParsePrefix(n), Discard: true}))
	}
	_, findings = see(t, r, check.Of(f)...)
	require.Len(t, findings, 1)
	require.Equal(t, check.Broken, findings[0].Status, findings[0].Got)
	require.Contains(t, findings[0].Got, "2 of 2 pairs lost: discarded at leaf1, as a1 to far, on 50 % of its paths")
}
