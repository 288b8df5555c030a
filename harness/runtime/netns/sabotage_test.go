//go:build linux

package netns_test

import (
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// saboteur is a live lab in which something happens that nobody asked for.
type saboteur struct {
	lab.Runtime
	name  string // of the lab
	apply func(f *fabric.Fabric, node string) error
	look  func(count int) error // before the lab is observed for the count-th time
	looks int
}

func (s *saboteur) Apply(f *fabric.Fabric, node string) error {
	if s.apply != nil {
		return s.apply(f, node)
	}
	return s.Runtime.Apply(f, node)
}

func (s *saboteur) Observe(req observe.Request) (*observe.Snapshot, error) {
	if s.looks++; s.look != nil {
		if err := s.look(s.looks); err != nil {
			return nil, err
		}
	}
	return s.Runtime.Observe(req)
}

// sabotage judges a candidate on live labs, of which edit spoils the first or the stage.
func sabotage(t *testing.T, change string, stage bool, edit func(*saboteur)) *gate.Verdict {
	t.Helper()
	return gated(t, map[string]string{"spine.junos.conf.set": change}, func(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
		live, err := labtest.Namespaced(t, f)
		if err == nil && strings.HasSuffix(f.Name, "-stage") == stage {
			s := &saboteur{Runtime: live.Runtime, name: live.Runtime.(*netns.Runtime).Name}
			edit(s)
			live.Runtime = s
		}
		return live, err
	})
}

func deaf(s *saboteur) { s.apply = func(*fabric.Fabric, string) error { return nil } }

const harmless = "set policy-options policy-statement AGGREGATES-OUT term ADV-FREE then community add EUROPE\n"

// The change is not in, and the runtime itself expects none: only the prediction of the gate tells.
func TestLiveLabWithoutTheCandidateIsUnknown(t *testing.T) {
	v := sabotage(t, harmless, false, deaf)
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "prediction and observation disagree: spine1 (1 of 2): 198.51.100.0/26 on edge1→peer1: sent: predicted")
	require.Contains(t, v.Unknowns[0], "64500:3, observed 198.51.100.0/26")
}

// On the stage live routers do with the witness what they did before.
func TestLiveStageWithoutTheCandidateIsUnknown(t *testing.T) {
	v := sabotage(t, toAll, true, deaf)
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "prediction and observation disagree: witness 2001:db8:99::/48 static metric 30 on spine1→edge1, "+
		"with the candidate, accept (AGGREGATES-OUT term NEW): sent to edge1: predicted 2001:db8:99::/48")
	require.Contains(t, v.Unknowns[0], "observed nothing")
}

// A kernel has lost a route that no invariant is about, and the roll-back does not bring it back.
func TestALostForwardingEntryIsSeen(t *testing.T) {
	v := sabotage(t, harmless, false, func(s *saboteur) {
		s.look = func(count int) error {
			if count != 4 {
				return nil
			}
			ns, err := kernel.Open(s.name + ".edgeT")
			if err != nil {
				return err
			}
			defer ns.Close()
			return ns.DeleteRoute(netip.MustParsePrefix("203.0.113.96/28"))
		}
	})
	require.Equal(t, gate.Reject, v.Outcome, "%v", v.Unknowns)
	require.False(t, v.Restored)
	require.Contains(t, v.Unknowns[0], "disagree: rolled back: otherwise than predicted: 1 prefixes differ in the forwarding table of edgeT: 203.0.113.96/28")
}

// A link goes down behind everybody's back. Its routers notice, and what breaks with it was not predicted.
func TestALinkThatFailsInSecretIsSeen(t *testing.T) {
	v := sabotage(t, harmless, false, func(s *saboteur) {
		s.look = func(count int) error {
			if count != 2 {
				return nil
			}
			ns, err := kernel.Open(s.name + ".leafC")
			if err != nil {
				return err
			}
			defer ns.Close()
			return ns.SetUp("spine1", false)
		}
	})
	require.NotEqual(t, gate.Pass, v.Outcome, "whether its routers or its kernels tell first")
	require.Contains(t, v.Unknowns[0], "spine1 (1 of 2): ")
}

// A router dies between two steps.
func TestARouterThatDiesBetweenStepsIsUnknown(t *testing.T) {
	name := ""
	v := sabotage(t, harmless, false, func(s *saboteur) {
		name = s.name
		s.look = func(count int) error {
			if count == 2 {
				return syscall.Kill(routersOf(t, s.name)["leafB"], syscall.SIGKILL)
			}
			return nil
		}
	})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, v.Unknowns[0], "observation: spine1 (1 of 2): router leafB: ")
	require.Contains(t, v.Unknowns[0], "its process has ended")
	labs, err := netns.Labs()
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(labs, func(l netns.Lab) bool { return l.Name == name }), "%s is torn down", name)
}
