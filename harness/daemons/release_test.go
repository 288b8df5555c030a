package daemons

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// testdata is what one router of one fabric said of itself under each release: a client of two reflectors with an eBGP neighbour, whose
// routes it marks.
func TestEveryReleaseIsRead(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"8.4.4", "10.3", "10.7.1"} {
		got := map[string][]string{}
		for _, family := range []string{"ipv4", "ipv6"} {
			var tb table
			read(t, release+"."+family, &tb)
			paths, err := tb.paths()
			require.NoError(t, err)
			for _, p := range paths {
				if !p.Local {
					got[family] = append(got[family], fmt.Sprintf("%s internal %t used %t", p.Route, p.Internal, p.Best))
				}
			}
			slices.Sort(got[family])
		}
		require.Equal(t, map[string][]string{
			"ipv4": {
				"10.1.1.0/24 bgp next-hop 100.64.0.4 from 100.64.0.1 internal true used true",
				"10.1.1.0/24 bgp next-hop 100.64.0.6 from 100.64.0.3 internal true used true",
				"10.1.2.0/24 bgp as-path 65001 metric 7 next-hop 100.64.0.8 from 100.64.0.8 communities 65001:1 65535:666 65535:65281 target:65001:4 large:65001:2:3 large:4294967295:2:1 large:4294967295:5:0 internal false used true",
			},
			"ipv6": {
				"fd00:1:0:1::/64 bgp next-hop fd00:64::4 from fd00:64::1 internal true used true",
				"fd00:1:0:1::/64 bgp next-hop fd00:64::6 from fd00:64::3 internal true used true",
				"fd00:1:0:2::/64 bgp as-path 65001 metric 7 next-hop fd00:64::8 from fd00:64::8 communities 65001:1 65535:666 65535:65281 target:65001:4 large:65001:2:3 large:4294967295:2:1 large:4294967295:5:0 internal false used true",
			},
		}, got, release)
		var s summary
		read(t, release+".summary", &s)
		states, err := s.states()
		require.NoError(t, err)
		require.Len(t, states, 6)
		for a, state := range states {
			require.Equal(t, "Established", state, "%s %s", release, a)
		}
	}
}

// read decodes a file of testdata.
func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}
