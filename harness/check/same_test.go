package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

func TestSame(t *testing.T) {
	t.Parallel()
	before := func(f *fabric.Fabric) check.Check { return check.Same(healthy(f, check.Of(f)...)) }
	judge(t, "ok 12 session ends, 5 routing tables, 14 trips, 2 bundles of flows, 4 loads", before,
		judgement{"only later, and in other words", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.At = time.Hour
			s.Tables["spine1"].RIB[0].Paths[0].Reason = "only path"
			s.Loads[0].Colos[0].Share += 1e-12
		}, []string{"ok 12 session ends, 5 routing tables, 14 trips, 2 bundles of flows, 4 loads"}},
		judgement{"a session stays down", func(_ *fabric.Fabric, s *observe.Snapshot) {
			end(s, "leafA", "spine1").Up, end(s, "leafA", "spine1").Why = false, "no route to peer"
		}, []string{"broken [leafA leafA→spine1] leafA→spine1 is down now no route to peer"}},
		judgement{"routes are not sent again: one finding a node", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for _, peer := range []string{"leafA", "leafB"} {
				end(s, "spine1", peer).Sent = nil
			}
		}, []string{"broken [spine1 spine1→leafA 198.51.100.0/26] spine1→leafA sends other routes, 0 instead of 2: 198.51.100.0/26, 2001:db8:f0::/48; " +
			"spine1→leafB sends other routes, 0 instead of 2: 198.51.100.0/26, 2001:db8:f0::/48"}},
		judgement{"an attribute stays", func(_ *fabric.Fabric, s *observe.Snapshot) {
			end(s, "leafA", "spine1").Received[1].Communities = policy.CommunitySet(policy.NoExport)
		}, []string{"broken [leafA leafA→spine1 2001:db8:f0::/48] leafA→spine1 receives other routes, 2 instead of 2: 2001:db8:f0::/48"}},
		judgement{"a route stays", func(_ *fabric.Fabric, s *observe.Snapshot) {
			x := end(s, "leafA", "spine1")
			x.Sent = append(x.Sent, policy.Route{Prefix: pfx("10.0.0.0/8")})
		}, []string{"broken [leafA leafA→spine1 10.0.0.0/8] leafA→spine1 sends other routes, 3 instead of 2: 10.0.0.0/8"}},
		judgement{"another path is used", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Tables["leafB"].RIB[0].Paths[0].Peer = "spine2"
			s.Tables["leafB"].FIB[0].Hops = []string{"spine2"}
		}, []string{
			"broken [leafB 198.18.10.0/24] 1 prefixes differ in the routing table of leafB: 198.18.10.0/24",
			"broken [leafB 198.18.10.0/24] 1 prefixes differ in the forwarding table of leafB: 198.18.10.0/24",
		}},
		judgement{"a forwarding entry is left behind", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Tables["leafB"].FIB = append(s.Tables["leafB"].FIB, observe.Forward{Prefix: pfx("10.0.0.0/8"), Drop: true})
		}, []string{"broken [leafB 10.0.0.0/8] 1 prefixes differ in the forwarding table of leafB: 10.0.0.0/8"}},
		judgement{"traffic ends otherwise", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.Discarded, "leafA", false, func(t observe.Trip) bool { return t.From == "a1" })
			s.Bundles[0].Via["spine1"]--
			s.Loads[1].Lost = 0.1
		}, []string{
			"broken 4 of 14 trips differ: a1 to a2 is discarded at leafA, was delivered",
			"broken 1 of 2 bundles of flows differ: client to servers takes other ways",
			"broken 1 of 4 loads differ: web (settled) is distributed otherwise",
		}},
		judgement{"what was seen before is not looked at", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Trips, s.Bundles, s.Loads = s.Trips[1:], nil, nil
			delete(s.Tables, "leafA")
			end(s, "leafB", "spine1").Node = "leafC"
		}, []string{
			"unknown [leafB leafB→spine1] leafB→spine1 not observed",
			"broken [leafC leafC→spine1] leafC→spine1 is new",
			"unknown [leafA] tables of leafA not observed",
			"unknown 1 of 14 trips not observed again",
			"unknown 2 of 2 bundles of flows not observed again",
			"unknown 4 of 4 loads not observed again",
		}},
		judgement{"a router is new", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Tables["leafZ"] = table(nil) },
			[]string{"broken [leafZ] leafZ is a new router"}},
	)
}

func TestSameAsNothing(t *testing.T) {
	t.Parallel()
	f := small(t)
	for _, before := range []*observe.Snapshot{nil, {}} {
		c := check.Same(before)
		require.Empty(t, check.RequestOf(f, c))
		requireBrief(t, "unknown nothing to compare with", c.Judge(f, healthy(f)))
	}
}

// What could be told neither before nor now is not the same.
func TestSameIsNotTwiceUnknown(t *testing.T) {
	t.Parallel()
	f := small(t)
	for want, spoil := range map[string]func(*observe.Snapshot){
		"unknown 1 of 14 trips not observed again": func(s *observe.Snapshot) { s.Trips[0].Out = observe.Walk{} },
		"unknown 1 of 14 trips not observed again: ICMP disagrees": func(s *observe.Snapshot) {
			s.Trips[0].Out, s.Trips[0].Why = observe.Walk{}, "ICMP disagrees"
		},
		"unknown 2 of 14 trips not observed again":           func(s *observe.Snapshot) { s.Trips[0].Back, s.Trips[1].Back = observe.Walk{}, observe.Walk{} },
		"unknown 1 of 2 bundles of flows not observed again": func(s *observe.Snapshot) { s.Bundles[0].Endings = map[observe.Ending]int{observe.Unknown: 1} },
	} {
		before, after := healthy(f, check.Of(f)...), healthy(f, check.Of(f)...)
		spoil(before)
		spoil(after)
		requireBrief(t, want, check.Same(before).Judge(f, after))
	}
	// What could not be told before and can now, or the other way round, is not known to be the same either.
	before, after := healthy(f, check.Of(f)...), healthy(f, check.Of(f)...)
	after.Trips[0].Out = observe.Walk{}
	requireBrief(t, "unknown 1 of 14 trips not observed again", check.Same(before).Judge(f, after))
	requireBrief(t, "unknown 1 of 14 trips not observed again", check.Same(after).Judge(f, before))
}

// Every figure of trips and loads counts.
func TestSameLooksAtEveryFigure(t *testing.T) {
	t.Parallel()
	before := func(f *fabric.Fabric) check.Check { return check.Same(healthy(f, check.Of(f)...)) }
	trip := []string{"broken 1 of 14 trips differ: a1 to a2 is no route at spine1, was delivered"}
	partial := []string{"broken 1 of 14 trips differ: a1 to a2 is lost at a2 on 50 % of its paths, was delivered"}
	load := []string{"broken 1 of 4 loads differ: web (stale) is distributed otherwise"}
	lost := observe.Walk{Ending: observe.NoRoute, Hops: []string{"a1", "spine1"}, Lost: 1}
	judge(t, "ok 12 session ends, 5 routing tables, 14 trips, 2 bundles of flows, 4 loads", before,
		judgement{"the way there alone", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Trips[0].Out = lost }, trip},
		judgement{"the way back alone", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Trips[0].Back = lost }, trip},
		judgement{"the part that is lost alone", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Trips[0].Out.Lost = 0.5 }, partial},
		judgement{"what lands", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Colos[0].Landed += 0.1 }, load},
		judgement{"what is served", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Colos[0].Share += 0.1 }, load},
		judgement{"what is wanted", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Colos[0].Want += 0.1 }, load},
		judgement{"how full it is", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Colos[0].Utilisation += 0.1 }, load},
		judgement{"which colo it is", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Colos[0].Name = "C" }, load},
		judgement{"the load offered", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Offered += 0.1 }, load},
		judgement{"what is lost", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Lost += 0.1 }, load},
		judgement{"what lands elsewhere", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Foreign += 0.1 }, load},
		judgement{"the servers", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Loads[0].Servers = s.Loads[0].Colos }, load},
	)
}
