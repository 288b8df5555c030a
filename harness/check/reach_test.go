package check_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func requireBrief(t *testing.T, want string, got []check.Finding) {
	t.Helper()
	require.Equal(t, want, strings.Join(brief(got), ", "))
}

// lose lets the trips that are meant end at a node, on the way there or back.
func lose(s *observe.Snapshot, ending observe.Ending, at string, back bool, meant func(observe.Trip) bool) {
	for i := range s.Trips {
		t := &s.Trips[i]
		w := observe.Walk{Ending: ending, Hops: []string{at}, Lost: 1}
		switch {
		case !meant(*t):
		case back:
			t.Back = w
		default:
			t.Out, t.Back = w, observe.Walk{}
		}
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	from := func(name string) func(observe.Trip) bool { return func(t observe.Trip) bool { return t.From == name } }
	judge(t, "ok 12 of 12 pairs", func(*fabric.Fabric) check.Check { return check.Reach("servers", "A", "B") },
		judgement{"one way of loss at two nodes is one finding", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.Discarded, "leafA", false, from("a1"))
			lose(s, observe.Discarded, "leafB", false, from("b1"))
		}, []string{"broken [leafA 198.18.10.12] 8 of 12 pairs lost: discarded at leafA (4), leafB (4), as a1 to a2"}},
		judgement{"two ways of loss are two findings", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.NoRoute, "leafA", false, from("a1"))
			lose(s, observe.Looped, "spine1", false, from("b1"))
		}, []string{
			"broken [leafA 198.18.10.12] 4 of 12 pairs lost: no route at leafA, as a1 to a2",
			"broken [spine1 198.18.10.11] 4 of 12 pairs lost: looped at spine1, as b1 to a1",
		}},
		judgement{"the answer is lost", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.NoRoute, "spine2", true, from("a2"))
		}, []string{"broken [spine2 198.18.10.12] 4 of 12 pairs lost: no route at spine2, on the way back, as a2 to a1"}},
		judgement{"one family is lost", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.NoRoute, "leafA", false, func(t observe.Trip) bool { return t.V6 })
		}, []string{"broken [leafA 2001:db8:10::12] 6 of 12 pairs lost: no route at leafA, as a1 to a2, all inet6"}},
		judgement{"some paths lose", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Trips[0].Out = observe.Walk{Ending: observe.NoRoute, Hops: []string{"a1", "spine2"}, Lost: 0.5}
		}, []string{"broken [spine2 198.18.10.12] 1 of 12 pairs lost: no route at spine2, as a1 to a2, all inet, on 50 % of its paths"}},
		judgement{"delivered, but not on all paths", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Trips[0].Back.Lost = 0.25
		}, []string{"broken [a1 198.18.10.11] 1 of 12 pairs lost: some paths lose them at a1, on the way back, as a1 to a2, all inet, on 25 % of its paths"}},
		judgement{"a trip was not made", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Trips = s.Trips[1:] },
			[]string{"unknown [198.18.10.12] 1 of 12 pairs not observed, as a1 to a2, all inet"}},
		judgement{"the answer was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) { s.Trips[0].Back = observe.Walk{} },
			[]string{"unknown [198.18.10.11] 1 of 12 pairs not observed, as a1 to a2, all inet"}},
		judgement{"it is known why a trip was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Trips[0].Out.Ending, s.Trips[0].Why = observe.Unknown, "ICMP disagrees"
		}, []string{"unknown [a2 198.18.10.12] 1 of 12 pairs not observed, as a1 to a2, all inet: ICMP disagrees"}},
	)
}

func TestReachTriesServices(t *testing.T) {
	t.Parallel()
	judge(t, "ok 2 of 2 pairs", func(*fabric.Fabric) check.Check { return check.Reach("client", "services") },
		judgement{"a VIP is refused", func(_ *fabric.Fabric, s *observe.Snapshot) {
			lose(s, observe.Refused, "a1", false, func(t observe.Trip) bool { return t.To == "web6" })
		}, []string{"broken [a1 2001:db8:f0::1] 1 of 2 pairs lost: refused at a1, as client to web6, all inet6"}},
	)
}

func TestReachOfNobody(t *testing.T) {
	t.Parallel()
	f := small(t)
	for want, c := range map[string]check.Check{
		"unknown no node is meant by nobody, unknown no pair to try":        check.Reach("nobody", "servers"),
		"unknown no node or service is meant by wbe":                        check.Reach("client", "web", "wbe"),
		"unknown no pair to try":                                            check.Reach("a1", "a1"),
		"unknown no pair that shares an address family with web6":           check.Reach("old", "services"),
		"unknown no node or service is meant by A6, unknown no pair to try": check.Reach("client", "A6"),
	} {
		requireBrief(t, want, c.Judge(f, healthy(f, c)))
	}
}

func TestReachKeepsToItsFamily(t *testing.T) {
	t.Parallel()
	f := small(t)
	f.Invariants = []*fabric.Invariant{{Name: "six", Reach: &fabric.Reach{From: []string{"servers"}, To: []string{"client"}, Family: "inet6"}}}
	six := check.Of(f)[0]
	s := healthy(f, six)
	requireBrief(t, "ok 3 of 3 pairs", six.Judge(f, s))
	lose(s, observe.NoRoute, "leafA", false, func(t observe.Trip) bool { return true })
	requireBrief(t, "broken [leafA 2001:db8:ff03::1] 3 of 3 pairs lost: no route at leafA, as a1 to client", six.Judge(f, s))
}

// With a family said, services of the other one are not meant; a sender without it is.
func TestReachOfOneFamily(t *testing.T) {
	t.Parallel()
	f := small(t)
	of := func(from ...string) check.Check {
		return check.OfInvariants([]*fabric.Invariant{{Reach: &fabric.Reach{From: from, To: []string{"services"}, Family: "inet"}}})[0]
	}
	c := of("client")
	requireBrief(t, "ok 1 of 1 pairs", c.Judge(f, healthy(f, c)))
	f.Node("a1").Addrs[fabric.V4] = netip.Addr{}
	c = of("client", "a1")
	requireBrief(t, "unknown no pair that shares an address family with a1", c.Judge(f, healthy(f, c)))
}

func TestClassesAreTheInvariantsOfKindReach(t *testing.T) {
	t.Parallel()
	f := small(t)
	f.Invariants = []*fabric.Invariant{
		{Name: "six", Reach: &fabric.Reach{From: []string{"a1"}, To: []string{"client"}, Family: "inet6"}},
		{Name: "up", Sessions: &fabric.SessionsUp{}},
	}
	require.Equal(t, []observe.Class{{Name: "six", Trips: []observe.Trip{{From: "a1", To: "client", V6: true}}}}, check.Classes(f))
}
