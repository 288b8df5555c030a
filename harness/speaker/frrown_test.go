//go:build linux

package speaker

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

func TestOwnRoutesInFRRsWords(t *testing.T) {
	t.Parallel()
	p := netip.MustParsePrefix("198.51.100.0/24")
	route := policy.Route{Prefix: p, Protocol: policy.Static, LocalPref: 200, MED: 7, ASPath: []uint32{65001, 65002}, Origin: policy.Incomplete,
		Communities: policy.CommunitySet(policy.NoExport, policy.Std(65001, 1), policy.Community{Kind: policy.Extended, A: 2, B: 65001, C: 3})}
	own := Own{Route: route, Hops: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.3")}}
	lines, err := own.attributes()
	require.NoError(t, err)
	require.Equal(t, []string{
		"route-map own-198.51.100.0/24 permit 10", "set local-preference 200", "set metric 7", "set origin incomplete", "set as-path prepend 65001 65002",
		"set community 65001:1", "set large-community 4294967295:1:1 4294967295:2:1", "set extcommunity rt 65001:3", "exit",
	}, lines, "the mark of a static route, and that of NO_EXPORT, which FRR would look for ahead of the policy")
	require.Equal(t, []string{"ip route 198.51.100.0/24 192.0.2.1 1", "ip route 198.51.100.0/24 192.0.2.3 1"}, own.static())
	last := Own{Route: route, Discard: true, Learned: true}
	require.Equal(t, []string{"ip route 198.51.100.0/24 blackhole 250"}, last.static())

	route.Communities = policy.CommunitySet(policy.Community{Kind: policy.Extended, A: 0x030b, C: 1})
	require.ErrorContains(t, Originates(route), "FRR sets route targets only")
}

// A line counts as held only below the heading that it was given under.
func TestPlacesOfLines(t *testing.T) {
	t.Parallel()
	collect := func(lines ...string) []string {
		var out []string
		for p := range places(lines) {
			out = append(out, p)
		}
		return out
	}
	given := collect("route-map A permit 1", " description x", " match community C", "exit", "route-map A deny 2", "exit")
	require.Equal(t, []string{"route-map A permit 1 / route-map A permit 1", "route-map A permit 1 / match community C", "route-map A deny 2 / route-map A deny 2"}, given)
	require.NotEqual(t, given, collect("route-map A permit 1", "exit", "route-map A deny 2", " match community C", "exit"))
}
