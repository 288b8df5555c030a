//go:build linux

package netns_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/footprint"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// A lab has no way out while it is up, and when it is down nothing of the machine is other than before.
func TestALabIsAClosedWorld(t *testing.T) {
	base, err := candidate.Load("../../../topologies/mcp")
	require.NoError(t, err)
	f := base.Fabric
	f.Name = own("closed")
	live := func(look func(*netns.Runtime)) {
		r, err := netns.New(t.Context(), f, netns.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Stop()) }()
		require.NoError(t, r.Settle(t.Context()))
		_, err = r.Observe(check.RequestOf(f, check.Of(f)...)) // with real packets and loads
		require.NoError(t, err)
		look(r)
	}
	live(func(*netns.Runtime) {}) // what a process opens once and keeps is there
	before, objects, mine := footprint.See(t, f.Name), footprint.Objects(t), footprint.Own(t)
	live(func(r *netns.Runtime) {
		labs, err := netns.Labs()
		require.NoError(t, err)
		l := labs[slices.IndexFunc(labs, func(l netns.Lab) bool { return l.Name == r.Name })]
		require.Len(t, l.Namespaces(), len(f.Nodes))
		require.Empty(t, footprint.Escapes(t, l.Namespaces()...))
		pids := []int{os.Getpid()}
		for _, p := range l.Processes {
			pids = append(pids, p.Pid)
		}
		require.Len(t, pids, 1+len(l.Processes))
		require.Empty(t, footprint.Sockets(t, pids...))
		loaded := footprint.Objects(t)
		maps.DeleteFunc(loaded, func(o footprint.Object, _ bool) bool { return objects[o] })
		require.NotEmpty(t, loaded)
		for _, d := range before.Differences(footprint.See(t, f.Name)) {
			ours := slices.ContainsFunc(append(l.Namespaces(), l.Name), func(n string) bool { return strings.HasSuffix(d, "/"+n+" is new") })
			require.True(t, ours, d)
		}
	})
	require.Empty(t, before.Differences(footprint.See(t, f.Name)))
	for patience := time.After(10 * time.Second); len(footprint.Orphans(t, objects)) > 0 || footprint.Own(t).Goroutines > mine.Goroutines; {
		select { // the kernel frees programs when it gets round to it, and goroutines end after what they wait for
		case <-time.After(time.Millisecond):
		case <-patience:
			require.Empty(t, footprint.Orphans(t, objects))
			require.Equal(t, mine.Goroutines, footprint.Own(t).Goroutines)
		}
	}
	now := footprint.Own(t)
	require.Empty(t, now.Children)
	require.Subset(t, mine.Descriptors, now.Descriptors)
	require.LessOrEqual(t, len(now.Descriptors), len(mine.Descriptors))
}
