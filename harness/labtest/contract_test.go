package labtest_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/labtest"
	"github.com/closlab/closlab/harness/observe"
)

// Every runtime passes: sim, or the one that the -lab flag names.
func TestContract(t *testing.T) {
	labtest.TestRuntime(t, labtest.Chosen(t))
}

// liar is a runtime that shows something else than there is.
type liar struct {
	lab.Runtime
	lie func(*observe.Snapshot)
}

func (l liar) Observe(r observe.Request) (*observe.Snapshot, error) {
	s, err := l.Runtime.Observe(r)
	if err == nil {
		l.lie(s)
	}
	return s, err
}

// A runtime that is wrong in one point does not pass, and the case says in which.
func TestContractSeesEveryLie(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("contract/services.txtar")
	require.NoError(t, err)
	for _, c := range []struct {
		lie           func(*observe.Snapshot)
		shown, hidden string // lines of what is seen and of what is to be seen
	}{
		{func(s *observe.Snapshot) { s.Sessions[0].Up = false }, "\nsession s la: up\n", ""},
		{func(s *observe.Snapshot) { s.Sessions[0].Sent = nil }, "", "\nsent la s: 10.1.1.0/24 198.51.100.0/24 as-path 65101\n"},
		{func(s *observe.Snapshot) { s.Sessions[0].Sent[0].MED = 7 }, "as-path 65101 metric 7\n", ""},
		{func(s *observe.Snapshot) { s.Tables["s"].FIB[0].Drop = true }, "\ntable s: 10.1.1.0/24 discarded, best la as-path 65101\n", ""},
		{func(s *observe.Snapshot) { s.Tables["s"].FIB[0].Hops = nil }, "\ntable s: 10.1.1.0/24 to , best", ""},
		{func(s *observe.Snapshot) { s.Tables["s"].RIB = s.Tables["s"].RIB[1:] }, "\ntable s: 10.1.1.0/24 to la, without a route\n", ""},
		{func(s *observe.Snapshot) { s.Tables["s"].RIB[0].Paths[0].Route.LocalPref = 7 }, "best la as-path 65101 local-preference 7\n", ""},
		{func(s *observe.Snapshot) { s.Trips[0].Out.Lost = 0.5 }, "\ntrip client web inet: delivered at ", "\ntrip client web inet: arrives\n"},
		{func(s *observe.Snapshot) { s.Loads[0].Lost = 0.1 }, "\nload web stale: 10 % lost", "\nload web stale: 0 % lost"},
	} {
		lying := func(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
			live, err := labtest.Simulated(t, f)
			live.Runtime = liar{live.Runtime, c.lie}
			return live, err
		}
		got, want, err := labtest.PlayOn(t, text, lying)
		require.NoError(t, err)
		if c.shown != "" {
			require.Contains(t, got, c.shown)
			require.NotContains(t, want, c.shown)
		}
		if c.hidden != "" {
			require.Contains(t, want, c.hidden)
			require.NotContains(t, got, c.hidden)
		}
	}
}

// A case that says nothing, or what nobody understands, does not pass for one that holds.
func TestBadCases(t *testing.T) {
	t.Parallel()
	const row = `-- fabric.yaml --
name: row
tiers:
  pair: {nodes: [a, b], asn_from: 65001}
links:
  - {from: a, to: b}
-- steps --
`
	for steps, says := range map[string]string{
		"":                          "no trips are asked for",
		"trips a":                   `trip "a": want FROM TO`,
		"trips a b\nbreak link a":   `fault "link a": want link A B, session A B or node A`,
		"trips a b\nbreak wire a b": `fault "wire a b"`,
		"trips a b\nbreak link a c": "no such",
		"trips a b\nwait":           `step "wait": want break or mend FAULTS`,
		"trips a b\napply nothing":  "nothing",
	} {
		said := fails(t, func(tb testing.TB) {
			if _, _, err := labtest.PlayOn(tb, []byte(row+steps), labtest.Simulated); err != nil {
				tb.Fatalf("%v", err)
			}
		})
		require.Contains(t, said, says, steps)
	}
}
