//go:build linux

package netns_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// victim makes a test of this binary the process that is killed in the middle of a lab.
const victim = "CLOSLAB_TEST_VICTIM"

// remnants returns the namespaces, folders and processes of labs of the fabric with that name.
func remnants(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"/run/netns/" + name + "-*", "/run/closlab/" + name + "-*"} {
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
	base.Fabric.Name = name
	return base
}

func TestVictim(t *testing.T) {
	if os.Getenv(victim) == "" {
		return // only as the child of the test below
	}
	r, err := netns.New(fabricNamed(t, "victim").Fabric, netns.Options{})
	require.NoError(t, err)
	require.NoError(t, r.Settle(context.Background()))
	os.Stdout.WriteString("alive\n")
	select {}
}

func TestCleanRemovesWhatAKilledLabLeft(t *testing.T) {
	alive, err := netns.New(fabricNamed(t, "survivor").Fabric, netns.Options{})
	require.NoError(t, err)
	defer alive.Stop()
	mine := remnants(t, "survivor")
	require.NotEmpty(t, mine)

	child := exec.Command("/proc/self/exe", "-test.run", "^TestVictim$")
	child.Env = append(os.Environ(), victim+"=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	word := make([]byte, 6)
	_, err = out.Read(word)
	require.NoError(t, err)
	require.Equal(t, "alive\n", string(word))
	require.NotEmpty(t, remnants(t, "victim"))
	require.NoError(t, child.Process.Kill())
	child.Wait()

	cleaned, err := netns.Clean()
	require.NoError(t, err)
	require.Contains(t, strings.Join(cleaned, " "), "victim-1")
	require.Empty(t, remnants(t, "victim"))
	require.Equal(t, mine, remnants(t, "survivor"), "a lab that is alive is left alone")
	require.NoError(t, alive.Settle(t.Context()))
	require.Empty(t, alive.Differences())
}

func TestNothingIsLeftAfterStop(t *testing.T) {
	for range 3 {
		r, err := netns.New(fabricNamed(t, "brief").Fabric, netns.Options{})
		require.NoError(t, err)
		require.NotEmpty(t, remnants(t, "brief"))
		start := time.Now()
		require.NoError(t, r.Stop())
		t.Logf("down in %s", time.Since(start))
		require.Empty(t, remnants(t, "brief"))
	}
}
