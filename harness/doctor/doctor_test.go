package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/speaker"
)

func TestMain(m *testing.M) {
	speaker.Hijack()
	os.Exit(m.Run())
}

func check(name string, optional bool, detail string, err error) Check {
	return Check{Name: name, For: "all", Optional: optional, Try: func(context.Context) (string, error) { return detail, err }}
}

func TestExamine(t *testing.T) {
	t.Parallel()
	missing := errors.New("it is missing: install it")
	got := Examine(t.Context(), []Check{check("a", false, "a 1.0", nil), check("b", true, "", missing)})
	require.Equal(t, []Finding{
		{Name: "a", For: "all", Works: true, Detail: "a 1.0"},
		{Name: "b", For: "all", Optional: true, Detail: "it is missing: install it"},
	}, got)
	require.True(t, Healthy(got), "what is missing is optional")
	require.False(t, Healthy(Examine(t.Context(), []Check{check("b", false, "", missing)})))
}

// Who never answers is not waited for longer than the others may take.
func TestACheckWithoutAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	block := make(chan struct{})
	defer close(block)
	got := Examine(ctx, []Check{{Name: "c", Try: func(context.Context) (string, error) {
		<-block
		return "", nil
	}}})
	require.False(t, got[0].Works)
	require.Equal(t, "no answer: context deadline exceeded", got[0].Detail)
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	_, err := command("tool-of-tests", "get it")(t.Context())
	require.EqualError(t, err, "tool-of-tests is not installed: get it")
	file := filepath.Join(dir, "tool-of-tests")
	require.NoError(t, os.WriteFile(file, nil, 0o755))
	at, err := command("tool-of-tests", "get it")(t.Context())
	require.NoError(t, err)
	require.Equal(t, file, at)
}
