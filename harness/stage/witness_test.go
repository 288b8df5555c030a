package stage_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/stage"
)

func TestWhatNoRouterCanShow(t *testing.T) {
	t.Parallel()
	_, s := mcp(t, "spine1", "leafA")
	only4 := *s
	only4.Remote[fabric.V6] = netip.Addr{}
	link := netip.PrefixFrom(s.Local[fabric.V4], 31).Masked().String()
	for want, w := range map[string]*stage.Witness{
		"the session does not carry inet6":             imported(&only4, "2001:db8::/48", nil),
		"no router forwards to its prefix":             imported(s, "224.0.0.0/8", nil),
		"its prefix is that of the session's own link": imported(s, link, nil),
		"local preference 0 cannot be told from none":  imported(internal(s), "10.0.0.0/8", func(r *policy.Route) { r.LocalPref = 0 }),
		"it has communities that closlab takes for itself": imported(s, "10.0.0.0/8", func(r *policy.Route) {
			r.Communities = policy.CommunitySet(policy.Community{Kind: policy.Large, A: 4294967294})
		}),
		"its AS path holds the router's own AS 65100: it is":   imported(s, "10.0.0.0/8", func(r *policy.Route) { r.ASPath = []uint32{65201, 65100} }),
		"its AS path does not begin with the neighbour's AS 6": imported(s, "10.0.0.0/8", func(r *policy.Route) { r.ASPath = nil }),
		"eBGP carries no local preference":                     imported(s, "10.0.0.0/8", func(r *policy.Route) { r.LocalPref = 200 }),
		"its next hop is not the neighbour":                    imported(s, "10.0.0.0/8", func(r *policy.Route) { r.NextHop = netip.MustParseAddr("10.1.1.1") }),
		"BGP carries no tags and preferences":                  imported(s, "10.0.0.0/8", func(r *policy.Route) { r.Preference = 10 }),
		"the router must have learned it":                      {Session: s, Route: policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), LocalPref: 100, External: true}},
		"it has a next hop that only":                          {Session: s, Route: policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), LocalPref: 100, NextHop: s.Local[0]}},
		"BGP carries no tags":                                  {Session: s, Route: policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), LocalPref: 100, Tag: 3}},
	} {
		require.Contains(t, w.Unobservable(), want)
	}
	require.Empty(t, imported(s, "0.0.0.0/0", nil).Unobservable())
}

// A table has one own route to a prefix, and that hides what neighbours send; all else can be together.
func TestRounds(t *testing.T) {
	t.Parallel()
	_, a := mcp(t, "spine1", "leafA")
	_, b := mcp(t, "spine1", "leafB")
	_, other := mcp(t, "spine2", "leafA")
	red := func(r *policy.Route) { r.Communities = policy.CommunitySet(policy.Std(1, 1)) }
	exported := func(s *fabric.Session, med uint32) *stage.Witness {
		return &stage.Witness{Session: s, Route: policy.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), LocalPref: 100, MED: med}}
	}
	ws := []*stage.Witness{
		imported(a, "10.0.0.0/8", nil),     // 0
		imported(b, "10.0.0.0/8", red),     // 0: another neighbour
		imported(a, "10.0.0.0/8", red),     // 1: the same neighbour
		imported(a, "10.1.0.0/16", red),    // 0: another prefix
		exported(a, 1),                     // 2: the router's own
		exported(b, 1),                     // 2: the same, on another session
		exported(a, 2),                     // 3: another of its own
		imported(other, "10.0.0.0/8", red), // 0: another router
	}
	rounds := stage.Rounds(ws)
	require.Equal(t, [][]*stage.Witness{{ws[0], ws[1], ws[3], ws[7]}, {ws[2]}, {ws[4], ws[5]}, {ws[6]}}, rounds)
	require.Empty(t, stage.Rounds(nil))
}
