package conf

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A whole router: what is in force, groups inherited, as statements in order.
func TestRouter(t *testing.T) {
	text, err := os.ReadFile("testdata/router.conf")
	require.NoError(t, err)
	c, err := Parse("router.conf", text)
	require.NoError(t, err)

	got := statements(c)
	if *update {
		require.NoError(t, os.WriteFile("testdata/router.active", []byte(got), 0o644))
	}
	want, err := os.ReadFile("testdata/router.active")
	require.NoError(t, err)
	require.Equal(t, string(want), got)

	for _, written := range [][]byte{c.Text(), c.Set()} {
		again, err := Parse("router.conf", written)
		require.NoError(t, err)
		require.Equal(t, got, statements(again))
	}
}
