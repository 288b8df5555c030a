package report_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/report"
	"github.com/closlab/closlab/harness/stage"
	"github.com/stretchr/testify/require"
)

// What was observed and what was only predicted are told apart, with the reason.
func TestWitnessesAreToldApart(t *testing.T) {
	t.Parallel()
	in := func(prefix string, claim bool, why string) *gate.Staged {
		return &gate.Staged{Claim: claim, Observed: why == "", Why: why, Witness: stage.Witness{Direction: policy.Import,
			Session: &fabric.Session{Node: "edge1", Peer: "transit1"}, Route: policy.Route{Prefix: netip.MustParsePrefix(prefix)}}}
	}
	v := &gate.Verdict{Evidence: gate.Evidence{Runtime: "sim", Observed: "netns gobgp 4.8.0"}, Staged: []*gate.Staged{
		in("10.0.0.0/8", false, ""), in("10.1.0.0/16", true, ""), in("10.2.0.0/16", true, ""),
		in("10.3.0.0/16", false, "its next hop is not the neighbour"), in("10.4.0.0/16", false, "its next hop is not the neighbour"),
		in("224.0.0.0/8", true, "no router forwards to its prefix"),
	}}
	var text, doc bytes.Buffer
	require.NoError(t, report.Text(&text, v, false))
	golden(t, "witnesses.txt", text.Bytes())
	require.NoError(t, report.JSON(&doc, v))
	golden(t, "witnesses.json", doc.Bytes())

	v.Staged = v.Staged[3:]
	text.Reset()
	require.NoError(t, report.Text(&text, v, false))
	require.Contains(t, text.String(), "with the candidate's: none of them\n")
}
