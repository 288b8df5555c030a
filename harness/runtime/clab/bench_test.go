//go:build linux

package clab_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// The same fabric in containers of the same images: rendered and deployed by containerlab's own command until all routes are in the forwarding
// tables, and brought up by closlab until it is as predicted; then both ended.
func BenchmarkBesideContainerlab(b *testing.B) {
	d := sharedDocker(b)
	require.NoError(b, clab.Images(b.Context(), func(string) {}))
	for _, engine := range []string{speaker.GoBGP, speaker.FRR} {
		b.Run(engine, func(b *testing.B) {
			f := named(b, "mcp", "beside")
			f.RunOn(engine)
			var up, down [2]time.Duration // of containerlab, of closlab
			for b.Loop() {
				s := rendered(b, f)
				up[0] += took(func() { s.deploy(b.Context()) })
				down[0] += took(s.destroy)
				var r *netns.Runtime
				up[1] += took(func() { r = settled(b, f) })
				down[1] += took(func() { require.NoError(b, r.Stop()) })
				require.Empty(b, d.left())
			}
			for i, who := range []string{"containerlab", "closlab"} {
				b.ReportMetric(up[i].Seconds()/float64(b.N), who+"-up-s")
				b.ReportMetric(down[i].Seconds()/float64(b.N), who+"-down-s")
			}
			b.ReportMetric(up[0].Seconds()/up[1].Seconds(), "up-ratio")
		})
	}
}

func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// settled brings a fabric up and waits until it is as predicted.
func settled(b *testing.B, f *fabric.Fabric) *netns.Runtime {
	r, err := clab.New(b.Context(), f, netns.Options{})
	require.NoError(b, err)
	require.NoError(b, r.Settle(b.Context()))
	require.Empty(b, r.Differences())
	return r
}
