//go:build linux

package netns

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// self returns the processor time that this process has used.
func self(tb testing.TB) time.Duration {
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processes returns the processes of each router: its own, and FRR's daemons.
func (r *Runtime) processes(tb testing.TB) [][]int {
	var out [][]int
	for _, n := range r.nodes {
		if n.speaker != nil {
			out = append(out, []int{n.speaker.Pid()})
		}
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(tb, err)
	for _, folder := range all {
		var pid, parent int
		fmt.Sscan(filepath.Base(folder), &pid)
		if fields := stat(pid); len(fields) > 1 { // else it has ended
			fmt.Sscan(fields[1], &parent)
		}
		if i := slices.IndexFunc(out, func(ps []int) bool { return ps[0] == parent }); i >= 0 {
			out[i] = append(out[i], pid)
		}
	}
	return out
}

// stat returns what the kernel says of a process, from the third field of proc_pid_stat(5) on.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// spent returns the processor time used by all routers.
func (r *Runtime) spent(tb testing.TB) time.Duration {
	sum := time.Duration(0)
	for _, router := range r.processes(tb) {
		for _, pid := range router {
			var user, system time.Duration
			fields := stat(pid)
			_, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
			require.NoError(tb, err)
			sum += (user + system) * time.Second / 100 // clock ticks
		}
	}
	return sum
}

// shrunk returns the memory of each router, in KiB of which it has its share (PSS), once they have given back what they no longer need: once no
// more is given back for two seconds.
func (r *Runtime) shrunk(tb testing.TB) []int {
	routers := r.processes(tb)
	least, since := math.MaxInt/100, time.Now()
	for tick := time.NewTicker(500 * time.Millisecond); ; <-tick.C {
		out, sum := make([]int, len(routers)), 0
		for i, router := range routers {
			for _, pid := range router {
				out[i] += pss(tb, pid)
			}
			sum += out[i]
		}
		if sum < least*99/100 {
			least, since = sum, time.Now()
		}
		if time.Since(since) > 2*time.Second {
			return out
		}
	}
}

func pss(tb testing.TB, pid int) int {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	require.NoError(tb, err)
	_, line, _ := strings.Cut(string(rollup), "\nPss:")
	kib := 0
	_, err = fmt.Sscan(line, &kib)
	require.NoError(tb, err)
	return kib
}
