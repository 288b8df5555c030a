package gate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// A term for a prefix that nobody has, which does no harm.
const waiting = `
set policy-options policy-statement AGGREGATES-OUT term NEW from route-filter 10.1.0.0/16 exact
set policy-options policy-statement AGGREGATES-OUT term NEW then accept
insert policy-options policy-statement AGGREGATES-OUT term NEW before term REJECT-THE-REST
`

func TestWitnessesAreObserved(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"spine.junos.conf.set": waiting}, true, nil)
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	routes, claims := v.Observed()
	require.Equal(t, [2]int{10, 0}, [2]int{routes, claims}, "two spines with five sessions each")
}

func TestClaimsAreObserved(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"edge.junos.conf.set": "delete policy-options policy-statement INTERNET-IN term OURS\n"}, true, nil)
	require.Equal(t, gate.Reject, v.Outcome)
	require.Empty(t, v.Unknowns)
	routes, claims := v.Observed()
	require.Equal(t, len(v.Claims), claims)
	require.Positive(t, claims)
	require.Zero(t, routes)
}

// Whatever live routers do with a witness that was not predicted leaves the verdict open, and names witness, term and both sides.
func TestDisagreementOverAWitnessIsUnknown(t *testing.T) {
	t.Parallel()
	sent := func(edit func(*observe.Session)) func(*spoiled) error {
		return showing(func(snap *observe.Snapshot) {
			for i := range snap.Sessions {
				if x := &snap.Sessions[i]; x.Node == "spine1" && strings.Contains(x.Peer, "leafA") {
					edit(x)
				}
			}
		})
	}
	for name, test := range map[string]struct {
		edit func(*spoiled) error
		want []string
	}{
		"an attribute": {
			sent(func(x *observe.Session) {
				for i := range x.Sent {
					x.Sent[i].MED = 7
				}
			}),
			[]string{"witness 10.1.0.0/16 bgp on spine1→leafA", "with the candidate", "accept (AGGREGATES-OUT term NEW)", "predicted 10.1.0.0/16", "metric 7"},
		},
		"not sent": {
			sent(func(x *observe.Session) { x.Sent = nil }),
			[]string{"witness 10.1.0.0/16 bgp on spine1→leafA", "with the candidate", "sent to leafA: predicted 10.1.0.0/16", "observed nothing"},
		},
		"sent with the baseline": {
			sent(func(x *observe.Session) { x.Sent = []policy.Route{{Prefix: pfx("10.1.0.0/16")}} }),
			[]string{"with the baseline", "reject (AGGREGATES-OUT term REJECT-THE-REST)", "sent to leafA: predicted nothing, observed 10.1.0.0/16 bgp"},
		},
		"an apply that does nothing": {
			deaf,
			[]string{"with the candidate, accept (AGGREGATES-OUT term NEW): sent to edge1: predicted 10.1.0.0/16", "observed nothing"},
		},
		"yesterday's snapshot": {
			asAtFirst(false),
			[]string{"observation: stage with the candidate: sim none 0 shows what was seen at", "again"},
		},
		"yesterday's snapshot with today's date": {
			asAtFirst(true),
			[]string{"with the candidate, accept (AGGREGATES-OUT term NEW): sent to edge1: predicted 10.1.0.0/16", "observed nothing"},
		},
		"an empty snapshot": {
			showing(func(s *observe.Snapshot) { *s = observe.Snapshot{At: s.At} }),
			[]string{"in the table of spine1: predicted 10.1.0.0/16 bgp, observed nothing"},
		},
		"elsewhere on the stage": {
			func(s *spoiled) error {
				s.differences = []string{"spine1 has another forwarding table"}
				return nil
			},
			[]string{"stage of witness routes with the baseline: spine1 has another forwarding table (1 differences)"},
		},
		"a router that dies": {
			func(s *spoiled) error {
				s.observe = func(*observe.Snapshot) (*observe.Snapshot, error) {
					return nil, errors.New("router spine1: its process has ended")
				}
				return nil
			},
			[]string{"observation: stage with the baseline: router spine1: its process has ended"},
		},
		"a change that is refused": {
			func(s *spoiled) error {
				s.apply = func(*fabric.Fabric, string) error { return errors.New("GoBGP refuses it") }
				return nil
			},
			[]string{"observation: stage with the candidate: GoBGP refuses it"},
		},
		"no stage": {
			func(*spoiled) error { return errors.New("no memory") },
			[]string{"observation: stage of witness routes: no memory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := spoil(t, map[string]string{"spine.junos.conf.set": waiting}, true, test.edit)
			require.Equal(t, gate.Unknown, v.Outcome)
			for _, want := range test.want {
				require.Contains(t, strings.Join(v.Unknowns, "\n"), want)
			}
			for _, s := range v.Staged {
				require.True(t, s.Observed || s.Why != "", "%s has a reason", s.Name())
			}
		})
	}
}

// What a runtime cannot inject is predicted as ever, and the verdict says so.
func TestWitnessThatCannotBeInjectedIsOnlyPredicted(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"spine.junos.conf.set": waiting}, true, func(s *spoiled) error {
		s.inject = func(node string, r policy.Route) error {
			if node == "spine2" {
				return errors.New("it has no such command")
			}
			return s.Sim.Inject(node, "", r)
		}
		return nil
	})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	routes, _ := v.Observed()
	require.Equal(t, 5, routes)
	i := slices.IndexFunc(v.Staged, func(s *gate.Staged) bool { return s.Session.Node == "spine2" })
	require.Equal(t, "it has no such command", v.Staged[i].Why)
}

// A route with NO-EXPORT that a policy accepts stays where it is all the same: there is nothing to see.
func TestWitnessThatBGPKeepsIsOnlyPredicted(t *testing.T) {
	t.Parallel()
	v := spoil(t, map[string]string{"spine.junos.conf.set": waiting + "set policy-options policy-statement AGGREGATES-OUT term NEW from community NO-EXPORT\n"}, true, nil)
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Len(t, v.Staged, 10)
	for _, s := range v.Staged {
		require.False(t, s.Observed)
		require.Equal(t, "BGP itself keeps it from the neighbour, whatever the policy says", s.Why)
	}
}

// Each session of a stage needs a router process.
func TestStageHasRoomForSoMany(t *testing.T) {
	t.Parallel()
	base, err := candidate.Load(edited(t, "../../topologies/clos-small", "fabric.yaml", "edge:  {count: 2,", "edge:  {count: 33,"))
	require.NoError(t, err)
	c, err := base.With(write(t, map[string]string{"spine.frr.conf": `
ip prefix-list RACKS-V4 seq 5 permit 10.20.0.0/16 le 32
ip prefix-list RACKS-V4 seq 10 permit 10.1.0.0/16
ipv6 prefix-list RACKS-V6 seq 5 permit fd00:20::/48 le 128
route-map RACKS-ONLY permit 10
 match ip address prefix-list RACKS-V4
route-map RACKS-ONLY permit 20
 match ipv6 address prefix-list RACKS-V6
`}))
	require.NoError(t, err)
	nodes := 0
	v := gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) {
		nodes = len(f.Nodes)
		return live(sim.New(f, 2)), nil
	}})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Equal(t, 66, nodes, "two spines and 64 stubs")
	require.Len(t, v.Staged, 66)
	routes, _ := v.Observed()
	require.Equal(t, 64, routes)
	require.Equal(t, "a stage has no more than 64 sessions", v.Staged[65].Why)
}
