package drained_spine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

// Draining spine1 must move its traffic to spine2 and lose none of it.
func TestDrainSpine(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "clos-small")
	even := check.Spread(fabric.Spread{From: "edge", To: "racks", Over: "spine", Within: 10, Seed: 1})
	drained := check.Spread(fabric.Spread{From: "edge", To: "racks", Over: "spine2", Within: 1, Flows: 4096, Seed: 1})

	lab.Step("at rest both spines carry the load")
	before := lab.Expect(check.SessionsUp(), check.Reach("edge", "racks"), even)

	lab.Step("the candidate drains spine1")
	lab.Apply("candidate")
	now := lab.Expect(check.SessionsUp(), check.Reach("edge", "racks"), check.Reach("leaf", "leaf"), drained)
	require.NotEmpty(t, now.Bundles)
	for _, b := range now.Bundles {
		require.Equal(t, map[observe.Ending]int{observe.Delivered: b.Flows.Count}, b.Endings, "none is lost")
		require.Equal(t, b.Flows.Count, b.Via["spine2"])
		require.Zero(t, b.Via["spine1"])
	}

	lab.Step("should spine2 fail meanwhile, spine1 carries what it has to")
	spine2 := fabric.Fault{Kind: fabric.NodeDown, A: "spine2"}
	lab.Break(spine2)
	lab.Expect(check.Reach("edge", "racks"), check.Reach("leaf", "leaf"))
	lab.Mend(spine2)
	lab.Expect(check.Same(now))

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate passes it: the one invariant that a drain breaks is waived, and what the drain promises is kept.
func TestGatePassesIt(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "clos-small", "candidate")
	labtest.Passes(t, v)
	require.Equal(t, []string{"spine1"}, v.Order)
	require.Equal(t, check.Waived, status(v, "even-spines"))
	require.Equal(t, check.OK, status(v, "all-by-spine2"))
	for _, c := range v.Causes {
		require.Equal(t, gate.Altered, c.Effect, c.What)
		require.Equal(t, labtest.Sessions([]string{"spine1"}, "edge1", "edge2"), c.Sessions)
		require.Equal(t, 8, c.Routes, "4 racks to 2 edges")
	}
	require.Len(t, v.Causes, 2, "one term a family")
}

// The gate rejects the same drain without the waiver, by the terms that make spine1's routes longer.
func TestGateRejectsItUnwaived(t *testing.T) {
	t.Parallel()
	base := labtest.Load(t, "clos-small")
	c, err := base.With("candidate")
	require.NoError(t, err)
	c.Waives = nil
	v := labtest.Judge(t, base, c)
	labtest.Rejects(t, v, map[string][]string{"spine1": {"even-spines"}})
	for i, term := range []string{"10", "20"} {
		require.Contains(t, v.Causes[i].What, "term "+term+" of RACKS-ONLY changes attributes")
		require.Contains(t, v.Causes[i].What, "65000 65000")
	}
}

// The gate rejects a drain that forgot IPv6: it is waived that the spines are uneven, not that spine1 still carries traffic.
func TestGateRejectsHalfADrain(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "clos-small", "one-family")
	require.Equal(t, gate.Reject, v.Outcome)
	require.Equal(t, []string{"all-by-spine2"}, labtest.Broken(v))
	require.True(t, v.Restored)
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Broken {
				require.Contains(t, f.Got, "inet6")
			}
		}
	}
}

// status is what came of a check once the candidate was in.
func status(v *gate.Verdict, name string) check.Status {
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Check == name {
				return f.Status
			}
		}
	}
	return check.Unknown
}
