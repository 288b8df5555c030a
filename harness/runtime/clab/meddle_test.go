//go:build linux

package clab_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// Whatever somebody does to a container, and whenever: it is named, and the lab can be ended.
func TestAContainerThatSomebodyMeddlesWith(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "meddled")
	for _, n := range f.Nodes {
		n.Engine = speaker.GoBGP
	}
	for name, test := range map[string]struct {
		with []string // arguments of docker, before the container
		says string
		then func(context.Context, *netns.Runtime) error // what the lab is about to do
	}{
		"stopped while it settles": {[]string{"stop", "--time=0"}, "router spine1: .*: its process has ended: container clab-.*-1-spine1: exit status ",
			func(ctx context.Context, r *netns.Runtime) error { return r.Settle(ctx) }},
		"killed before the change": {[]string{"kill"}, "router spine1: .*: its process has ended: container clab-.*-1-spine1: exit status 137",
			func(ctx context.Context, r *netns.Runtime) error {
				return errors.Join(r.Apply(f, "spine1"), r.Settle(ctx))
			}},
		"started again before the check": {[]string{"restart", "--time=0"}, "router spine1: .*: its process has ended: container clab-.*-1-spine1: (somebody started it again|exit status )",
			func(_ context.Context, r *netns.Runtime) error {
				_, err := r.Observe(observe.Request{})
				return err
			}},
		"removed before the check": {[]string{"rm", "--force"}, "router spine1: .*: its process has ended: container clab-.*-1-spine1: (somebody removed it|exit status 137)",
			func(_ context.Context, r *netns.Runtime) error {
				_, err := r.Observe(observe.Request{})
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := clab.New(t.Context(), f, netns.Options{Log: t.Output()})
			require.NoError(t, err)
			defer r.Stop()
			d.command(append(test.with, "clab-"+r.Name+"-spine1")...)
			err = test.then(t.Context(), r)
			require.Error(t, err)
			require.Regexp(t, test.says, err.Error())
			require.NoError(t, r.Stop())
			require.Empty(t, d.left())
			require.Empty(t, remnants(t, f))
		})
	}
}

// A container that somebody pauses does not answer, which is said when the time is over. It is removed all the same.
func TestAPausedContainer(t *testing.T) {
	d := sharedDocker(t)
	f := named(t, "clos-small", "paused")
	for _, n := range f.Nodes {
		n.Engine = speaker.GoBGP
	}
	life, over := context.WithCancelCause(t.Context())
	r, err := clab.New(life, f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(life))
	d.command("pause", "clab-"+r.Name+"-spine1")
	said := make(chan error)
	go func() {
		_, err := r.Observe(observe.Request{})
		said <- err
	}()
	over(errors.New("time is over"))
	require.ErrorContains(t, <-said, "router spine1: report: no answer: time is over")
	require.NoError(t, r.Stop())
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
}

// closlab-clab is killed while it makes containers: that is said. What Docker had begun for it is made none the less, and removed once the lab's
// process has ended.
func TestTheDriverIsKilled(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	f := named(t, "clos-small", "driverless")
	child := exec.Command("/proc/self/exe")
	said := &strings.Builder{}
	child.Env, child.Stderr = append(os.Environ(), brought+"="+f.Name), said
	require.NoError(t, child.Start())
	defer child.Process.Kill()
	for !strings.Contains(d.left(), f.Name) {
	}
	for _, pid := range childrenOf(t, child.Process.Pid) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	require.Error(t, child.Wait())
	require.Regexp(t, "lab "+f.Name+"-1: containers: /.*/closlab-clab deploy: signal: killed", said.String())
	require.Empty(t, remnants(t, f))
	for late := time.Now().Add(time.Minute); d.left() != ""; {
		require.True(t, time.Now().Before(late), "%s", d.left())
		_, err := clab.Clean(t.Context())
		require.NoError(t, err)
	}
}

// childrenOf returns the processes that a process has started.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	require.NoError(t, err)
	var out []int
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			require.NoError(t, err)
			out = append(out, child)
		}
	}
	return out
}

// Without closlab-clab, with one that cannot be run and with one of another release nothing is made.
func TestAnotherDriver(t *testing.T) {
	sharedDocker(t)
	f := named(t, "clos-small", "stranger")
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	file := filepath.Join(dir, "closlab-clab")
	for text, says := range map[string]string{
		"#!/bin/sh\necho 'usage: closlab-clab 0 list' >&2; exit 2\n": file + " is not of the same release as closlab: make build makes both: usage: closlab-clab 0 list",
		"#!/nowhere\n": file + " images: fork/exec " + file + ": no such file or directory",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
		fails(t, f, says)
	}
	require.NoError(t, os.Chmod(file, 0o644))
	fails(t, f, "closlab-clab is missing, which has containerlab in it: put it beside closlab or into the PATH")
}
