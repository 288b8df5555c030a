package gate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// observed judges a harmless candidate with what start brings up as the live fabric.
func observed(t *testing.T, start func(*fabric.Fabric) (*gate.Live, error)) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	c, err := base.With(write(t, map[string]string{"spine.junos.conf.set": harmless}))
	require.NoError(t, err)
	return gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: start})
}

// live is a live fabric that is none: another simulation.
func live(r *sim.Sim) *gate.Live { return (&spoiled{Sim: r}).live() }

func TestFabricThatDoesNotStartIsUnknown(t *testing.T) {
	t.Parallel()
	v := observed(t, func(*fabric.Fabric) (*gate.Live, error) { return nil, errors.New("no root here") })
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "no root here")
}

// preferred changes nothing that a router sends, only what it makes of what it received.
const preferred = "set policy-options policy-statement SPINE-IN term ANYCAST then local-preference 150\n"

func TestObservationThatAgreesPasses(t *testing.T) {
	t.Parallel()
	for _, change := range []string{harmless, preferred} {
		v := spoil(t, map[string]string{"spine.junos.conf.set": change}, false, nil)
		require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
		require.Equal(t, "predicted: sim, observed: sim none 0", v.Evidence.String())
	}
}

// What live routers were told besides the candidate is part of the evidence, of the stage, too.
func TestNotesOnLiveRoutersAreEvidence(t *testing.T) {
	t.Parallel()
	for _, stage := range []bool{false, true} {
		v := spoil(t, map[string]string{"spine.junos.conf.set": waiting}, stage, func(s *spoiled) error {
			s.notes = []string{"spine1 was told to send once more"}
			return nil
		})
		require.Equal(t, []string{"spine1 was told to send once more"}, v.Evidence.Notes, "stage %v", stage)
	}
}

// Each of these live fabrics would let a harmless candidate pass if its word were taken for it.
func TestObservationThatShowsTooLittleIsUnknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change string
		edit   func(*spoiled) error
		want   []string // parts of what closlab says it could not tell, in any order
	}{
		"routers elsewhere than predicted": {harmless, func(s *spoiled) error {
			s.differences = []string{"leafA has another route"}
			return nil
		}, []string{"disagree: baseline: leafA has another route (1 differences)"}},
		"a broken baseline": {harmless, func(s *spoiled) error { return s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "leafC"}) },
			[]string{"disagree: baseline: sessions-up: predicted ok, observed broken", "the live baseline fails its own checks"}},
		"no sessions": {harmless, showing(func(s *observe.Snapshot) { s.Sessions = nil }),
			[]string{"sessions-up: predicted ok, observed unknown", "nothing-internal: predicted ok, observed unknown", "observed nothing"}},
		"a session less": {harmless, showing(func(s *observe.Snapshot) {
			s.Sessions = slices.DeleteFunc(s.Sessions, func(x observe.Session) bool { return x.Name() == "edge1→peer1" })
		}), []string{"on edge1→peer1: sent: predicted", "sessions-up: predicted ok, observed unknown"}},
		"a session down": {harmless, showing(func(s *observe.Snapshot) { s.Sessions[0].Up = false }),
			[]string{"sessions-up: predicted ok, observed broken"}},
		"no tables": {harmless, showing(func(s *observe.Snapshot) { s.Tables = nil }),
			[]string{"aggregates: predicted ok, observed unknown"}},
		"a table of nothing": {harmless, showing(func(s *observe.Snapshot) { s.Tables["leafA"] = nil }),
			[]string{"aggregates: predicted ok, observed unknown"}},
		"a table less": {harmless, showing(func(s *observe.Snapshot) { delete(s.Tables, "leafA") }),
			[]string{"aggregates: predicted ok, observed unknown"}},
		"another way of forwarding": {harmless, showing(func(s *observe.Snapshot) {
			s.Tables["leafT"].FIB = s.Tables["leafT"].FIB[1:]
		}), []string{"disagree: baseline: otherwise than predicted: 1 prefixes differ in the forwarding table of leafT"}},
		"no trips": {harmless, showing(func(s *observe.Snapshot) { s.Trips = nil }),
			[]string{"servers-meet: predicted ok, observed unknown"}},
		"a trip less": {harmless, showing(func(s *observe.Snapshot) { s.Trips = s.Trips[1:] }),
			[]string{"servers-meet: predicted ok, observed unknown"}},
		"no loads": {harmless, showing(func(s *observe.Snapshot) { s.Loads = nil }),
			[]string{"load-by-capacity: predicted ok, observed unknown"}},
		"half of the loads": {harmless, showing(func(s *observe.Snapshot) { s.Loads = s.Loads[1:] }),
			[]string{"load-by-capacity: predicted ok, observed unknown"}},
		"flows counted on other servers of the same colo than predicted": {harmless, showing(func(s *observe.Snapshot) {
			for i := range s.Loads {
				l := &s.Loads[i]
				l.Flows, l.Pool = 21000, l.Service
				l.Servers[0].Share += 0.02
				l.Servers[1].Share -= 0.02
			}
		}), []string{"disagree: baseline: stale load of free: ", "of 21000 flows are served by a1, predicted 14.3 %: chi-square", "(14 such)"}},
		"nothing": {harmless, showing(func(s *observe.Snapshot) { *s = observe.Snapshot{At: s.At} }),
			[]string{"sessions-up: predicted ok, observed unknown", "observed nothing"}},
		"the baseline again": {harmless, asAtFirst(false), []string{"spine1 (1 of 2): sim none 0 shows what was seen at", "again"}},
		"the baseline with another date": {harmless, asAtFirst(true),
			[]string{"disagree: spine1 (1 of 2): 198.51.100.0/26 on edge1→peer1: sent: predicted", "64500:3, observed"}},
		"an apply that does nothing": {harmless, deaf,
			[]string{"disagree: spine1 (1 of 2): 198.51.100.0/26 on edge1→peer1: sent: predicted", "64500:3, observed"}},
		"an apply that does nothing to what is received": {preferred, deaf,
			[]string{"disagree: spine1 (1 of 2): 192.0.2.0/25 on leafA→spine1: received: predicted", "local-preference 150"}},
		"an apply that fails": {harmless, func(s *spoiled) error {
			s.apply = func(*fabric.Fabric, string) error { return errors.New("GoBGP refuses it") }
			return nil
		}, []string{"observation: with the candidate on spine1: spine1: apply: GoBGP refuses it"}},
		"a router that dies": {harmless, func(s *spoiled) error {
			looks := 0
			s.observe = func(now *observe.Snapshot) (*observe.Snapshot, error) {
				if looks++; looks > 1 {
					return nil, errors.New("router leafB: its process has ended")
				}
				return now, nil
			}
			return nil
		}, []string{"observation: spine1 (1 of 2): router leafB: its process has ended"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := spoil(t, map[string]string{"spine.junos.conf.set": test.change}, false, test.edit)
			require.NotEqual(t, gate.Pass, v.Outcome)
			for _, want := range test.want {
				require.Contains(t, strings.Join(v.Unknowns, "\n"), want)
			}
		})
	}
}

// What breaks live while the candidate goes in is its fault as far as anybody can tell, though no difference is admitted.
func TestObservationThatFindsMoreRejects(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"spine.junos.conf.set": harmless}, false, func(s *spoiled) error {
		s.apply = func(f *fabric.Fabric, node string) error {
			return errors.Join(s.Sim.Apply(f, node), s.Break(fabric.Fault{Kind: fabric.NodeDown, A: "leafC"}))
		}
		return nil
	})
	require.Equal(t, gate.Reject, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "spine1 (1 of 2): sessions-up: predicted ok, observed broken")
	i := slices.IndexFunc(v.Steps[0].Findings, func(f check.Finding) bool { return f.Check == "sessions-up" && f.Status == check.Broken })
	require.Contains(t, v.Steps[0].Findings[i].Got, "observed, not predicted: ")
}

// A live roll-back that leaves the candidate in place is no roll-back.
func TestObservedRollBackThatDoesNotRestoreRejects(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"spine.junos.conf.set": harmless}, false, func(s *spoiled) error {
		applied := 0
		s.apply = func(f *fabric.Fabric, node string) error { // two go in, none comes out
			if applied++; applied > 2 {
				return nil
			}
			return s.Sim.Apply(f, node)
		}
		return nil
	})
	require.Equal(t, gate.Reject, v.Outcome)
	require.False(t, v.Restored)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "rolled back: same: predicted ok, observed broken")
}

// What is to be kept is kept if the observation came to its end, and torn down if not.
func TestAFabricIsKeptAsTheRollBackLeftIt(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	c, err := base.With(write(t, map[string]string{"spine.junos.conf.set": harmless}))
	require.NoError(t, err)
	for _, test := range []struct {
		keep    bool
		crash   error
		stopped int
	}{{true, nil, 0}, {false, nil, 1}, {true, errors.New("a router has crashed"), 1}} {
		stopped := 0
		gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Keep: test.keep, Start: func(f *fabric.Fabric) (*gate.Live, error) {
			s := &spoiled{Sim: sim.New(f, 2)}
			if test.crash != nil {
				s.apply = func(*fabric.Fabric, string) error { return test.crash }
			}
			l := s.live()
			l.Stop = func() error { stopped++; return nil }
			return l, nil
		}})
		require.Equal(t, test.stopped, stopped)
	}
}
