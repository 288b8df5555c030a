package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/speaker"
)

// The founding candidate with all that a gate observes of it: up, baseline, three steps, roll-back, tear-down.
func BenchmarkLiveGate(b *testing.B) {
	for _, engine := range []string{speaker.GoBGP, speaker.FRR} {
		b.Run(engine, func(b *testing.B) {
			if err := daemons.Installed(); engine == speaker.FRR && err != nil {
				b.Skip(err)
			}
			for b.Loop() {
				code := run([]string{"gate", "../../../topologies/mcp", "--candidate", "../../../scenarios/reordered-site-locals/candidate",
					"--runtime", "netns", "--engine", engine}, io.Discard, io.Discard)
				require.Equal(b, exitReject, code)
			}
		})
	}
}
