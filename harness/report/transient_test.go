package report_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/report"
	"github.com/stretchr/testify/require"
)

func TestLossOnTheWay(t *testing.T) {
	t.Parallel()
	meet := observe.Loss{Class: "servers-meet", Probes: 420}
	lost := meet
	lost.Lost, lost.Gap = 12, 310*time.Millisecond
	gone := observe.Loss{Class: "in-band-access", Probes: 400, Lost: 180, Gap: 2 * time.Second, Open: 24}
	v := &gate.Verdict{Outcome: gate.Pass, Fabric: "mcp", Candidate: "x.set", Restored: true, Transients: []gate.Transient{
		{Step: "spine1 (1 of 2)", Losses: []observe.Loss{meet, {Class: "in-band-access", Probes: 400}}},
		{Step: "spine2 (2 of 2)", Losses: []observe.Loss{lost, gone}},
		{Step: "rolling back", Back: true, Losses: []observe.Loss{meet, {Class: "in-band-access", Probes: 300, Lost: 9, Gap: time.Second}}},
	}}
	var text, doc bytes.Buffer
	require.NoError(t, report.Text(&text, v, false))
	golden(t, "transient.txt", text.Bytes())
	require.NoError(t, report.JSON(&doc, v))
	golden(t, "transient.json", doc.Bytes())

	for i := range v.Transients {
		v.Transients[i].Losses = []observe.Loss{meet}
	}
	text.Reset()
	require.NoError(t, report.Text(&text, v, false))
	require.Contains(t, text.String(), "no packet was lost: 840 probes while changing, 420 while rolling back\n")
	require.NotContains(t, text.String(), "packets are lost")
}
