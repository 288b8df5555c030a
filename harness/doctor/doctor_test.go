package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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

// daemon answers like Docker with these statuses, by path, and returns its socket.
func daemon(t *testing.T, answers map[string]string) string {
	at := filepath.Join(t.TempDir(), "docker.sock")
	l, err := net.Listen("unix", at)
	require.NoError(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, there := answers[r.URL.Path]
		if !there {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, text)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return at
}

func TestDocker(t *testing.T) {
	at := daemon(t, map[string]string{"/version": `{"Platform":{"Name":"Docker Engine"},"Version":"28.1"}`, "/images/here:1/json": "{}"})
	t.Setenv("DOCKER_HOST", "unix://"+at)
	v, err := docker(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Docker Engine 28.1", v)
	v, err = images("here:1")(t.Context())
	require.NoError(t, err)
	require.Equal(t, "here:1", v)
	_, err = images("here:1", "gone:1")(t.Context())
	require.ErrorContains(t, err, "gone:1 is not there: labs make it where they need it, and closlab lab images does")

	t.Setenv("DOCKER_HOST", "unix://"+at+".none")
	_, err = docker(t.Context())
	require.ErrorContains(t, err, "no Docker daemon answers")
	require.ErrorContains(t, err, "install and start it")
	t.Setenv("DOCKER_HOST", "tcp://elsewhere:2375")
	_, err = docker(t.Context())
	require.ErrorContains(t, err, "the daemon must be of this machine")
	t.Setenv("DOCKER_HOST", "unix://"+daemon(t, map[string]string{"/version": "nonsense"}))
	_, err = docker(t.Context())
	require.ErrorContains(t, err, "invalid character")
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
