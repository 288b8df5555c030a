package leaked_internal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

// A new range is to be announced to the peer, and orlonger takes all internal space of that range along.
func TestLeakedInternal(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, "mcp")

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the candidate on the edges the peer hears of internal space")
	lab.Apply("candidate")
	now := lab.ExpectBroken(lab.Invariants("nothing-internal")...)
	for _, s := range now.Sessions {
		if s.Node == "edge1" || s.Node == "edge2" {
			was, _ := before.Session(s.Node, s.Peer)
			more := map[bool]int{true: 4}[s.Peer == "peer1"] // the discard route, its own address and those of the spines
			require.Len(t, s.Sent, len(was.Sent)+more, "%s", s.Name())
		}
	}

	lab.Step("nobody would have noticed: whatever reached its goal still does")
	var others []check.Check
	for _, c := range lab.Invariants() {
		if c.Name != "nothing-internal" {
			others = append(others, c)
		}
	}
	lab.Expect(others...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects it from the first edge on.
func TestGateRejectsIt(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, "mcp", "candidate")
	labtest.Rejects(t, v, map[string][]string{"edge1": {"nothing-internal"}, "edge2": {"nothing-internal"}}, labtest.Why{
		Effect: gate.Leaked, Routes: 8, Sessions: labtest.Sessions([]string{"edge1", "edge2"}, "peer1"),
		Prefixes: []string{"2001:db8::/42", "2001:db8:10::2/128", "2001:db8:10::3/128", "2001:db8:10::4/128", "2001:db8:10::5/128"},
		Says:     []string{"term ADV-NEW-RANGE of 6-PUBLIC-PEER-ANYCAST-OUT is new", "term REJECT-THE-REST of 6-PUBLIC-PEER-ANYCAST-OUT rejected"},
		Terms:    []string{"ADV-NEW-RANGE", "REJECT-THE-REST"},
		Advice:   []string{"term ADV-NEW-RANGE match less"},
	})
	for _, m := range v.Moved {
		require.Empty(t, m.Withdrawn, "nothing goes missing on %s", observe.SessionName(m.Node, m.Peer))
	}
}
