package routemap_test

import (
	"net/netip"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
)

// policyLine is a line of policy: no other command of a vty, and nothing that ends one.
var policyLine = regexp.MustCompile(`^((ip|ipv6) prefix-list|bgp (community-list|large-community-list|extcommunity-list|as-path access-list)|route-map) [A-Za-z0-9._-]+ [ -~]*$|` +
	`^bgp (community-list|large-community-list|extcommunity-list) (standard|expanded) [A-Za-z0-9._-]+ [ -~]*$|^ (match|set|on-match|call) [ -~]+$|^ description [A-Za-z0-9_. -]*$|^exit$`)

// Names are strangers' text, and reach the daemons in the names of lists and in descriptions.
func TestNamesOfStrangersAreNoCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x\nend\nlog file /tmp/x", "x\r\nexit", "x\x00do write memory", "!", "exit", "end", "do show version", "| include x", "vty", "ü\u2028end", "permit 10"} {
		in := policy.Calls(&policy.Policy{Name: name, Terms: []*policy.Term{{Name: name, Flow: policy.AcceptRoute, From: []policy.Match{
			&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{standard(name, policy.Std(65001, 1))}},
			policy.NewMatchPrefix([]string{name}, []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("10.0.0.0/8"))}, nil),
		}}}})
		p, err := routemap.Compile([]routemap.Session{{Peer: peer, LocalAS: testedAS, PeerAS: peerAS, In: in}})
		require.NoError(t, err)
		lines := p.Lines(1)
		require.NotEmpty(t, lines)
		for _, line := range lines {
			require.Regexp(t, policyLine, line, "%q", name)
		}
	}
}
