//go:build linux

package clab_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/footprint"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/speaker"
)

// Somebody renders a fabric and deploys it with containerlab's own command: every forwarding table comes to what sim predicts, and when
// containerlab has destroyed the lab, nothing of it is left.
func TestDeployedByContainerlabItself(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	for _, x := range []struct {
		topology string
		engines  []string
	}{
		{"clos-small", []string{speaker.FRR, speaker.GoBGP}}, {"mcp", []string{speaker.FRR}}, {"mcp", []string{speaker.GoBGP}},
	} {
		f := named(t, x.topology, "rendered")
		f.RunOn(x.engines...)
		before, networks := footprint.See(t, "clab-"+f.Name), d.command("network", "ls")
		s := rendered(t, f)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		start := time.Now()
		s.deploy(ctx)
		cancel()
		t.Logf("%s %q: deployed, and all routes in the forwarding tables, after %.1f s", x.topology, x.engines, time.Since(start).Seconds())
		s.destroy()
		require.Empty(t, d.left())
		require.Equal(t, networks, d.command("network", "ls"))
		require.NoDirExists(t, filepath.Join(s.dir, "clab-"+f.Name))
		require.Empty(t, before.Differences(footprint.See(t, "clab-"+f.Name)))
	}
}
