package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/report"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// verdict gates the candidate of a scenario; how long it took is left out.
func verdict(t *testing.T, scenario string) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load("../../topologies/mcp")
	require.NoError(t, err)
	c, err := base.With("../../scenarios/" + scenario)
	require.NoError(t, err)
	v := gate.Run(t.Context(), base, c, gate.Options{Seed: 1})
	v.Timing = []gate.Phase{{Name: "all", Took: 0}}
	return v
}

func TestReportsOfTheFoundingStory(t *testing.T) {
	t.Parallel()
	for name, scenario := range map[string]string{
		"reject": "reordered-site-locals/candidate", "pass": "standardised-communities/candidate", "between": "between-steps/edges-first",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := verdict(t, scenario)
			var text, long, doc bytes.Buffer
			require.NoError(t, report.Text(&text, v, false))
			golden(t, name+".txt", text.Bytes())
			require.NoError(t, report.Text(&long, v, true))
			golden(t, name+"-verbose.txt", long.Bytes())
			require.NoError(t, report.JSON(&doc, v))
			if name == "reject" {
				golden(t, name+".json", doc.Bytes())
			}
		})
	}
}

// A reader at 3 a.m. must see why, what it does, what it costs and what to do without scrolling.
func TestRejectionFitsAScreen(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, report.Text(&text, verdict(t, "reordered-site-locals/candidate"), false))
	require.LessOrEqual(t, bytes.Count(text.Bytes(), []byte("\n")), 40)
}

// The keys of the JSON document are a contract.
func TestJSONHasTheKeysOfTheContract(t *testing.T) {
	t.Parallel()
	var doc bytes.Buffer
	require.NoError(t, report.JSON(&doc, verdict(t, "reordered-site-locals/candidate")))
	var got map[string]any
	require.NoError(t, json.Unmarshal(doc.Bytes(), &got))
	for _, key := range []string{"schema", "verdict", "evidence", "fabric", "candidate", "findings", "routes", "load", "reach", "transient", "timing", "rollback"} {
		require.Contains(t, got, key)
	}
	require.Equal(t, "closlab/verdict/v1", got["schema"])
	first := got["findings"].([]any)[0].(map[string]any)
	for _, key := range []string{"check", "status", "step", "got", "want"} {
		require.Contains(t, first, key)
	}
}

func TestUnfinishedVerdictIsUnknown(t *testing.T) {
	t.Parallel()
	var text, doc bytes.Buffer
	require.NoError(t, report.Text(&text, &gate.Verdict{}, true))
	require.Contains(t, text.String(), "UNKNOWN")
	require.NoError(t, report.JSON(&doc, &gate.Verdict{}))
	require.Contains(t, doc.String(), `"verdict": "unknown"`)
	require.Contains(t, doc.String(), `"restored": false`)
}

// What live routers were told besides the candidate must not be hidden, and must not hide the rest.
func TestNotesOnTheEvidence(t *testing.T) {
	t.Parallel()
	v := &gate.Verdict{Evidence: gate.Evidence{Notes: []string{"one", "two", "three", "four"}}}
	var brief, whole, doc bytes.Buffer
	require.NoError(t, report.Text(&brief, v, false))
	require.Contains(t, brief.String(), "note: one\nnote: two\nnote: and 2 more of these: -v shows them\n")
	require.NoError(t, report.Text(&whole, v, true))
	require.Contains(t, whole.String(), "note: three\nnote: four\n")
	require.NoError(t, report.JSON(&doc, v))
	require.Contains(t, doc.String(), `"three"`)
}

// What was observed and not predicted has no cause among those that the prediction found: its reasons stand with it.
func TestObservedFindingTellsItsReasons(t *testing.T) {
	t.Parallel()
	because := []check.Reason{{Text: "spine1→leafA: down: hold timer"}}
	v := &gate.Verdict{Steps: []gate.Step{{Name: "spine1 (1 of 1)", Findings: []check.Finding{
		{Check: "servers-meet", Status: check.Broken, Got: "observed, not predicted: 4 of 84 pairs lost", Because: because},
		{Check: "sites-meet", Status: check.Broken, Got: "2 of 14 pairs lost", Because: []check.Reason{{Text: "told as a cause"}}},
	}}}}
	var text bytes.Buffer
	require.NoError(t, report.Text(&text, v, false))
	require.Contains(t, text.String(), "4 of 84 pairs lost\n      spine1→leafA: down: hold timer\n")
	require.NotContains(t, text.String(), "told as a cause")
}
