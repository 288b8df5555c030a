package frr_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
)

// A mark is found wherever it stands among a route's communities: an own route that has others, too, is still one that no policy lets out.
func TestMarksAreFoundAmongOtherCommunities(t *testing.T) {
	t.Parallel()
	peer := netip.MustParseAddr("10.0.0.1")
	p, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: 65000, PeerAS: 65001}})
	require.NoError(t, err)
	text := strings.Join(p.Lines(1), "\n") + fmt.Sprintf("\nrouter bgp 65000\n neighbor %[1]s remote-as 65001\n%[2]s\n", peer, strings.Join(p.Attach(peer, 1), "\n"))
	c, err := frr.Read("written.frr.conf", []byte(text))
	require.NoError(t, err)
	other := policy.Community{Kind: policy.Large, A: 64500, B: 1, C: 1}
	for _, cs := range []policy.Communities{nil, {other}} {
		r := policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), LocalPref: 100, Communities: routemap.Disguise(policy.Static, cs)}
		require.Equal(t, "reject", outcome(c.Sessions[0].Out, r, policy.Export), "%v", cs)
		r.Communities = cs
		require.NotEqual(t, "reject", outcome(c.Sessions[0].Out, r, policy.Export), "%v", cs)
	}
}
