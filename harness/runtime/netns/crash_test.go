//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"

	"github.com/closlab/closlab/harness/runtime/netns"
)

// routersOf returns the process ids of a lab's routers, by name.
func routersOf(t *testing.T, name string) map[string]int {
	t.Helper()
	labs, err := netns.Labs()
	require.NoError(t, err)
	i := slices.IndexFunc(labs, func(l netns.Lab) bool { return l.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	out := map[string]int{}
	for router, p := range labs[i].Processes {
		out[router] = p.Pid
	}
	require.NotEmpty(t, out)
	return out
}

func TestEveryRouterHasNamespacesOfItsOwn(t *testing.T) {
	r, err := netns.New(t.Context(), fabricNamed(t, "apart").Fabric, netns.Options{})
	require.NoError(t, err)
	defer r.Stop()
	for _, kind := range []string{"net", "mnt", "pid"} {
		own, err := os.Readlink("/proc/self/ns/" + kind)
		require.NoError(t, err)
		seen := []string{own}
		for router, pid := range routersOf(t, r.Name) {
			ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
			require.NoError(t, err)
			require.NotContains(t, seen, ns, "%s of %s", kind, router)
			seen = append(seen, ns)
		}
	}
}

// A router that crashes is named, with its last words, by whatever needs it next; so it is by Wait. Nothing is left.
func TestACrashedRouterIsNamed(t *testing.T) {
	for _, moment := range []string{"coming up", "changed", "observed", "at rest"} {
		t.Run(moment, func(t *testing.T) {
			base := fabricNamed(t, "crash")
			r, err := netns.New(t.Context(), base.Fabric, netns.Options{})
			require.NoError(t, err)
			defer r.Stop()
			if moment != "coming up" {
				require.NoError(t, r.Settle(t.Context()))
			}
			require.NoError(t, syscall.Kill(routersOf(t, r.Name)["spine1"], syscall.SIGABRT))
			switch moment {
			case "coming up":
				err = r.Settle(t.Context())
			case "changed":
				err = r.Apply(base.Fabric, "spine1")
				if err == nil { // it was quicker than the signal
					err = r.Settle(t.Context())
				}
			case "observed":
				require.ErrorContains(t, r.Wait(), "router spine1: ")
				err = r.Settle(t.Context())
			case "at rest":
				err = r.Wait()
			}
			require.ErrorContains(t, err, "router spine1: ")
			require.ErrorContains(t, err, "its process has ended: exit status 2, its last words: SIGABRT: abort")
			require.NoError(t, r.Stop())
			require.Empty(t, remnants(t, "crash"))
		})
	}
}

// A router that does not answer is named when the time is over, and is ended all the same.
func TestARouterThatHangsIsNamed(t *testing.T) {
	life, over := context.WithCancelCause(t.Context())
	r, err := netns.New(life, fabricNamed(t, "hang").Fabric, netns.Options{})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(t.Context()))
	require.NoError(t, syscall.Kill(routersOf(t, r.Name)["leaf2"], syscall.SIGSTOP))
	done := make(chan error, 1)
	go func() { done <- r.Apply(r.Fabric, "leaf2") }()
	over(fmt.Errorf("time is over"))
	require.EqualError(t, <-done, "router leaf2: policy: no answer: time is over")
	require.NoError(t, r.Wait(), "no router has ended by itself")
	require.NoError(t, r.Stop())
	require.Empty(t, remnants(t, "hang"))
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Whenever its life ends, a lab that is coming up goes, and leaves nothing.
func TestALifeThatEndsEarlyLeavesNothing(t *testing.T) {
	r, err := netns.New(canceled(t), fabricNamed(t, "stillborn").Fabric, netns.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, r)
	require.Empty(t, remnants(t, "stillborn"))

	life, over := context.WithCancel(t.Context())
	r, err = netns.New(life, fabricNamed(t, "stillborn").Fabric, netns.Options{})
	require.NoError(t, err)
	defer r.Stop()
	over()
	require.ErrorContains(t, r.Settle(t.Context()), "no answer: context canceled")
	require.NoError(t, r.Stop())
	require.Empty(t, remnants(t, "stillborn"))
}

// The processes of a lab are gone with it.
func TestStopEndsTheProcesses(t *testing.T) {
	r, err := netns.New(t.Context(), fabricNamed(t, "gone").Fabric, netns.Options{})
	require.NoError(t, err)
	pids := routersOf(t, r.Name)
	require.NoError(t, r.Stop())
	for router, pid := range pids {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil {
			require.NotContains(t, strings.Split(string(line), "\x00"), router)
		}
	}
}

// mismatched is the small fabric with a session that cannot come up: one end takes the other for another AS.
func mismatched(t *testing.T, name string) *fabric.Fabric {
	t.Helper()
	f := fabricNamed(t, name).Fabric
	i := slices.IndexFunc(f.Sessions, func(s *fabric.Session) bool { return s.Node == "leaf1" && s.Peer == "spine2" })
	f.Sessions[i].PeerAS++
	return f
}

// A session that never comes up is named when the time is over. This one keeps being tried and refused, so the routers never rest.
func TestASessionThatNeverComesUpIsNamed(t *testing.T) {
	r, err := netns.New(t.Context(), mismatched(t, "mute"), netns.Options{})
	require.NoError(t, err)
	defer r.Stop()
	for down := 0; down != 2; { // until all others are up
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		err = r.Settle(ctx)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		down = 0
		for _, d := range r.Differences() {
			if d.What == "session" {
				down++
			}
		}
	}
	require.ErrorContains(t, err, "not settled: leaf1→spine2: session: predicted up, observed down (")
}
