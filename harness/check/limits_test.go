package check_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// A session that brings more routes than its router takes ends, and what then happens is not known.
func TestSessionsThatBringTooMuch(t *testing.T) {
	t.Parallel()
	routes := func(ps ...string) (out []policy.Route) {
		for _, p := range ps {
			out = append(out, policy.Route{Prefix: netip.MustParsePrefix(p)})
		}
		return out
	}
	up := []*fabric.Invariant{{Name: "up", Sessions: &fabric.SessionsUp{At: []string{"all"}}}}
	for name, c := range map[string]struct {
		limit          fabric.Limit
		received, sent []policy.Route
		want           check.Status
	}{
		"as many as it may":            {fabric.Limit{Routes: 1}, routes("10.0.0.0/8", "2001:db8::/32"), nil, check.OK},
		"one more":                     {fabric.Limit{Routes: 1}, routes("10.0.0.0/8", "11.0.0.0/8"), nil, check.Unknown},
		"one more, which is rejected":  {fabric.Limit{Routes: 1}, routes("10.0.0.0/8"), routes("10.0.0.0/8", "11.0.0.0/8"), check.OK},
		"and rejected ones count, too": {fabric.Limit{Routes: 1, Rejected: true}, routes("10.0.0.0/8"), routes("10.0.0.0/8", "11.0.0.0/8"), check.Unknown},
	} {
		f := &fabric.Fabric{Invariants: up, Sessions: []*fabric.Session{{Node: "a", Peer: "b", Limit: [2]fabric.Limit{c.limit}}, {Node: "b", Peer: "a"}}}
		require.Len(t, check.Of(f), 2, name)
		s := &observe.Snapshot{Sessions: []observe.Session{{Node: "a", Peer: "b", Up: true, Received: c.received}, {Node: "b", Peer: "a", Up: true, Sent: c.sent}}}
		got := check.Limits().Judge(f, s)
		require.Len(t, got, 1, name)
		require.Equal(t, c.want, got[0].Status, name)
	}
	require.Len(t, check.Of(&fabric.Fabric{Invariants: up, Sessions: []*fabric.Session{{}}}), 1)
}
