//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pipe that nobody writes to must not block, and a device that never ends must not be read.
func TestNoCandidateIsADevice(t *testing.T) {
	dir := t.TempDir()
	fabric := filepath.Join(project, "topologies", "mcp")
	pipe, folder := filepath.Join(dir, "pipe.set"), filepath.Join(dir, "folder")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.Mkdir(folder, 0o755))
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "spine.junos.conf"), 0o600))
	broken := filepath.Join(dir, "fabric")
	require.NoError(t, os.Mkdir(broken, 0o755))
	require.NoError(t, syscall.Mkfifo(filepath.Join(broken, "fabric.yaml"), 0o600))
	for _, args := range [][]string{
		{"gate", fabric, "--candidate", pipe},
		{"gate", fabric, "--candidate", folder},
		{"gate", fabric, "--candidate", "/dev/zero"},
		{"gate", "/dev/zero", "--candidate", folder},
		{"lint", pipe},
		{"lint", "/dev/zero"},
		{"lab", "check", broken},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, exitInput, run(args, &stdout, &stderr), stderr.String())
		require.Regexp(t, "not a regular file|not a directory", stderr.String())
	}
}
