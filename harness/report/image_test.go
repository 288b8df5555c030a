package report_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/report"
)

// Several releases of one engine are told apart, and so is which router gets which image.
func TestImagesAreTold(t *testing.T) {
	t.Parallel()
	v := &gate.Verdict{Images: []candidate.Image{{Node: "spine1", Was: "closlab/frr:latest", Is: "frr:10.3"}}, Evidence: gate.Evidence{Observed: "clab frr 10.3 + frr 8.4.4"}}
	var json, text bytes.Buffer
	require.NoError(t, report.JSON(&json, v))
	require.Regexp(t, `"engines": \[\s*"frr",\s*"frr"\s*\],\s*"versions": \[\s*"10.3",\s*"8.4.4"\s*\]`, json.String())
	require.Regexp(t, `"images": {\s*"spine1": "frr:10.3"\s*}`, json.String())
	require.NoError(t, report.Text(&text, v, false))
	require.Contains(t, text.String(), "image of spine1: closlab/frr:latest → frr:10.3")
}
