//go:build linux

package netns_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// What the forwarding tables do not show is Unknown, and the finding names which packets disagree with them.
func TestPacketsThatDisagreeWithTheTables(t *testing.T) {
	_, r, _ := up(t, "clos-small")
	node := func(name string) func(sysctl, value string) {
		n, err := netns.Namespace(r.Name, name)
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
	spine1, err := netns.Namespace(r.Name, "spine1")
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
