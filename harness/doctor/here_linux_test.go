package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// On the machine of these tests (root, FRR) all live parts work, and the engines say who they are.
func TestLivePartsHere(t *testing.T) {
	t.Parallel()
	want := map[string]string{"sim": "needs nothing", "namespaces": "Linux ", "gobgp": "gobgp 4.8.0", "frr": "frr ", "services": "BPF programs load",
		"memory": "room for some ", "render": "writes files"}
	for _, f := range Examine(t.Context(), Here("closlab/frr:latest")) {
		if detail, there := want[f.Name]; there {
			require.True(t, f.Works, f.Detail)
			require.Contains(t, f.Detail, detail)
			delete(want, f.Name)
		}
	}
	require.Empty(t, want)
}
