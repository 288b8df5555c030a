package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// socket returns where Docker listens: by DOCKER_HOST, or where it usually does.
func socket() (string, error) {
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		return "/var/run/docker.sock", nil
	}
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "unix" {
		return "", fmt.Errorf("DOCKER_HOST is %s: nodes are reached by their namespaces, so the daemon must be of this machine: a unix:// address", host)
	}
	return u.Path, nil
}

// ask asks the daemon behind a socket, and decodes the answer (Docker Engine API).
func ask(ctx context.Context, socket, what string, into any) (int, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
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

// version returns what the daemon behind a socket says it is.
func version(ctx context.Context, socket string) (string, error) {
	var v struct {
		Version  string
		Platform struct{ Name string }
	}
	switch status, err := ask(ctx, socket, "/version", &v); {
	case err != nil:
		return "", err
	case status != http.StatusOK:
		return "", fmt.Errorf("%s answers with status %d", socket, status)
	}
	return strings.TrimSpace(v.Platform.Name + " " + v.Version), nil
}

// docker finds the daemon.
func docker(ctx context.Context) (string, error) {
	at, err := socket()
	if err != nil {
		return "", err
	}
	v, err := version(ctx, at)
	if err != nil {
		return "", fmt.Errorf("no Docker daemon answers: %w: install and start it (Debian: apt-get install docker.io), as root or in the group docker", err)
	}
	return v, nil
}

// images finds the images of nodes that name none.
func images(names ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		at, err := socket()
		if err != nil {
			return "", err
		}
		for _, name := range names {
			var v struct{}
			switch status, err := ask(ctx, at, "/images/"+name+"/json", &v); {
			case err != nil:
				return "", fmt.Errorf("no Docker daemon answers: %w", err)
			case status == http.StatusNotFound:
				return "", fmt.Errorf("%s is not there: labs make it where they need it, and closlab lab images does for rendered topologies", name)
			case status != http.StatusOK:
				return "", fmt.Errorf("%s: the daemon answers with status %d", name, status)
			}
		}
		return strings.Join(names, ", "), nil
	}
}

// podman says why it does not do.
func podman(context.Context) (string, error) {
	return "", errors.New("closlab runs no labs on Podman: containerlab's library can be built for it only with modules that the Go proxy does not give out: use Docker")
}
