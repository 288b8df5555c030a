package docker

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// Host returns where Docker listens on this machine, as DOCKER_HOST has it: by that variable, or by the context in use, which is that of
// DOCKER_CONTEXT or of `docker context use`.
func Host() (string, error) {
	host, from := os.Getenv("DOCKER_HOST"), "DOCKER_HOST"
	if host == "" {
		var err error
		if host, from, err = inUse(); err != nil {
			return "", err
		}
	}
	if u, err := url.Parse(host); err != nil || u.Scheme != "unix" || u.Path == "" {
		return "", fmt.Errorf("%s is %s: nodes are reached by their namespaces, so the daemon must be of this machine: a unix:// address", from, host)
	}
	return host, nil
}

// inUse returns the address of the context in use, and what that is.
func inUse() (host, from string, err error) {
	folder := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); folder == "" && err == nil {
		folder = filepath.Join(home, ".docker")
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var config struct{ CurrentContext string }
		if err := read(filepath.Join(folder, "config.json"), &config); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("Docker's configuration: %w", err)
		}
		name = config.CurrentContext
	}
	if name == "" || name == "default" {
		return "unix:///var/run/docker.sock", "Docker's default", nil
	}
	var context struct {
		Endpoints map[string]struct{ Host string }
	}
	if err := read(filepath.Join(folder, "contexts", "meta", fmt.Sprintf("%x", sha256.Sum256([]byte(name))), "meta.json"), &context); err != nil {
		return "", "", fmt.Errorf("Docker's context %s: %w: docker context ls lists them, DOCKER_HOST goes before", name, err)
	}
	return context.Endpoints["docker"].Host, "Docker's context " + name, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
