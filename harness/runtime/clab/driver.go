//go:build linux

package clab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/docker"
)

// program is containerlab's library as a command.
const program = "closlab-clab"

// protocol is the number of what this package and that program say to each other (protocol in harness/cmd/closlab-clab/main.go).
const protocol = "3"

// stranger is its exit code for what it does not understand.
const stranger = 2

// Driver returns where it is, and the version of containerlab in it.
func Driver(ctx context.Context) (string, error) {
	version, err := drive(ctx, nil, "version")
	if err != nil {
		return "", err
	}
	path, err := driver()
	return fmt.Sprintf("%s, with containerlab %s", path, bytes.TrimSpace(version)), err
}

// driver returns where it is: beside this binary, or in the PATH.
func driver() (string, error) {
	if exe, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(exe), program)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%s is missing, which has containerlab in it: put it beside closlab or into the PATH (make build makes both): %w", program, err)
	}
	return path, nil
}

// drive runs it and returns its output. While it deploys it watches its standard input, in, for this process' end.
func drive(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	var out bytes.Buffer
	if err := driveInto(ctx, &out, in, args...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// driveInto runs it and writes its output as it comes.
func driveInto(ctx context.Context, out io.Writer, in io.Reader, args ...string) error {
	path, err := driver()
	if err != nil {
		return err
	}
	host, err := docker.Host()
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, append([]string{protocol}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+host)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(said.String())
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == stranger:
			return fmt.Errorf("%s is not of the same release as closlab: make build makes both: %s", path, words)
		case words != "" && cmd.ProcessState.Exited():
			return errors.New(words)
		}
		return fmt.Errorf("%s %s: %w", path, args[0], err)
	}
	return nil
}

// container is one that closlab has made, as the driver tells it.
type container struct {
	Name, Lab, Process, ImageID, Status string
	Running                             bool
}

// containers returns those that closlab has made and that are to be kept by this function's judgement.
func containers(ctx context.Context, want func(container) bool) ([]container, error) {
	text, err := drive(ctx, nil, "list")
	if err != nil {
		return nil, err
	}
	all, err := listed(text)
	return slices.DeleteFunc(all, func(c container) bool { return !want(c) }), err
}

// listed returns the containers that the driver has listed.
func listed(text []byte) ([]container, error) {
	var out []container
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("%s: containers: %w", program, err)
	}
	return out, nil
}

// remove removes containers.
func remove(ctx context.Context, list []container) error {
	if len(list) == 0 {
		return nil
	}
	args := []string{"remove"}
	for _, c := range list {
		args = append(args, c.Name)
	}
	_, err := drive(ctx, nil, args...)
	return err
}
