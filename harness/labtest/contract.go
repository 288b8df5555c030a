package labtest

import (
	"embed"
	"flag"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed contract
var contract embed.FS

var update = flag.Bool("update", false, "write what the cases of the contract suite expect anew")

// TestRuntime holds a runtime to the contract of all runtimes: small fabrics, policies and faults, and what is to be seen of them.
// Each case is a file of the folder contract; the README.md there says how they read.
func TestRuntime(t *testing.T, start Starter) {
	files, err := fs.Glob(contract, "contract/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := contract.ReadFile(file)
		require.NoError(t, err)
		t.Run(strings.TrimSuffix(path.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c, err := parse(text)
			require.NoError(t, err)
			got := c.play(t, start)
			if *update {
				c.write(t, file, got)
				return
			}
			require.Equal(t, c.want, got)
		})
	}
}
