//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// victim makes a test of this binary the process that is killed in the middle of a lab of the fabric of that name.
const victim = "CLOSLAB_TEST_VICTIM"

// own makes a name that no other run of these tests has.
func own(name string) string { return fmt.Sprintf("%s%d", name, os.Getpid()) }

// remnants returns the namespaces and folders of labs of the fabric that fabricNamed gave that name.
func remnants(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"/run/netns/" + own(name) + "-*", "/run/closlab/" + own(name) + "-*"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		out = append(out, found...)
	}
	return out
}

// fabricNamed loads the small fabric under another name, so that tests do not see each other's labs.
func fabricNamed(t *testing.T, name string) *candidate.Base {
	t.Helper()
	base, err := candidate.Load("../../../topologies/clos-small")
	require.NoError(t, err)
	base.Fabric.Name = own(name)
	return base
}

func TestVictim(t *testing.T) {
	name := os.Getenv(victim)
	if name == "" {
		return // only as the child of the test below
	}
	f := fabricNamed(t, "").Fabric
	f.Name = name
	r, err := netns.New(t.Context(), f, netns.Options{})
	require.NoError(t, err)
	require.NoError(t, r.Settle(context.Background()))
	os.Stdout.WriteString("alive\n")
	select {}
}

func TestCleanRemovesWhatAKilledLabLeft(t *testing.T) {
	alive, err := netns.New(t.Context(), fabricNamed(t, "survivor").Fabric, netns.Options{})
	require.NoError(t, err)
	defer alive.Stop()
	mine := remnants(t, "survivor")
	require.NotEmpty(t, mine)

	child := exec.Command("/proc/self/exe", "-test.run", "^TestVictim$")
	child.Env = append(os.Environ(), victim+"="+own("victim"))
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	word := make([]byte, 6)
	_, err = out.Read(word)
	require.NoError(t, err)
	require.Equal(t, "alive\n", string(word))
	require.NotEmpty(t, remnants(t, "victim"))
	stray, spared := visitor(t, own("victim")+"-1", "edge1"), visitor(t, alive.Name, "edge1")
	require.NoError(t, child.Process.Kill())
	child.Wait()

	_, err = netns.Clean()
	require.NoError(t, err)
	require.Empty(t, remnants(t, "victim"))
	require.ErrorContains(t, stray.Wait(), "killed")
	require.NoError(t, spared.Process.Signal(syscall.Signal(0)))
	require.Equal(t, mine, remnants(t, "survivor"), "a lab that is alive is left alone")
	require.NoError(t, alive.Settle(t.Context()))
	require.Empty(t, alive.Differences())
}

// visitor runs something on a node of a lab until it is killed.
func visitor(t *testing.T, lab, node string) *exec.Cmd {
	t.Helper()
	l, err := netns.Find(lab)
	require.NoError(t, err)
	cmd := exec.Command("sleep", "infinity")
	require.NoError(t, l.Start(node, cmd))
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd
}

func TestNothingIsLeftAfterStop(t *testing.T) {
	for range 3 {
		r, err := netns.New(t.Context(), fabricNamed(t, "brief").Fabric, netns.Options{})
		require.NoError(t, err)
		require.NotEmpty(t, remnants(t, "brief"))
		stray := visitor(t, r.Name, "edge1")
		start := time.Now()
		require.NoError(t, r.Stop())
		t.Logf("down in %s", time.Since(start))
		require.Empty(t, remnants(t, "brief"))
		require.ErrorContains(t, stray.Wait(), "killed")
	}
}

// A lab that has ended leaves the next one of its name alone.
func TestStopEndsALabOnce(t *testing.T) {
	f := fabricNamed(t, "again").Fabric
	first, err := netns.New(t.Context(), f, netns.Options{})
	require.NoError(t, err)
	require.NoError(t, first.Stop())
	second, err := netns.New(t.Context(), f, netns.Options{})
	require.NoError(t, err)
	defer second.Stop()
	require.Equal(t, first.Name, second.Name)
	mine := remnants(t, "again")
	require.NoError(t, first.Stop())
	require.Equal(t, mine, remnants(t, "again"))
}

func TestAbandonLeavesNothing(t *testing.T) {
	r, err := netns.New(t.Context(), fabricNamed(t, "abandoned").Fabric, netns.Options{})
	require.NoError(t, err)
	require.NoError(t, netns.Abandon())
	require.Empty(t, remnants(t, "abandoned"))
	require.ErrorContains(t, r.Settle(t.Context()), "its process has ended")
	require.NoError(t, r.Stop())
}

// Lists, claims, ends and cleanings of labs at the same time do not get into each other's way.
func TestLabsComeAndGoTogether(t *testing.T) {
	f := fabricNamed(t, "busy").Fabric
	var wg sync.WaitGroup
	defer wg.Wait()
	ended := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for range 3 {
				r, err := netns.New(t.Context(), f, netns.Options{})
				if assert.NoError(t, err) {
					assert.NoError(t, r.Stop())
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(ended)
	}()
	for over := false; !over; {
		labs, err := netns.Labs()
		require.NoError(t, err)
		for _, l := range labs {
			require.False(t, strings.HasPrefix(l.Name, own("busy")) && !l.Alive, l.Name)
		}
		cleaned, err := netns.Clean()
		require.NoError(t, err)
		require.NotContains(t, strings.Join(cleaned, " "), own("busy"))
		select {
		case <-ended:
			over = true
		default:
		}
	}
	require.Empty(t, remnants(t, "busy"))
}
