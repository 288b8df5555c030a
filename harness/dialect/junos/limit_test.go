package junos

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// Limits that end sessions or drop routes are read by family; those that only log are none.
func TestLimitsOfSessions(t *testing.T) {
	for text, want := range map[string][2]Limit{
		"": {},
		"family inet { unicast { prefix-limit { maximum 9; } } }":                                                                               {},
		"family inet { unicast { prefix-limit { teardown; } } }":                                                                                {},
		"family inet { unicast { prefix-limit { maximum 9; teardown; } } }":                                                                     {{9, true}, {}},
		"family inet { unicast { prefix-limit { maximum 9; teardown 80 idle-timeout forever; } } }":                                             {{9, true}, {}},
		"family inet6 { unicast { accepted-prefix-limit { maximum 9; teardown { 80; idle-timeout 5; } } } }":                                    {{}, {9, false}},
		"family inet { any { prefix-limit { maximum 9; hide-excess 80; } } }":                                                                   {{9, true}, {}},
		"family inet { unicast { prefix-limit { maximum 9; teardown; } accepted-prefix-limit { maximum 5; drop-excess; } } }":                   {{5, true}, {}},
		"family inet { unicast { prefix-limit { maximum 9; teardown; } accepted-prefix-limit { maximum 5; } } }":                                {{9, true}, {}},
		"family inet-vpn { unicast { prefix-limit { maximum 9; teardown; } } } family inet { unicast; }":                                        {},
		"family inet { unicast { prefix-limit { maximum 9; teardown; } } unicast { prefix-limit { maximum 7; } } }":                             {{7, true}, {}},
		"family inet { unicast { prefix-limit { maximum 9; teardown; } } } neighbor 10.0.0.1 { family inet { unicast { graceful-restart; } } }": {{9, true}, {}},
	} {
		parsed, err := conf.Parse("r.conf", []byte("protocols { bgp { group G { "+text+" neighbor 10.0.0.1 { peer-as 1; } } } }"))
		require.NoError(t, err, text)
		c, err := Read(parsed)
		require.NoError(t, err, text)
		require.Equal(t, want, c.Groups[0].Limits, text)
		require.Equal(t, want, c.Groups[0].Neighbors[0].Limits, text)
	}
	for _, most := range []string{"0", "many", "4294967296"} {
		parsed, err := conf.Parse("r.conf", []byte("protocols { bgp { group G { family inet { unicast { prefix-limit { maximum "+most+"; teardown; } } } neighbor 10.0.0.1 { peer-as 1; } } } }"))
		require.NoError(t, err)
		_, err = Read(parsed)
		require.ErrorContains(t, err, "r.conf:1: group G: prefix-limit maximum "+most+": want a number of routes from 1 to 4294967295")
	}
}
