package frr_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/policy"
)

// Any text is read or refused, and what is read can be run and linted.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.frr.conf")
	require.NoError(f, err)
	more, err := filepath.Glob("testdata/corpus/*.frr.conf")
	require.NoError(f, err)
	files = append(files, more...)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	route := learned("10.0.0.0/8", policy.NoExport)
	f.Fuzz(func(_ *testing.T, text []byte) {
		c, err := frr.Read("r.frr.conf", text)
		if err != nil {
			return
		}
		for _, s := range c.Sessions {
			policy.Apply(s.In, route, policy.Env{Direction: policy.Import})
			policy.Apply(s.Out, route, policy.Env{Direction: policy.Export})
		}
		if len(text) < 2000 { // finding out what is unreachable takes its time
			c.Lint()
		}
	})
}
