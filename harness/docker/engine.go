package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Engine is a daemon that answers.
type Engine struct {
	Name    string // Docker or Podman
	Version string
	socket  string
}

func (e *Engine) String() string { return e.Name + " " + e.Version }

// oldest is the version of the API that labs need: of Docker 20.10, the oldest that they were tested with.
var oldest = [2]int{1, 41}

// podman is where Podman listens when its socket is started.
const podman = "/run/podman/podman.sock"

// Find returns the engine of this machine, on which labs can run. The error says why there is none, and what to do.
func Find(ctx context.Context) (*Engine, error) {
	host, err := Host()
	if err != nil {
		return nil, err
	}
	e := &Engine{Name: "Docker", socket: strings.TrimPrefix(host, "unix://")}
	var v struct {
		Version, APIVersion string
		Components          []struct{ Name string }
	}
	switch status, err := e.ask(ctx, "/version", &v); {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("Docker cannot be asked: %w: run as root (sudo)", err)
	case err != nil:
		return nil, fmt.Errorf("Docker does not answer: start its daemon, or use another runtime: %w%s", err, beside())
	case status != http.StatusOK:
		return nil, fmt.Errorf("%s answers with status %d: it is no Docker", e.socket, status)
	}
	e.Version = v.Version
	for _, c := range v.Components {
		if strings.HasPrefix(c.Name, "Podman") {
			e.Name = "Podman"
		}
	}
	var api [2]int
	if _, err := fmt.Sscanf(v.APIVersion, "%d.%d", &api[0], &api[1]); err != nil || api[0] < oldest[0] || api[0] == oldest[0] && api[1] < oldest[1] {
		return nil, fmt.Errorf("%s is too old: its API is %q, and labs need %d.%d, that of Docker 20.10", e, v.APIVersion, oldest[0], oldest[1])
	}
	if info, err := os.Stat(e.socket); err == nil && info.Sys().(*syscall.Stat_t).Uid != 0 {
		return nil, fmt.Errorf("%s at %s is rootless: its containers are in a user namespace, where no links can be put in: use one of root", e, e.socket)
	}
	return e, nil
}

// beside returns advice where Podman is at hand.
func beside() string {
	if _, err := os.Stat(podman); err != nil || os.Getenv("DOCKER_HOST") != "" {
		return ""
	}
	return "; for Podman: DOCKER_HOST=unix://" + podman
}

// Has reports whether the engine has an image of that name.
func (e *Engine) Has(ctx context.Context, image string) (bool, error) {
	var v struct{}
	switch status, err := e.ask(ctx, "/images/"+image+"/json", &v); {
	case err != nil:
		return false, err
	case status == http.StatusNotFound:
		return false, nil
	case status != http.StatusOK:
		return false, fmt.Errorf("%s: %s answers with status %d", image, e, status)
	}
	return true, nil
}

// ask asks the daemon, and decodes the answer (Docker Engine API).
func (e *Engine) ask(ctx context.Context, what string, into any) (int, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", e.socket)
		}}}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker"+what, nil)
	if err != nil {
		return 0, err
	}
	a, err := client.Do(q)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err == nil && a.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, into)
	}
	return a.StatusCode, err
}
