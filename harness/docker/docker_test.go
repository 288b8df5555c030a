package docker

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// daemon answers like Docker with these texts, by path, and returns its address.
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
	return "unix://" + at
}

// isolated has a test find nothing of its user's Docker.
func isolated(t *testing.T) {
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT"} {
		t.Setenv(name, "")
	}
	t.Setenv("DOCKER_CONFIG", t.TempDir())
}

// The daemon is the one that docker's own command asks: by the default, by `docker context use`, by DOCKER_CONTEXT, by DOCKER_HOST.
func TestHost(t *testing.T) {
	isolated(t)
	command := func(args ...string) string {
		out, err := exec.Command("docker", args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.TrimSpace(string(out))
	}
	agrees := func(want string) {
		t.Helper()
		host, err := Host()
		require.NoError(t, err)
		require.Equal(t, want, host)
	}
	agrees("unix:///var/run/docker.sock")
	command("context", "create", "lab", "--docker", "host=unix:///run/lab.sock")
	command("context", "create", "far", "--docker", "host=tcp://192.0.2.1:2375")
	agrees("unix:///var/run/docker.sock")
	command("context", "use", "lab")
	agrees(command("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"))
	agrees("unix:///run/lab.sock")
	t.Setenv("DOCKER_CONTEXT", "default")
	agrees("unix:///var/run/docker.sock")

	t.Setenv("DOCKER_CONTEXT", "far")
	_, err := Host()
	require.EqualError(t, err, "Docker's context far is tcp://192.0.2.1:2375: nodes are reached by their namespaces, so the daemon must be of this machine: a unix:// address")
	t.Setenv("DOCKER_CONTEXT", "none")
	_, err = Host()
	require.ErrorContains(t, err, "Docker's context none: open ")
	t.Setenv("DOCKER_HOST", "unix:///run/mine.sock")
	agrees("unix:///run/mine.sock")
	t.Setenv("DOCKER_HOST", "ssh://root@elsewhere")
	_, err = Host()
	require.ErrorContains(t, err, "DOCKER_HOST is ssh://root@elsewhere: nodes are reached by their namespaces")

	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "")
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte("{"), 0o600))
	_, err = Host()
	require.ErrorContains(t, err, "Docker's configuration: ")
}

func TestFind(t *testing.T) {
	isolated(t)
	const docker = `{"Version":"28.1","ApiVersion":"1.49","Components":[{"Name":"Engine"}]}`
	t.Setenv("DOCKER_HOST", daemon(t, map[string]string{"/version": docker, "/images/here:1/json": "{}"}))
	e, err := Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Docker 28.1", e.String())
	there, err := e.Has(t.Context(), "here:1")
	require.NoError(t, err)
	require.True(t, there)
	there, err = e.Has(t.Context(), "gone:1")
	require.NoError(t, err)
	require.False(t, there)

	t.Setenv("DOCKER_HOST", daemon(t, map[string]string{"/version": `{"Version":"4.3.1","ApiVersion":"1.41","Components":[{"Name":"Podman Engine"},{"Name":"Conmon"}]}`}))
	e, err = Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Podman 4.3.1", e.String())
	require.NoError(t, os.Chown(e.socket, 65534, -1))
	_, err = Find(t.Context())
	require.EqualError(t, err, "Podman 4.3.1 at "+e.socket+" is rootless: its containers are in a user namespace, where no links can be put in: use one of root")
}

// What does not do says why, and what to do.
func TestNoEngine(t *testing.T) {
	isolated(t)
	for want, answers := range map[string]map[string]string{
		`Docker 18.09.1 is too old: its API is "1.39", and labs need 1.41, that of Docker 20.10`: {"/version": `{"Version":"18.09.1","ApiVersion":"1.39"}`},
		`Docker 0.1 is too old: its API is "", and labs need 1.41`:                               {"/version": `{"Version":"0.1"}`},
		"Docker does not answer: start its daemon, or use another runtime: invalid character":    {"/version": "nonsense"},
		"answers with status 404: it is no Docker":                                               {},
	} {
		t.Setenv("DOCKER_HOST", daemon(t, answers))
		_, err := Find(t.Context())
		require.ErrorContains(t, err, want)
	}
	t.Setenv("DOCKER_HOST", "unix:///nowhere")
	_, err := Find(t.Context())
	require.ErrorContains(t, err, "Docker does not answer: start its daemon, or use another runtime: ")
}
