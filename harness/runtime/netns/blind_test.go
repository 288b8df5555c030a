//go:build linux

package netns

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

// Where forwarding tables end at a router that nobody sees into, packets alone say what becomes of a trip, and nothing if ICMP and UDP disagree.
func TestPacketsDecideBehindABlindRouter(t *testing.T) {
	t.Parallel()
	out := observe.Walk{Ending: observe.NoRoute, Hops: []string{"a", "dark"}, Lost: 1}
	arrived := observe.Walk{Ending: observe.Delivered, Hops: []string{"a", "dark", "b"}}
	for name, test := range map[string]struct {
		answer   probe.Answer
		out, way observe.Walk
		arrives  bool
	}{
		"all come and are answered": {probe.Answer{Echo: true, Came: 64, Replied: 64}, arrived, observe.Walk{Ending: observe.Delivered, Hops: []string{"b", "a"}}, true},
		"none comes":                {probe.Answer{}, observe.Walk{Ending: observe.Gone, Hops: []string{"a", "dark"}, Lost: 1}, observe.Walk{}, false},
		"one of two paths is lost":  {probe.Answer{Echo: true, Came: 32, Replied: 32}, observe.Walk{Ending: observe.Gone, Hops: []string{"a", "dark"}, Lost: 0.5}, observe.Walk{}, false},
		"no answer comes back":      {probe.Answer{Came: 64}, arrived, observe.Walk{Ending: observe.Gone, Hops: []string{"b"}, Lost: 1}, false},
		"one answer is lost":        {probe.Answer{Echo: true, Came: 64, Replied: 63}, arrived, observe.Walk{Ending: observe.Gone, Hops: []string{"b"}, Lost: 1.0 / 64}, false},
		"only UDP passes":           {probe.Answer{Came: 64, Replied: 64}, observe.Walk{Hops: out.Hops, Lost: 1}, observe.Walk{}, false},
		"only ICMP passes":          {probe.Answer{Echo: true}, observe.Walk{Hops: out.Hops, Lost: 1}, observe.Walk{}, false},
	} {
		trip := observe.Trip{From: "a", To: "b", Out: out}
		decide(&trip, test.answer)
		require.Equal(t, test.out, trip.Out, name)
		require.Equal(t, test.way, trip.Back, name)
		require.Equal(t, test.arrives, trip.Arrived(), name)
	}
}
