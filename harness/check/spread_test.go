package check_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func evenSpines() fabric.Spread {
	return fabric.Spread{From: "client", To: "servers", Over: "spine", Within: 10}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	even := func(*fabric.Fabric) check.Check { return check.Spread(evenSpines()) }
	judge(t, "ok 1212 inet flows over 2 nodes, 1212 inet6 flows over 2 nodes", even,
		judgement{"one spine carries more", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Via = map[string]int{"spine1": 909, "spine2": 303}
		}, []string{
			"broken [spine1] 75.0 % of the inet flows pass spine1, want 50.0 %",
			"broken [spine2] 25.0 % of the inet flows pass spine2, want 50.0 %",
		}},
		judgement{"each family has a spine of its own", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Via, s.Bundles[1].Via = map[string]int{"spine1": 1212}, map[string]int{"spine2": 1212}
		}, []string{
			"broken [spine1] 100.0 % of the inet flows pass spine1, want 50.0 %",
			"broken [spine2] 0.0 % of the inet flows pass spine2, want 50.0 %",
			"broken [spine1] 0.0 % of the inet6 flows pass spine1, want 50.0 %",
			"broken [spine2] 100.0 % of the inet6 flows pass spine2, want 50.0 %",
		}},
		judgement{"flows are lost", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Endings = map[observe.Ending]int{observe.Delivered: 1000, observe.Discarded: 12, observe.NoRoute: 200}
		}, []string{"broken 200 of 1212 inet flows: no route", "broken 12 of 1212 inet flows: discarded"}},
		judgement{"some flows take a way around, within the tolerance", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Via["spine1"] -= 10
		}, []string{"broken 10 of 1212 inet flows pass no spine"}},
		judgement{"some flows take a detour, within the tolerance", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Via["spine1"] += 10
		}, []string{"broken 10 inet flows pass more than one spine"}},
		judgement{"one family was not sent", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Bundles = s.Bundles[:1] },
			[]string{"unknown 0 of 1212 inet6 flows observed"}},
		judgement{"not every flow was observed", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Bundles[0].Endings = map[observe.Ending]int{observe.Delivered: 1200, observe.Unknown: 12}
		}, []string{"unknown 1200 of 1212 inet flows observed"}},
		judgement{"no flow was counted", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Bundles[1].Endings = nil },
			[]string{"unknown 0 of 1212 inet6 flows observed"}},
	)
}

// A tolerance that the sample cannot tell from chance is refused, with the number of flows that could.
func TestSpreadNeedsEnoughFlows(t *testing.T) {
	t.Parallel()
	f := small(t)
	few, many := evenSpines(), evenSpines()
	few.Flows, many.Flows = 1211, 1212
	c := check.Spread(few)
	requireBrief(t, "unknown 1211 flows cannot support a tolerance of 10 %: send 1212, unknown 1211 flows cannot support a tolerance of 10 %: send 1212",
		c.Judge(f, healthy(f, c)))
	c = check.Spread(many)
	require.Equal(t, check.OK, c.Judge(f, healthy(f, c))[0].Status)

	fine := evenSpines()
	fine.Within = 0.01
	c = check.Spread(fine)
	require.Empty(t, check.RequestOf(f, c).Flows, "a billion flows are not sent")
	requireBrief(t, "unknown a tolerance of 0.01 % needs 1211566515 flows, more than the 10000000 that are sent", c.Judge(f, healthy(f, c)))
}

// After a drain all flows pass the other spine.
func TestSpreadOverOneNode(t *testing.T) {
	t.Parallel()
	f := small(t)
	c := check.Spread(fabric.Spread{From: "client", To: "web", Over: "spine2", Within: 1, Seed: 7})
	s := healthy(f, c)
	require.Equal(t, []observe.Flows{{From: "client", To: "web", Count: 100, Seed: 7}}, check.RequestOf(f, c).Flows)
	requireBrief(t, "broken [spine2] 50.0 % of the inet flows pass spine2, want 100.0 %", c.Judge(f, s))
	s.Bundles[0].Via = map[string]int{"spine2": 100}
	requireBrief(t, "ok 100 inet flows over 1 nodes", c.Judge(f, s))
}

func TestSpreadOfNothing(t *testing.T) {
	t.Parallel()
	f := small(t)
	for want, s := range map[string]fabric.Spread{
		"unknown no node is meant by clients":        {From: "clients", To: "web", Over: "spine", Within: 10},
		"unknown no node is meant by spines":         {From: "client", To: "web", Over: "spines", Within: 10},
		"unknown no flow from client to wbe to send": {From: "client", To: "wbe", Over: "spine", Within: 10},
		"unknown no flow from old to web6 to send":   {From: "old", To: "web6", Over: "spine", Within: 10},
	} {
		c := check.Spread(s)
		requireBrief(t, want, c.Judge(f, healthy(f, c)))
	}
}

// A prefix group stands for whatever is in it, in its own families.
func TestSpreadToPrefixes(t *testing.T) {
	t.Parallel()
	f := small(t)
	for to, v6 := range map[string][]bool{"site-local": {false, true}, "198.51.100.0/26": {false}, "2001:db8:f0::/48": {true}, "old": {false}} {
		c := check.Spread(fabric.Spread{From: "client", To: to, Over: "spine", Within: 10})
		var got []bool
		for _, x := range check.RequestOf(f, c).Flows {
			got = append(got, x.V6)
		}
		require.Equal(t, v6, got, to)
	}
}

// What one sender does unevenly no other evens out, and each must send.
func TestSpreadJudgesEverySender(t *testing.T) {
	t.Parallel()
	leaves := func(*fabric.Fabric) check.Check {
		return check.Spread(fabric.Spread{From: "leaf", To: "client", Over: "spine", Within: 10})
	}
	bundle := func(s *observe.Snapshot, from string, v6 bool) *observe.Bundle {
		i := slices.IndexFunc(s.Bundles, func(b observe.Bundle) bool { return b.Flows.From == from && b.Flows.V6 == v6 })
		return &s.Bundles[i]
	}
	judge(t, "ok 2684 inet flows over 2 nodes, 2684 inet6 flows over 2 nodes", leaves,
		judgement{"each leaf has a spine of its own", func(_ *fabric.Fabric, s *observe.Snapshot) {
			bundle(s, "leafA", false).Via = map[string]int{"spine1": 1342}
			bundle(s, "leafB", false).Via = map[string]int{"spine2": 1342}
		}, []string{
			"broken [spine1] 100.0 % of the inet flows from leafA pass spine1, want 50.0 % (2 of 2 senders uneven)",
			"broken [spine2] 0.0 % of the inet flows from leafA pass spine2, want 50.0 % (2 of 2 senders uneven)",
		}},
		judgement{"one leaf is uneven", func(_ *fabric.Fabric, s *observe.Snapshot) {
			bundle(s, "leafB", true).Via = map[string]int{"spine1": 336, "spine2": 1006}
		}, []string{
			"broken [spine1] 25.0 % of the inet6 flows from leafB pass spine1, want 50.0 % (1 of 2 senders uneven)",
			"broken [spine2] 75.0 % of the inet6 flows from leafB pass spine2, want 50.0 % (1 of 2 senders uneven)",
		}},
		judgement{"one leaf was not seen, the other loses", func(_ *fabric.Fabric, s *observe.Snapshot) {
			bundle(s, "leafA", false).Endings, bundle(s, "leafA", false).Via = nil, nil
			bundle(s, "leafB", false).Endings = map[observe.Ending]int{observe.NoRoute: 1342}
		}, []string{"unknown 1342 of 2684 inet flows observed", "broken 1342 of 2684 inet flows: no route"}},
	)
	f := small(t)
	f.Node("leafB").Addrs = [2]netip.Addr{}
	requireBrief(t, "unknown no flow from leafB to client to send", leaves(f).Judge(f, healthy(f, leaves(f))))
}
