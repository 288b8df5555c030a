package candidate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// racksOnly is the policy of topologies/clos-small in Junos' words.
const racksOnly = `policy-options {
    prefix-list RACKS-V4 { 10.20.0.0/16; }
    prefix-list RACKS-V6 { fd00:20::/48; }
    policy-statement RACKS-ONLY {
        term RACKS-V4 { from { protocol bgp; prefix-list-filter RACKS-V4 orlonger; } then accept; }
        term RACKS-V6 { from { protocol bgp; prefix-list-filter RACKS-V6 orlonger; } then accept; }
        term REJECT-THE-REST { then reject; }
    }
}
`

// The frr.conf of topologies/clos-small says what the Junos text would: no route is treated differently, but by what bgpd does before any
// route-map.
func TestClosSmallSaysTheSameInJunos(t *testing.T) {
	t.Parallel()
	b, err := Load("../../topologies/clos-small")
	require.NoError(t, err)
	junos := baseline(t, small(racksOnly+"protocols { bgp { group ALL { neighbor 100.64.0.1; neighbor 100.64.0.3; } } }").folder(t))
	said, ok := junos.Configs["spine.junos.conf"].Policy("RACKS-ONLY")
	require.True(t, ok)
	compared := 0
	for _, s := range b.Fabric.Sessions {
		for _, fam := range fabric.Families {
			if s.Binding[fam] == nil {
				continue
			}
			out := s.Out[fam]
			same := append(out[:len(out)-1:len(out)-1], policy.Expr{Policy: said})
			diff := policy.Diff(same, out, policy.Export)
			require.Empty(t, diff.Undecided)
			require.Empty(t, diff.Classes)
			require.NotEmpty(t, policy.Diff(nil, out, policy.Export).Classes)
			compared++
		}
	}
	require.Equal(t, 8, compared, "two spines, two edges, two families")
}

// A prefix-list is no route-filter: of its entries the first that holds a route decides, of route-filters the longest does.
func TestPrefixListsAreNotRouteFilters(t *testing.T) {
	t.Parallel()
	junos := baseline(t, small(`policy-options { policy-statement RACKS-ONLY {
		term T { from { route-filter 10.20.0.0/16 orlonger; route-filter 10.20.1.0/24 exact; } then accept; } term R { then reject; } } }
protocols { bgp { group ALL { neighbor 100.64.0.1; neighbor 100.64.0.3; } } }`).folder(t))
	said, ok := junos.Configs["spine.junos.conf"].Policy("RACKS-ONLY")
	require.True(t, ok)
	alike := func(list string) bool {
		b, err := Load(spine("  - {at: spine, file: spine.frr.conf, out: RACKS-ONLY}", list+"route-map RACKS-ONLY permit 10\n match ip address prefix-list RACKS\n").folder(t))
		require.NoError(t, err)
		p, ok := b.Configs["spine.frr.conf"].Policy("RACKS-ONLY")
		require.True(t, ok)
		diff := policy.Diff(policy.Calls(said), policy.Calls(p), policy.Export)
		require.Empty(t, diff.Undecided)
		return len(diff.Classes) == 0
	}
	require.False(t, alike("ip prefix-list RACKS permit 10.20.0.0/16 le 32\nip prefix-list RACKS permit 10.20.1.0/24\n"), "in the order of the route-filters")
	require.True(t, alike("ip prefix-list RACKS permit 10.20.1.0/24\nip prefix-list RACKS deny 10.20.1.0/24 le 32\nip prefix-list RACKS permit 10.20.0.0/16 le 32\n"),
		"the longest first, and what it does not hold denied")
}
