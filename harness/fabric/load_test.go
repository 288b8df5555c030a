package fabric_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestLoad(t *testing.T) {
	for _, name := range []string{"mcp", "clos-small"} {
		t.Run(name, func(t *testing.T) {
			f, err := fabric.Load(filepath.Join("../../topologies", name))
			require.NoError(t, err)
			golden(t, name+".txt", dump(f))
		})
	}
}
