package frr_reload_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

// managed is clos-small with a management network, which lists behind deny entries keep from the edges.
const managed = "../scenarios/frr-reload/fabric"

var (
	edges   = []string{"edge1", "edge2"}
	racks   = []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00:20::/48")}
	secrets = []string{"0.0.0.0/0", "10.99.0.0/24", "10.99.1.0/24", "10.99.2.0/24", "10.99.3.0/24"}
)

// word is what edges are told in UPDATE messages, each prefix as often as it is.
type word struct{ announced, withdrawn []netip.Prefix }

// The same end, by two ways: a file as a whole, and lines one after the other.
func TestFRRReload(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, managed)
	told := listen(t, lab.Live())

	lab.Step("at rest all invariants hold")
	before := lab.Expect(lab.Invariants()...)
	told()

	lab.Step("the whole file on both spines: on the way there the edges are told of nothing but racks, and none is withdrawn")
	lab.Apply("whole")
	quiet(t, told())
	lab.Expect(lab.Invariants()...)

	lab.Step("rolling back is as quiet, and leaves no trace")
	lab.Rollback()
	quiet(t, told())
	lab.Expect(check.Same(before))

	lab.Step("with the first line typed into spine1, the edges hear of the management network")
	var after []string
	lab.Type("typed", "spine1", func(when string) {
		after = append(after, when)
		if len(after) == 2 { // the first is before any line
			require.Equal(t, "after line 1: no ip prefix-list INTERNAL", when)
			require.Subset(t, texts(told().announced), secrets)
			lab.ExpectBroken(lab.Invariants("only-racks")...)
		}
	})
	require.Len(t, after, 5)

	lab.Step("the last line brings the invariants back")
	lab.Apply("typed", "spine1")
	lab.Expect(lab.Invariants()...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects the lines for what they do before the last, and names the line.
func TestGateRejectsTheLines(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, managed, "typed")
	broken := map[string][]string{}
	for _, spine := range []string{"spine1 (1 of 2)", "spine2 (2 of 2)"} {
		for _, line := range []string{"1: no ip prefix-list INTERNAL", "2: ip prefix-list INTERNAL seq 5 permit 10.99.0.0/16 le 32",
			"3: ip prefix-list INTERNAL seq 10 permit 10.255.0.0/16 le 32"} {
			broken[spine+", after line "+line] = []string{"only-racks"}
		}
	}
	labtest.Rejects(t, v, broken, labtest.Why{
		Effect: gate.Leaked, Routes: 18, Sessions: labtest.Sessions([]string{"spine1", "spine2"}, edges...), Prefixes: secrets, Terms: []string{"10", "30"},
		Says:   []string{"term 10 of TO-EDGES no longer keeps these routes from term 30", "after line 1: no ip prefix-list INTERNAL"},
		Advice: []string{"the end holds, the way there does not", "define what is new under another name", "give the file as a whole"},
	})
	at := v.Causes[0].Because[0].Pos
	require.Equal(t, "typed/spine.frr.conf.vtysh:1", at.String())
}

// The same end passes as a whole file, and in lines that leave no gap.
func TestGatePassesTheSameEnd(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"whole", "renamed"} {
		labtest.Passes(t, labtest.Gate(t, managed, way))
	}
}

// quiet fails the test if edges were told of anything but racks, or that a rack is gone.
func quiet(t *testing.T, w word) {
	t.Helper()
	for _, p := range w.announced {
		require.True(t, slices.ContainsFunc(racks, func(r netip.Prefix) bool { return r.Contains(p.Addr()) && p.Bits() >= r.Bits() }), "%s was announced to an edge", p)
	}
	require.Empty(t, w.withdrawn)
}

func texts(ps []netip.Prefix) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

// listen returns what says what edges have been told since it was asked last.
func listen(t *testing.T, live *gate.Live) func() word {
	if w := onTheWire(t, live); w != nil {
		return w
	}
	var was []netip.Prefix
	return func() word { // no time goes by between two states of a simulation: what is sent now is all there is
		s, err := live.Observe(observe.Request{})
		require.NoError(t, err)
		var now []netip.Prefix
		for _, x := range s.Sessions {
			for _, r := range x.Sent {
				if slices.Contains(edges, x.Peer) {
					now = append(now, r.Prefix)
				}
			}
		}
		gone := slices.DeleteFunc(was, func(p netip.Prefix) bool { return slices.Contains(now, p) })
		was = slices.Clone(now)
		return word{now, gone}
	}
}
