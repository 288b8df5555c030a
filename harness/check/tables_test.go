package check_test

import (
	"fmt"
	"testing"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

func TestPresent(t *testing.T) {
	t.Parallel()
	judge(t, "ok 4 prefixes at 2 routers", func(*fabric.Fabric) check.Check { return check.Present([]string{"site-local"}, "spine") },
		judgement{"one is missing", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Tables["spine2"].RIB = s.Tables["spine2"].RIB[1:] },
			[]string{"broken [spine2 198.18.10.0/24] 1 of 4 missing: 198.18.10.0/24"}},
		judgement{"known but not used", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Tables["spine1"].RIB[0].Paths[0].Active = false },
			[]string{"broken [spine1 198.18.10.0/24] 1 of 4 missing: 198.18.10.0/24"}},
		judgement{"an entry without a path", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Tables["spine1"].RIB[0].Paths = nil },
			[]string{"broken [spine1 198.18.10.0/24] 1 of 4 missing: 198.18.10.0/24"}},
		judgement{"the same at two routers is one finding", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Tables["spine1"], s.Tables["spine2"] = table(nil), table(nil)
		}, []string{"broken [spine1 198.18.10.0/24] 4 of 4 missing: 198.18.10.0/24, 2001:db8:10::/48, 198.18.20.0/24, 2001:db8:20::/48; so at spine2"}},
		judgement{"a table was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) { delete(s.Tables, "spine1") },
			[]string{"unknown [spine1] routing table not observed"}},
	)
}

func TestPresentOfNothing(t *testing.T) {
	t.Parallel()
	f := small(t)
	s := healthy(f)
	for want, c := range map[string]check.Check{
		"unknown no prefix is meant by racks, unknown 0 prefixes at 2 nodes to look for": check.Present([]string{"racks"}, "spine"),
		"unknown no prefix is meant by racks":                                            check.Present([]string{"anycast", "racks"}, "spine"),
		"unknown no node is meant by core, unknown 2 prefixes at 0 nodes to look for":    check.Present([]string{"anycast"}, "core"),
		"unknown [a1] routing table not observed; so at a2, b1":                          check.Present([]string{"anycast"}, "servers"),
	} {
		requireBrief(t, want, c.Judge(f, s))
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	leak := func(s *observe.Snapshot, node string, routes ...policy.Route) {
		x := end(s, node, "transit1")
		x.Sent = append(x.Sent, routes...)
	}
	inside := policy.Route{Prefix: pfx("198.18.10.0/24"), Communities: policy.CommunitySet(policy.NoExport, policy.Std(64500, 2))}
	longer := policy.Route{Prefix: pfx("198.51.100.0/27")}
	judge(t, "ok 4 routes sent on 2 sessions, nothing else", func(*fabric.Fabric) check.Check { return check.Only([]string{"anycast"}, "transit") },
		judgement{"a leak on both sessions, with its communities", func(_ *fabric.Fabric, s *observe.Snapshot) {
			leak(s, "spine1", inside)
			leak(s, "spine2", inside)
		}, []string{"broken [spine1 spine1→transit1 198.18.10.0/24] 198.18.10.0/24 sent on spine1→transit1, spine2→transit1 with communities 64500:2, 65535:65281"}},
		judgement{"a longer prefix of an allowed one is a leak", func(_ *fabric.Fabric, s *observe.Snapshot) { leak(s, "spine2", longer) },
			[]string{"broken [spine2 spine2→transit1 198.51.100.0/27] 198.51.100.0/27 sent on spine2→transit1"}},
		judgement{"a full table is one finding", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for i := range 200 {
				leak(s, "spine1", policy.Route{Prefix: pfx(fmt.Sprintf("10.0.%d.0/24", i))})
			}
		}, []string{"broken [spine1 spine1→transit1 10.0.0.0/24] 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24, 10.0.4.0/24, 10.0.5.0/24 and 194 more sent on spine1→transit1"}},
		judgement{"what transit itself sends is no leak", func(_ *fabric.Fabric, s *observe.Snapshot) {
			x := end(s, "transit1", "spine1")
			x.Sent = append(x.Sent, inside)
		}, []string{"ok 4 routes sent on 2 sessions, nothing else"}},
		judgement{"nothing at all is sent", func(_ *fabric.Fabric, s *observe.Snapshot) {
			end(s, "spine1", "transit1").Sent, end(s, "spine2", "transit1").Sent = nil, nil
		}, []string{"unknown no route sent on 2 sessions"}},
		judgement{"a session was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) { end(s, "spine1", "transit1").Node = "other" },
			[]string{"unknown [spine1 spine1→transit1] not observed"}},
	)
}

func TestOnlyOfNothing(t *testing.T) {
	t.Parallel()
	f := small(t)
	s := healthy(f)
	for want, c := range map[string]check.Check{
		"unknown no prefix is meant by anycats":                                 check.Only([]string{"anycast", "anycats"}, "transit"),
		"unknown no node is meant by peer, unknown no route sent on 0 sessions": check.Only([]string{"anycast"}, "peer"),
		"unknown no route sent on 0 sessions":                                   check.Only([]string{"anycast"}, "servers"),
	} {
		requireBrief(t, want, c.Judge(f, s))
	}
}

// entry lets change spoil what a router holds of a prefix.
func entry(s *observe.Snapshot, node, prefix string, change func(*observe.Path, *observe.Forward)) {
	t := s.Tables[node]
	for i := range t.RIB {
		if t.RIB[i].Prefix == pfx(prefix) {
			change(&t.RIB[i].Paths[0], &t.FIB[i])
		}
	}
}

// A route that discards is in the table, but brings nothing home: only who owns the prefix has a reason for one.
func TestPresentMeansUsable(t *testing.T) {
	t.Parallel()
	drop := func(_ *observe.Path, x *observe.Forward) { x.Drop, x.Hops = true, nil }
	own := func(p policy.Protocol) func(*observe.Path, *observe.Forward) {
		return func(path *observe.Path, x *observe.Forward) {
			path.Peer, path.Route.Protocol = "", p
			drop(path, x)
		}
	}
	at := func(node, prefix string, change func(*observe.Path, *observe.Forward)) func(*fabric.Fabric, *observe.Snapshot) {
		return func(_ *fabric.Fabric, s *observe.Snapshot) { entry(s, node, prefix, change) }
	}
	judge(t, "ok 6 prefixes at 4 routers", func(*fabric.Fabric) check.Check {
		return check.Present([]string{"site-local", "anycast"}, "spine", "leaf")
	},
		judgement{"a learnt route discards", at("spine2", "198.18.10.0/24", drop), []string{"broken [spine2 198.18.10.0/24] 1 of 6 discarded: 198.18.10.0/24"}},
		judgement{"a static route discards", at("spine2", "198.18.10.0/24", own(policy.Static)), []string{"broken [spine2 198.18.10.0/24] 1 of 6 discarded: 198.18.10.0/24"}},
		judgement{"at a leaf of another colo too", at("leafB", "198.18.10.0/24", own(policy.Static)), []string{"broken [leafB 198.18.10.0/24] 1 of 6 discarded: 198.18.10.0/24"}},
		judgement{"the leaf of the colo announces its block so", at("leafA", "198.18.10.0/24", own(policy.Static)), []string{"ok 6 prefixes at 4 routers"}},
		judgement{"and the prefixes of its services", at("leafA", "198.51.100.0/26", own(policy.Static)), []string{"ok 6 prefixes at 4 routers"}},
		judgement{"an aggregate discards by design", at("spine1", "198.18.10.0/24", own(policy.Aggregate)), []string{"ok 6 prefixes at 4 routers"}},
		judgement{"missing and discarded are told apart", func(_ *fabric.Fabric, s *observe.Snapshot) {
			entry(s, "spine1", "198.18.20.0/24", drop)
			s.Tables["spine1"].RIB = s.Tables["spine1"].RIB[1:]
		}, []string{
			"broken [spine1 198.18.10.0/24] 1 of 6 missing: 198.18.10.0/24",
			"broken [spine1 198.18.20.0/24] 1 of 6 discarded: 198.18.20.0/24",
		}},
	)
}

// What a session would send while it is down cannot be seen.
func TestOnlyOfASessionThatIsDown(t *testing.T) {
	t.Parallel()
	judge(t, "ok 4 routes sent on 2 sessions, nothing else", func(*fabric.Fabric) check.Check { return check.Only([]string{"anycast"}, "transit") },
		judgement{"one of two", func(_ *fabric.Fabric, s *observe.Snapshot) {
			x := end(s, "spine2", "transit1")
			x.Up, x.Sent = false, nil
		}, []string{"unknown [spine2 spine2→transit1] down: what it would send was not seen"}},
	)
}

// Seven things are listed rather than six and a count of one.
func TestLongListsAreCutShort(t *testing.T) {
	t.Parallel()
	f := small(t)
	for n, want := range map[int]string{
		7: "10.0.5.0/24, 10.0.6.0/24", 8: "10.0.5.0/24 and 2 more",
	} {
		s := healthy(f)
		for i := range n {
			end(s, "spine1", "transit1").Sent = append(end(s, "spine1", "transit1").Sent, policy.Route{Prefix: pfx(fmt.Sprintf("10.0.%d.0/24", i))})
		}
		requireBrief(t, "broken [spine1 spine1→transit1 10.0.0.0/24] 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24, 10.0.4.0/24, "+want+" sent on spine1→transit1",
			check.Only([]string{"anycast"}, "transit").Judge(f, s))
	}
}
