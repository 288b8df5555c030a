package check_test

import (
	"slices"
	"testing"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func TestSessionsUp(t *testing.T) {
	t.Parallel()
	judge(t, "ok 10 session ends established", func(*fabric.Fabric) check.Check { return check.SessionsUp() },
		judgement{"one session is down", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for _, x := range []*observe.Session{end(s, "leafA", "spine1"), end(s, "spine1", "leafA")} {
				x.Up, x.Why = false, "hold timer expired"
			}
		}, []string{"broken [leafA leafA→spine1] 1 of 2 sessions of leafA down, leafA→spine1: hold timer expired"}},
		judgement{"a router is dead: one finding, at the router", func(_ *fabric.Fabric, s *observe.Snapshot) {
			for i := range s.Sessions {
				s.Sessions[i].Up = s.Sessions[i].Node != "spine2" && s.Sessions[i].Peer != "spine2"
			}
		}, []string{"broken [spine2 spine2→transit1] 3 of 3 sessions of spine2 down, spine2→transit1, spine2→leafA, spine2→leafB"}},
		judgement{"one end alone says that it is down", func(_ *fabric.Fabric, s *observe.Snapshot) {
			end(s, "leafB", "spine2").Up = false
		}, []string{"broken [leafB leafB→spine2] 1 of 2 sessions of leafB down, leafB→spine2"}},
		judgement{"an end was not observed", func(_ *fabric.Fabric, s *observe.Snapshot) {
			s.Sessions = slices.DeleteFunc(s.Sessions, func(x observe.Session) bool { return x.Node == "leafB" && x.Peer == "spine1" })
		}, []string{"unknown [leafB leafB→spine1] 1 of 10 session ends not observed: leafB→spine1"}},
		judgement{"the fabric has no session", func(f *fabric.Fabric, _ *observe.Snapshot) { f.Sessions = nil },
			[]string{"unknown no session at all"}},
	)
}

func TestSessionsUpOfNobody(t *testing.T) {
	t.Parallel()
	f := small(t)
	s := healthy(f)
	for want, at := range map[string][]string{
		"unknown no node is meant by leafC, unknown no session at leafC": {"leafC"},
		"unknown no node is meant by leafC":                              {"leafA", "leafC"},
		"unknown no session at servers":                                  {"servers"},
	} {
		requireBrief(t, want, check.SessionsUp(at...).Judge(f, s))
	}
}

// A selector without a session claims nothing, whatever the others do.
func TestSessionsUpOfWhoHasNone(t *testing.T) {
	t.Parallel()
	f := small(t)
	requireBrief(t, "unknown no session at servers", check.SessionsUp("leaf", "servers").Judge(f, healthy(f)))
}
